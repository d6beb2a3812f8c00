"""Rule fetch_anatomy."""

from pathlib import Path

from acenet.cohort import fetch_wheels
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    fetch_wheels(Path(snakemake.output[0]).parent)
