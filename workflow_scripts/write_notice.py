"""Rules credit_{source}."""

from pathlib import Path

from acenet.datasets.obtain import write_notice
from acenet.logs import logged

with logged(snakemake.log[0]):
    write_notice(Path(snakemake.output[0]))
