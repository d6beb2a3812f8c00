"""Rules credit_{source}."""

from pathlib import Path

from acenet.datasets.fetch import write_notice
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    write_notice(Path(snakemake.output[0]))
