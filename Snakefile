"""Every table of the ACEnet and FFCE papers, from raw scans to CSV, Markdown and LaTeX.

snakemake --cores all results/tables              all tables that can be built
snakemake --cores all results/tables/table08.csv  one table
snakemake --cores all results/figures             all figures that can be drawn
snakemake --cores all trained                     one stage (conformed, warped, trained, measured)
"""

import os
import sys

from snakemake.utils import min_version

min_version("9.20")


configfile: workflow.source_path("config.yaml")


report: "rules/report/workflow.rst"


# `.venv/bin/snakemake` works without activating the environment: jobs find the same Python.
os.environ.update(PATH=os.pathsep.join((os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath))))
os.environ.update(ACENET_ROOT=workflow.basedir)  # for envs/acenet.yaml
os.environ.update(MPLBACKEND="agg")  # a notebook hands on the name of one that only its own Python has


onstart:
    require_writable("results")
    lift_default_rate_limit(workflow)
    PROGRESS.shorten(logger)


include: "rules/snakemake_internals.smk"
include: "rules/config.smk"
include: "rules/common.smk"
include: "rules/progress.smk"
include: "rules/contents.smk"
include: "rules/resources.smk"
include: "rules/collect.smk"
include: "rules/raw.smk"
include: "rules/obtain.smk"
include: "rules/conform.smk"
include: "rules/warp.smk"
include: "rules/train.smk"
include: "rules/predict.smk"
include: "rules/measure.smk"
include: "rules/tables.smk"
include: "rules/provenance.smk"
include: "rules/page.smk"
include: "rules/own.smk"
include: "rules/figures.smk"
include: "rules/panels.smk"
include: "rules/code.smk"


wildcard_constraints:
    source="|".join(source.name for source in STUDY.labelled),
    atlas="[^/_]+",
    target="[^/]+",
    role="atlas|target",
    scan="[^/]+",
    dataset="|".join(STUDY.datasets),
    model="[a-z0-9-]+",
    seed="0|[1-9][0-9]*",
    part="(malc/)?",
    subject="[^/]+",
    place="[^/]+",
    table="|".join(RESULTS.layouts),
    figure="|".join(RESULTS.figures),


localrules:
    all,
    tables,
    figures,
    acenet_tables,
    ffce_tables,
    malc_tables,
    malc_figures,
    controls,
    malc_controls,
    conformed,
    warped,
    trained,
    cards,
    measured,
    fetch_anatomy,
    record_split,
    record_targets,
