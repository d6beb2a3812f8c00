"""Named targets: collections of files, and nothing else."""


rule all:
    """Everything: the tables, the figures, and pictures of each data set and of the augmentation."""
    default_target: True
    input:
        RESULTS.table_files(),
        RESULTS.summaries,
        RESULTS.figure_files(),
        "results/figures/warps.png" if WARPS else [],


rule tables:
    """Every table that can be built, the summary, the papers' claims and the record of what made them."""
    input:
        RESULTS.table_files(),
        RESULTS.summaries,


rule figures:
    """Every figure that can be drawn, and pictures of each data set."""
    input:
        RESULTS.figure_files(),


rule acenet_tables:
    """The tables of the ACEnet paper."""
    input:
        RESULTS.table_files("ACEnet"),


rule ffce_tables:
    """The tables of the FFCE paper."""
    input:
        RESULTS.table_files("FFCE"),


rule malc_tables:
    """The tables with what they have of MALC, its summary and claims; no other data set is needed."""
    input:
        RESULTS.malc_tables,


rule malc_figures:
    """The figures with what they show of MALC; no other data set is needed."""
    input:
        RESULTS.malc_figures,


rule controls:
    """The papers' comparisons between unequal numbers of epochs, beside the same with equal ones (docs/statistics.md)."""
    input:
        STUDY.controls.files(),


rule malc_controls:
    """The same of MALC alone."""
    input:
        STUDY.controls.files("malc/"),


rule conformed:
    """Every scan on the common grid, with its class maps and brain mask."""
    input:
        asked(STUDY.conformed),
        asked(WARPS.conformed_targets),


rule warped:
    """ACEnet*'s augmentation: training scans of MALC warped onto other scans, and their list."""
    input:
        [paths.WARPS, paths.WARP_TARGETS, asked(WARPS.all)] if WARPS else [],


rule trained:
    """Every network behind the tables that can be built."""
    input:
        RESULTS.models,


rule cards:
    """The card of each trained network: what it is, what it was trained on, how well it does."""
    input:
        RESULTS.cards,


rule measured:
    """The long table of each training: every metric of every structure of every held-out scan."""
    input:
        RESULTS.measurements,


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
