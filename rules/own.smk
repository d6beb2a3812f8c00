"""Data sets of one's own: their protocols completed, and a table for each."""


rule complete_protocol:
    """The label protocol of a data set of one's own, with colours and sides filled in."""
    input:
        own_protocol,
    output:
        "results/protocols/{dataset}.tsv",
    log:
        "results/logs/protocols/{dataset}.log",
    localrule: True
    conda:
        "../envs/acenet.yaml"
    params:
        table=asked(STUDY.own_table),
    message:
        "Completing the protocol of {wildcards.dataset}"
    script:
        "../workflow_scripts/complete_protocol.py"


rule own_table:
    """The table of a data set of one's own."""
    input:
        measured=asked(STUDY.own_measurements),
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
        title=asked(CAPTIONS.own_table),
    message:
        "Setting the table of {wildcards.dataset}"
    script:
        "../workflow_scripts/own_table.py"


rule own:
    """The tables of all data sets of one's own (docs/own_data.md)."""
    input:
        [paths.own_table(name, form) for name in STUDY.own for form in ("csv", "md")],
