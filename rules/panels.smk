"""Figures that show images, of each data set's first test scan: maps inside a network, segmentations laid over scans."""


rule draw_maps:
    """Feature and attention maps of a network on a scan (ACEnet's Figure 2)."""
    input:
        model=lambda wildcards: f"results/trained/{figure_trainings(wildcards)[0]}/model.pt",
        references=figure_references,
        images=figure_images,
    output:
        png=report(
            "results/figures/{figure}.png",
            caption="report/figure.rst",
            category=figure_category,
            subcategory="Figures",
            labels=figure_labels,
        ),
        pdf="results/figures/{figure}.pdf",
    log:
        "results/logs/figures/{figure}.log",
    wildcard_constraints:
        figure=names_of_kind("maps"),
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(3000),
        runtime=larger(10),
    params:
        provenance=figure_provenance,
    message:
        "Drawing {wildcards.figure}"
    script:
        "../workflow_scripts/draw_maps.py"


rule draw_overlays:
    """Segmentations drawn on a scan, with enlarged structures."""
    input:
        predicted=lambda wildcards: expand("results/predicted/{training}", training=figure_trainings(wildcards)),
        references=figure_references,
        images=figure_images,
    output:
        png=report(
            "results/figures/{figure}.png",
            caption="report/figure.rst",
            category=figure_category,
            subcategory="Figures",
            labels=figure_labels,
        ),
        pdf="results/figures/{figure}.pdf",
    log:
        "results/logs/figures/{figure}.log",
    wildcard_constraints:
        figure=names_of_kind("overlays"),
    conda:
        "../envs/acenet.yaml"
    resources:
        mem_mb=larger(3000),
        runtime=larger(10),
    params:
        provenance=figure_provenance,
    message:
        "Drawing {wildcards.figure}"
    script:
        "../workflow_scripts/draw_overlays.py"
