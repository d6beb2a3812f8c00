"""Rule draw_comparison: figures of kinds boxes and forest."""

from acenet.figures.boxes import draw_boxes
from acenet.figures.forest import draw_forest
from acenet.figures.style import house_style, write_figure
from acenet.metrics.long_table import read_long_table
from acenet.papers import get_figure, trainings_shown
from acenet.report import Provenance
from acenet.system.job_log import logged

with logged(snakemake.log[0]), house_style():
    plan = get_figure(snakemake.wildcards.figure)
    files = dict(zip(trainings_shown(plan), snakemake.input.measured, strict=True))
    draw = {"boxes": draw_boxes, "forest": draw_forest}[plan.kind]
    figure = draw(
        plan,
        {training: read_long_table(path) for training, path in files.items()},
        provenance=Provenance(**snakemake.params.provenance),
    )
    write_figure(figure, snakemake.output)
