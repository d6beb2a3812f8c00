"""Rule fetch_niivue."""

from pathlib import Path

from acenet.system.job_log import logged
from acenet.viewer.niivue import put_niivue

with logged(snakemake.log[0]):
    put_niivue(
        Path("results/downloads/niivue"), Path(snakemake.output.script), Path(snakemake.output.licence)
    )
