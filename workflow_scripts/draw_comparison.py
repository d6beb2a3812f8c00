"""Rule draw_comparison: figures of kinds boxes and forest."""

from acenet.figures.boxes import draw_boxes
from acenet.figures.forest import draw_forest
from acenet.figures.style import house_style, write_figure
from acenet.metrics.long_table import read_long_tables
from acenet.papers import get_figure, of_datasets
from acenet.report import Provenance
from acenet.system.job_log import logged

with logged(snakemake.log[0]), house_style():
    plan = of_datasets(get_figure(snakemake.wildcards.figure), snakemake.params.datasets)
    draw = {"boxes": draw_boxes, "forest": draw_forest}[plan.kind]
    figure = draw(
        plan,
        read_long_tables(snakemake.input.measured),
        provenance=Provenance(**snakemake.params.provenance),
    )
    write_figure(figure, snakemake.output)
