"""Raw scans to the common grid (256^3 at 1 mm in the papers), their labels to class maps; and the split."""

for _source in STUDY.labelled:

    rule:
        """A scan of a data set on the common grid, with class maps, brain mask and a record."""
        name:
            f"conform_{_source.name}"
        input:
            unpack(raw_files(_source, made=f"results/conformed/{_source.name}/{{subject}}/conform.json")),
            tables=STUDY.tables_of_source(_source.name),
        output:
            image=f"results/conformed/{_source.name}/{{subject}}/image.nii",
            brainmask=f"results/conformed/{_source.name}/{{subject}}/brainmask.nii",
            classes=[f"results/conformed/{_source.name}/{{subject}}/{dataset}.nii" for dataset in _source.protocols],
            manifest=f"results/conformed/{_source.name}/{{subject}}/conform.json",
        log:
            f"results/logs/conform/{_source.name}/{{subject}}.log",
        benchmark:
            f"results/benchmarks/conform/{_source.name}/{{subject}}.tsv"
        group:
            _source.prepared_with
        conda:
            "../envs/acenet.yaml"
        resources:
            mem_mb=larger(1500),
            runtime=larger(10),
        params:
            subject=asked(_source.subject),
            root=_source.root,
            protocols=STUDY.protocols(_source.name),
            grid=plain(STUDY.grid),
            reading=STUDY.reading,
            tool=SETTINGS.conform,
        message:
            f"Conforming {_source.name} subject {{wildcards.subject}}"
        script:
            "../workflow_scripts/conform.py"


rule record_split:
    """A source's split, after a check that no scan is in two parts of it."""
    input:
        manifests=asked_unless_kept(STUDY.manifests, made=paths.split, kept=STUDY.keeps_split),
        tables=asked(STUDY.tables_of_source),
    output:
        "results/splits/{source}.csv",
    log:
        "results/logs/split/{source}.log",
    localrule: True
    conda:
        "../envs/acenet.yaml"
    params:
        split=asked(STUDY.split),
        protocols=asked(STUDY.protocols),
    message:
        "Recording the split of {wildcards.source}, each scan in one part"
    script:
        "../workflow_scripts/record_split.py"
