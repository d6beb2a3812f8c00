"""Data sets of one's own: their protocols completed, and a table for each."""


rule complete_protocol:
    """The label protocol of a data set of one's own, with colours and sides filled in."""
    input:
        lambda wildcards: OWN[wildcards.dataset].protocol,
    output:
        "results/protocols/{dataset}.tsv",
    log:
        "results/logs/protocols/{dataset}.log",
    localrule: True
    conda:
        "../envs/acenet.yaml"
    message:
        "Completing the protocol of {wildcards.dataset}"
    script:
        "../workflow_scripts/complete_protocol.py"


rule own_table:
    """The table of a data set of one's own."""
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
    """The tables of all data sets of one's own (docs/own_data.md)."""
    input:
        [f"results/tables/own/{name}.{format}" for name in OWN for format in ("csv", "md")],
