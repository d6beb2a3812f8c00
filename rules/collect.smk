"""Named targets: collections of files, and nothing else."""


rule all:
    default_target: True
    input:
        RESULTS.table_files(),
        RESULTS.summaries,
        RESULTS.figure_files,
        "results/figures/warps.png" if WARPS else [],


rule tables:
    input:
        RESULTS.table_files(),
        RESULTS.summaries,


rule figures:
    input:
        RESULTS.figure_files,


rule acenet_tables:
    input:
        RESULTS.table_files("ACEnet"),


rule ffce_tables:
    input:
        RESULTS.table_files("FFCE"),


rule conformed:
    input:
        asked(STUDY.conformed),
        asked(WARPS.conformed_targets),


rule warped:
    input:
        [paths.WARPS, paths.WARP_TARGETS, asked(WARPS.all)] if WARPS else [],


rule trained:
    input:
        RESULTS.models,


rule cards:
    input:
        RESULTS.cards,


rule measured:
    input:
        RESULTS.measurements,


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
