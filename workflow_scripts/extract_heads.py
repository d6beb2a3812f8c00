"""Rule extract_heads."""

from pathlib import Path

from acenet.cohort import public_scans
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    public_scans.extract(Path(snakemake.input[0]).parent, Path(snakemake.output[-1]).parent)
