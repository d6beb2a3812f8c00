"""Pictures of the data, and the figures of kinds boxes, forest, curves and dots; panels.smk has the others."""


rule draw_subjects:
    """A sheet of a source's first four subjects: image, labels, brain mask."""
    input:
        asked(STUDY.first_subjects),
    output:
        report(
            "results/figures/subjects_{source}.png",
            caption="report/subjects.rst",
            category="Data",
            labels={"item": "{source}", "form": "PNG"},
        ),
    log:
        "results/logs/figures/subjects_{source}.log",
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(2000),
        runtime=larger(10),
    params:
        protocol=asked(STUDY.finest_protocol),
        caption=asked(CAPTIONS.subjects),
    message:
        "Drawing subjects of {wildcards.source}"
    script:
        "../workflow_scripts/draw_subjects.py"


rule draw_comparison:
    """Measured values of several networks side by side: box plots, or differences with intervals."""
    input:
        measured=asked(RESULTS.figure_measurements),
    output:
        png=report(
            "results/figures/{part}{figure}.png",
            caption="report/figure.rst",
            category=asked(CAPTIONS.category_of_figure),
            subcategory="Figures",
            labels=asked(CAPTIONS.figure_labels),
        ),
        pdf="results/figures/{part}{figure}.pdf",
    log:
        "results/logs/figures/{part}{figure}.log",
    wildcard_constraints:
        figure="|".join(RESULTS.of_kind("boxes", "forest")),
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(2000),
        runtime=larger(10),
    params:
        provenance=asked(CAPTIONS.of_figure),
        datasets=asked(RESULTS.datasets),
    message:
        "Drawing {wildcards.figure}"
    script:
        "../workflow_scripts/draw_comparison.py"


rule draw_curves:
    """Learning curves of the trainings behind a table."""
    input:
        logs=asked(RESULTS.figure_logs),
    output:
        png=report(
            "results/figures/{part}{figure}.png",
            caption="report/figure.rst",
            category=asked(CAPTIONS.category_of_figure),
            subcategory="Figures",
            labels=asked(CAPTIONS.figure_labels),
        ),
        pdf="results/figures/{part}{figure}.pdf",
    log:
        "results/logs/figures/{part}{figure}.log",
    wildcard_constraints:
        figure="|".join(RESULTS.of_kind("curves")),
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(2000),
        runtime=larger(10),
    params:
        provenance=asked(CAPTIONS.of_figure),
        datasets=asked(RESULTS.datasets),
    message:
        "Drawing {wildcards.figure}"
    script:
        "../workflow_scripts/draw_curves.py"


rule draw_dots:
    """A table's published values and ours as dots."""
    input:
        table=asked(RESULTS.figure_table),
    output:
        png=report(
            "results/figures/{part}{figure}.png",
            caption="report/figure.rst",
            category=asked(CAPTIONS.category_of_figure),
            subcategory="Figures",
            labels=asked(CAPTIONS.figure_labels),
        ),
        pdf="results/figures/{part}{figure}.pdf",
    log:
        "results/logs/figures/{part}{figure}.log",
    wildcard_constraints:
        figure="|".join(RESULTS.of_kind("dots")),
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(2000),
        runtime=larger(10),
    params:
        provenance=asked(CAPTIONS.of_figure),
        datasets=asked(RESULTS.datasets),
    message:
        "Drawing {wildcards.figure}"
    script:
        "../workflow_scripts/draw_dots.py"
