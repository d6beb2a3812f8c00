"""Rule list_warps."""

from pathlib import Path

from acenet.logs import logged
from acenet.registration.rows import join

with logged(snakemake.log[0]):
    join([Path(path) for path in snakemake.input], Path(snakemake.output[0]))
