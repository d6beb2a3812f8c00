"""Rule draw_dots."""

import pandas as pd

from acenet.experiments import get_figure
from acenet.figures.dots import draw_dots
from acenet.figures.style import house_style, write_figure
from acenet.logs import logged
from acenet.report import Provenance

with logged(snakemake.log[0]), house_style():
    plan, table = get_figure(snakemake.wildcards.figure), pd.read_csv(snakemake.input.table)
    write_figure(
        draw_dots(plan, table, provenance=Provenance(**snakemake.params.provenance)), snakemake.output
    )
