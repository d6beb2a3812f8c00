"""The papers' tables, from long tables alone."""


rule table:
    input:
        measured=table_measurements,
        parameters=table_parameters,
    output:
        csv="results/tables/{table}.csv",
        md="results/tables/{table}.md",
        tex="results/tables/{table}.tex",
    log:
        "results/logs/tables/{table}.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        provenance=table_provenance,
    message:
        "Setting {wildcards.table}"
    script:
        "../workflow_scripts/table.py"
