"""Named targets: collections of files, and nothing else."""


rule all:
    """Everything: the tables, the figures, and pictures of each data set and of the augmentation."""
    default_target: True
    input:
        table_files(AVAILABLE),
        SUMMARIES,
        figure_files(AVAILABLE_FIGURES),
        expand("results/figures/subjects_{source}.png", source=SOURCES),
        "results/figures/warps.png" if AUGMENTED else [],


rule tables:
    """Every table that can be built, the summary, the papers' claims and the record of what made them."""
    input:
        table_files(AVAILABLE),
        SUMMARIES,


rule figures:
    """Every figure that can be drawn, and pictures of each data set."""
    input:
        figure_files(AVAILABLE_FIGURES),
        expand("results/figures/subjects_{source}.png", source=SOURCES),


rule acenet_tables:
    """The tables of the ACEnet paper."""
    input:
        table_files([table for table in AVAILABLE if LAYOUTS[table].paper == "ACEnet"]),


rule ffce_tables:
    """The tables of the FFCE paper."""
    input:
        table_files([table for table in AVAILABLE if LAYOUTS[table].paper == "FFCE"]),


rule conformed:
    """Every scan on the common grid, with its class maps and brain mask."""
    input:
        lambda wildcards: [path for source in SOURCES for path in conformed_files(source, subjects_of(source))],
        lambda wildcards: expand("results/conformed/adni/{target}", target=drawn_targets()),


rule warped:
    """ACEnet*'s augmentation: training scans of MALC warped onto other scans, and their list."""
    input:
        ["results/warped/malc/manifest.csv", "results/warped/malc/targets.csv"] if AUGMENTED else [],
        lambda wildcards: warps() if AUGMENTED else [],


rule trained:
    """Every network behind the tables that can be built."""
    input:
        expand("results/trained/{training}/model.pt", training=all_trainings()),


rule cards:
    """The card of each trained network: what it is, what it was trained on, how well it does."""
    input:
        expand("results/trained/{training}/card.md", training=all_trainings()),


rule measured:
    """The long table of each training: every metric of every structure of every held-out scan."""
    input:
        measured_files(all_trainings()),


# `snakemake results/tables` and, as completed by the shell, `results/tables/` ask for the whole collection: a rule
# may carry a path as its name, while a directory() of separately made tables is impossible.
for _slash in ("", "/"):

    rule:
        """Every table, as `tables`."""
        name:
            f"results/tables{_slash}"
        input:
            rules.tables.input,

    rule:
        """Every figure, as `figures`."""
        name:
            f"results/figures{_slash}"
        input:
            rules.figures.input,
