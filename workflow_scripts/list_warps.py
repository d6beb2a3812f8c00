"""Rule list_warps."""

from pathlib import Path

from acenet.augmentation.warp_rows import join
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    join([Path(path) for path in snakemake.input], Path(snakemake.output[0]))
