"""Rule extract_anatomy."""

from pathlib import Path

from acenet.cohort import extract_anatomy
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    extract_anatomy(Path(snakemake.input[0]).parent, Path(snakemake.output[0]).parent)
