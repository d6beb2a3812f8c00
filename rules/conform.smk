"""Raw scans to the common grid (256^3 at 1 mm in the papers), their labels to class maps; and the split."""

for _source in SOURCES:

    rule:
        name:
            f"conform_{_source}"
        input:
            unpack(lambda wildcards, source=_source: raw_files(source, wildcards.subject)),
            tables=protocol_tables(*protocols_of(_source)),
        output:
            image=f"results/conformed/{_source}/{{subject}}/image.nii",
            brainmask=f"results/conformed/{_source}/{{subject}}/brainmask.nii",
            classes=[f"results/conformed/{_source}/{{subject}}/{dataset}.nii" for dataset in protocols_of(_source)],
            manifest=f"results/conformed/{_source}/{{subject}}/conform.json",
        log:
            f"results/logs/conform/{_source}/{{subject}}.log",
        benchmark:
            f"results/benchmarks/conform/{_source}/{{subject}}.tsv"
        group:
            prepared_with(_source)
        conda:
            "../envs/acenet.yaml"
        resources:
            mem_mb=larger(1500),
            runtime=larger(10),
        params:
            subject=lambda wildcards, source=_source: subjects_of(source)[wildcards.subject],
            root=raw_root(_source),
            protocols=[protocol_of(dataset) for dataset in protocols_of(_source)],
            grid=preset("grid"),
            reading=ordered(config["reading"]),
            tool=config["conform"],
        message:
            f"Conforming {_source} subject {{wildcards.subject}}"
        script:
            "../workflow_scripts/conform.py"


rule record_split:
    input:
        manifests=lambda wildcards: expand(
            "results/conformed/{source}/{subject}/conform.json",
            source=wildcards.source,
            subject=split_of(wildcards.source),
        ),
        tables=lambda wildcards: protocol_tables(*protocols_of(wildcards.source)),
    output:
        "results/splits/{source}.csv",
    log:
        "results/logs/split/{source}.log",
    localrule: True
    conda:
        "../envs/acenet.yaml"
    params:
        split=lambda wildcards: split_of(wildcards.source),
        protocols=lambda wildcards: [protocol_of(dataset) for dataset in protocols_of(wildcards.source)],
    message:
        "Recording the split of {wildcards.source}, each scan in one part"
    script:
        "../workflow_scripts/record_split.py"
