"""Rule extract_heads."""

from pathlib import Path

from acenet.cohort import heads
from acenet.logs import logged

with logged(snakemake.log[0]):
    heads.extract(Path(snakemake.input[0]).parent, Path(snakemake.output[-1]).parent)
