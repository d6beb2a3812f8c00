"""Data sets of one's own: their protocols completed, and a table for each."""


rule complete_protocol:
    input:
        lambda wildcards: ancient(OWN[wildcards.dataset].protocol),  # its contents tell: they are among the params
    output:
        "results/protocols/{dataset}.tsv",
    log:
        "results/logs/protocols/{dataset}.log",
    localrule: True
    conda:
        "../envs/acenet.yaml"
    params:
        table=lambda wildcards: completed_table(Path(OWN[wildcards.dataset].protocol)),
    message:
        "Completing the protocol of {wildcards.dataset}"
    script:
        "../workflow_scripts/complete_protocol.py"


rule own_table:
    input:
        measured=lambda wildcards: measured_files(own_ids(wildcards.dataset)),
        protocol="results/protocols/{dataset}.tsv",
    output:
        csv="results/tables/own/{dataset}.csv",
        md="results/tables/own/{dataset}.md",
    log:
        "results/logs/tables/own/{dataset}.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(1500),
        runtime=larger(10),
    params:
        trainings=lambda wildcards: own_ids(wildcards.dataset),
        title=lambda wildcards: f"{wildcards.dataset}: preset {config['preset']}",
    message:
        "Setting the table of {wildcards.dataset}"
    script:
        "../workflow_scripts/own_table.py"


rule own:
    input:
        [f"results/tables/own/{name}.{format}" for name in OWN for format in ("csv", "md")],
