"""The papers' tables, from long tables alone."""


rule table:
    """One table of the papers as CSV, Markdown, LaTeX and HTML, with what stands below it."""
    input:
        measured=asked(RESULTS.table_measurements),
        parameters=asked(RESULTS.table_parameters),
        splits=asked(RESULTS.table_splits),
        warps=asked(RESULTS.table_warps),
    output:
        csv=report(
            "results/tables/{part}{table}.csv",
            caption="report/table.rst",
            category=asked(CAPTIONS.paper_of_table),
            subcategory="Tables",
            labels=asked(CAPTIONS.table_labels, form="every reading (CSV)"),
        ),
        md="results/tables/{part}{table}.md",
        tex="results/tables/{part}{table}.tex",
        html=report(
            "results/tables/{part}{table}.html",
            caption="report/table.rst",
            category=asked(CAPTIONS.paper_of_table),
            subcategory="Tables",
            labels=asked(CAPTIONS.table_labels, form="as printed"),
        ),
    log:
        "results/logs/tables/{part}{table}.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(1500),
        runtime=larger(10),
    params:
        provenance=asked(CAPTIONS.of_table),
        masks=asked(CAPTIONS.masks),
        datasets=asked(RESULTS.datasets),
    message:
        "Setting {wildcards.table}"
    script:
        "../workflow_scripts/table.py"


rule tables_document:
    """A LaTeX document of all tables."""
    input:
        [paths.table(table, "tex") for table in RESULTS.tables],
    output:
        "results/tables/tables.tex",
    log:
        "results/logs/tables/document.log",
    localrule: True
    conda:
        "../envs/acenet.yaml"
    params:
        tables=RESULTS.tables,
    message:
        "Writing the LaTeX document of all tables"
    script:
        "../workflow_scripts/tables_document.py"


rule compile_tables:
    """All tables as a PDF, set by pdflatex."""
    input:
        document=rules.tables_document.output,
        tables=rules.tables_document.input,
    output:
        "results/tables/tables.pdf",
    log:
        "results/logs/tables/pdflatex.log",
    localrule: True
    conda:
        "../envs/acenet.yaml"
    message:
        "Setting all tables with pdflatex"
    shell:
        "cd results/tables && pdflatex -interaction=nonstopmode -halt-on-error tables.tex > ../../{log} 2>&1"
        " && rm -f tables.aux tables.log"


rule summary:
    """Every published value beside ours, with intervals over subjects."""
    input:
        tables=asked(RESULTS.table_csvs),
        measured=asked(RESULTS.measurements_in),
    output:
        csv=report(
            "results/tables/{part}summary.csv",
            caption="report/summary.rst",
            category="Claims",
            labels=asked(CAPTIONS.judgement_labels, item="Every published value", form="every column (CSV)"),
        ),
        html=report(
            "results/tables/{part}summary.html",
            caption="report/summary.rst",
            category="Claims",
            labels=asked(CAPTIONS.judgement_labels, item="Every published value", form="as a page"),
        ),
    log:
        "results/logs/tables/{part}summary.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(2000),
        runtime=larger(10),
    params:
        origin=CAPTIONS.origins(),
        provenance=asked(CAPTIONS.of_tables),
        unavailable=RESULTS.missing_tables,
        datasets=asked(RESULTS.datasets),
    message:
        "Setting every published value beside ours"
    script:
        "../workflow_scripts/summary.py"


rule claims:
    """What the papers conclude, and whether it holds in this run."""
    input:
        measured=asked(RESULTS.measurements_in),
    output:
        csv=report(
            "results/tables/{part}claims.csv",
            caption="report/claims.rst",
            category="Claims",
            labels=asked(CAPTIONS.judgement_labels, item="Claims", form="every column (CSV)"),
        ),
        md="results/tables/{part}claims.md",
        html=report(
            "results/tables/{part}claims.html",
            caption="report/claims.rst",
            category="Claims",
            labels=asked(CAPTIONS.judgement_labels, item="Claims", form="as a page"),
        ),
    log:
        "results/logs/tables/{part}claims.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(2000),
        runtime=larger(10),
    params:
        origin=CAPTIONS.origins(),
        provenance=asked(CAPTIONS.of_tables),
        unavailable=RESULTS.missing_tables,
        datasets=asked(RESULTS.datasets),
    message:
        "Judging the papers' claims"
    script:
        "../workflow_scripts/claims.py"


rule controls_table:
    """The papers' comparisons between unequal numbers of epochs beside the same with equal ones: ours, not theirs."""
    input:
        measured=asked(STUDY.controls.measurements),
    output:
        csv=report(
            "results/tables/{part}controls.csv",
            caption="report/controls.rst",
            category="Claims",
            labels=asked(CAPTIONS.judgement_labels, item="Equal budgets", form="every column (CSV)"),
        ),
        md="results/tables/{part}controls.md",
        html=report(
            "results/tables/{part}controls.html",
            caption="report/controls.rst",
            category="Claims",
            labels=asked(CAPTIONS.judgement_labels, item="Equal budgets", form="as a page"),
        ),
    log:
        "results/logs/tables/{part}controls.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(2000),
        runtime=larger(10),
    params:
        epochs=asked(STUDY.controls.epochs),
        origin=CAPTIONS.origins(),
        provenance=asked(CAPTIONS.of_controls),
    message:
        "Judging comparisons with equal budgets"
    script:
        "../workflow_scripts/controls.py"
