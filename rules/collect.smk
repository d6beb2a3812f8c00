"""Named targets: collections of files, and nothing else."""


rule all:
    """Everything: the tables, the figures, and pictures of each data set and of the augmentation."""
    default_target: True
    input:
        RESULTS.table_files(),
        RESULTS.summaries,
        RESULTS.figure_files(),
        "results/figures/warps.png" if WARPS else [],
    message:
        "Everything is made"


rule tables:
    """Every table that can be built, the summary, the papers' claims and the record of what made them."""
    input:
        RESULTS.table_files(),
        RESULTS.summaries,
    message:
        "All tables are made"


rule figures:
    """Every figure that can be drawn, and pictures of each data set."""
    input:
        RESULTS.figure_files(),
    message:
        "All figures are made"


rule acenet_tables:
    """The tables of the ACEnet paper."""
    input:
        RESULTS.table_files("ACEnet"),
    message:
        "ACEnet's tables are made"


rule ffce_tables:
    """The tables of the FFCE paper."""
    input:
        RESULTS.table_files("FFCE"),
    message:
        "FFCE's tables are made"


rule malc_tables:
    """The tables with what they have of MALC, its summary and claims; no other data set is needed."""
    input:
        RESULTS.malc_tables,
    message:
        "MALC's tables are made"


rule malc_figures:
    """The figures with what they show of MALC; no other data set is needed."""
    input:
        RESULTS.malc_figures,
    message:
        "MALC's figures are made"


rule controls:
    """The papers' comparisons between unequal numbers of epochs, beside the same with equal ones (docs/statistics.md)."""
    input:
        STUDY.controls.files(),
    message:
        "The controls are made"


rule malc_controls:
    """The same of MALC alone."""
    input:
        STUDY.controls.files("malc/"),
    message:
        "MALC's controls are made"


rule conformed:
    """Every scan on the common grid, with its class maps and brain mask."""
    input:
        asked(STUDY.conformed),
        asked(WARPS.conformed_targets),
    message:
        "All scans are conformed"


rule warped:
    """ACEnet*'s augmentation: training scans of MALC warped onto other scans, and their list."""
    input:
        [paths.WARPS, paths.WARP_TARGETS, asked(WARPS.all)] if WARPS else [],
    message:
        "All scans are warped"


rule trained:
    """Every network behind the tables that can be built."""
    input:
        RESULTS.models,
    message:
        "All networks are trained"


rule cards:
    """The card of each trained network: what it is, what it was trained on, how well it does."""
    input:
        RESULTS.cards,
    message:
        "All cards are written"


rule measured:
    """The long table of each training: every metric of every structure of every held-out scan."""
    input:
        RESULTS.measurements,
    message:
        "All networks are measured"


# `snakemake results/tables` and, as completed by the shell, `results/tables/` ask for the whole collection: a rule
# may carry a path as its name, while a directory() of separately made tables is impossible.
for _slash in ("", "/"):

    rule:
        """Every table, as `tables`."""
        name:
            f"results/tables{_slash}"
        input:
            rules.tables.input,
        message:
            "All tables are made"

    rule:
        """Every figure, as `figures`."""
        name:
            f"results/figures{_slash}"
        input:
            rules.figures.input,
        message:
            "All figures are made"
