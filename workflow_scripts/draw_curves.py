"""Rule draw_curves."""

from acenet.figures.curves import draw_curves, read_training_logs
from acenet.figures.style import house_style, write_figure
from acenet.papers import get_figure
from acenet.report import Provenance
from acenet.system.job_log import logged

with logged(snakemake.log[0]), house_style():
    logs = read_training_logs(snakemake.input.logs)
    provenance = Provenance(**snakemake.params.provenance)
    write_figure(
        draw_curves(get_figure(snakemake.wildcards.figure), logs, provenance=provenance), snakemake.output
    )
