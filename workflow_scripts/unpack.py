"""Rules unpack_{source}."""

from pathlib import Path

from acenet.datasets.fetch import unpack_source
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    unpack_source(
        snakemake.params.source,
        [Path(path.removesuffix(".verified")) for path in snakemake.input],
        Path(snakemake.params.root),
    )
