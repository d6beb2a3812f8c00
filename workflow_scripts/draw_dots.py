"""Rule draw_dots."""

import pandas as pd

from acenet.figures.dots import draw_dots
from acenet.figures.style import house_style, write_figure
from acenet.papers import get_figure
from acenet.report import Provenance
from acenet.system.job_log import logged

with logged(snakemake.log[0]), house_style():
    plan, table = get_figure(snakemake.wildcards.figure), pd.read_csv(snakemake.input.table)
    write_figure(
        draw_dots(plan, table, provenance=Provenance(**snakemake.params.provenance)), snakemake.output
    )
