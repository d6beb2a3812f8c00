"""Rule page."""

from pathlib import Path

from acenet.page import write_page
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    write_page(Path(), snakemake.params.unavailable)
