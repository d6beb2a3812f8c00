"""Figures that show images, of each data set's first test scan: maps inside a network, segmentations laid over scans."""


rule draw_maps:
    """Feature and attention maps of a network on a scan (ACEnet's Figure 2)."""
    input:
        models=asked(RESULTS.figure_models),
        references=asked(RESULTS.figure_references),
        images=asked(RESULTS.figure_images),
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
        figure="|".join(RESULTS.of_kind("maps")),
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(3000),
        runtime=larger(10),
    params:
        provenance=asked(CAPTIONS.of_figure),
        datasets=asked(RESULTS.datasets),
    message:
        "Drawing {wildcards.figure}"
    script:
        "../workflow_scripts/draw_maps.py"


rule draw_overlays:
    """Segmentations drawn on a scan, with enlarged structures."""
    input:
        predicted=asked(RESULTS.figure_predictions),
        references=asked(RESULTS.figure_references),
        images=asked(RESULTS.figure_images),
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
        figure="|".join(RESULTS.of_kind("overlays")),
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(3000),
        runtime=larger(10),
    params:
        provenance=asked(CAPTIONS.of_figure),
        datasets=asked(RESULTS.datasets),
    message:
        "Drawing {wildcards.figure}"
    script:
        "../workflow_scripts/draw_overlays.py"
