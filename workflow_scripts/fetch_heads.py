"""Rule fetch_heads."""

from pathlib import Path

from acenet.cohort import public_scans
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    public_scans.fetch(Path(snakemake.output[0]).parent)
