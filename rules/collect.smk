"""Named targets: collections of files, and nothing else."""


rule all:
    default_target: True
    input:
        table_files(AVAILABLE),
        SUMMARIES,
        figure_files(AVAILABLE_FIGURES),
        expand("results/figures/subjects_{source}.png", source=SOURCES),
        "results/figures/warps.png" if AUGMENTED else [],


rule tables:
    input:
        table_files(AVAILABLE),
        SUMMARIES,


rule figures:
    input:
        figure_files(AVAILABLE_FIGURES),
        expand("results/figures/subjects_{source}.png", source=SOURCES),


rule acenet_tables:
    input:
        table_files([table for table in AVAILABLE if LAYOUTS[table].paper == "ACEnet"]),


rule ffce_tables:
    input:
        table_files([table for table in AVAILABLE if LAYOUTS[table].paper == "FFCE"]),


rule conformed:
    input:
        lambda wildcards: [path for source in SOURCES for path in conformed_files(source, subjects_of(source))],
        lambda wildcards: expand("results/conformed/adni/{target}", target=drawn_targets()),


rule warped:
    input:
        ["results/warped/malc/manifest.csv", "results/warped/malc/targets.csv"] if AUGMENTED else [],
        lambda wildcards: warps() if AUGMENTED else [],


rule trained:
    input:
        expand("results/trained/{training}/model.pt", training=all_trainings()),


rule cards:
    input:
        expand("results/trained/{training}/card.md", training=all_trainings()),


rule measured:
    input:
        measured_files(all_trainings()),


# `snakemake results/tables` and, as completed by the shell, `results/tables/` ask for the whole collection: a rule
# may carry a path as its name, while a directory() of separately made tables is impossible.
for _slash in ("", "/"):

    rule:
        name:
            f"results/tables{_slash}"
        input:
            rules.tables.input,

    rule:
        name:
            f"results/figures{_slash}"
        input:
            rules.figures.input,
