"""Rule fetch_heads."""

from pathlib import Path

from acenet.cohort import heads
from acenet.logs import logged

with logged(snakemake.log[0]):
    heads.fetch(Path(snakemake.output[0]).parent)
