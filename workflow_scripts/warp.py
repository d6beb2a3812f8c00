"""Rule warp. The threads are no params: with one, which is the default, they change no result."""

from pathlib import Path

from acenet.logs import logged
from acenet.registration import Registration
from acenet.registration.itk import limit_threads
from acenet.registration.warp import WarpFolders, warp_pair

with logged(snakemake.log[0]):
    limit_threads(snakemake.threads)
    warp_pair(
        WarpFolders(
            atlas=Path(snakemake.input.atlas[0]).parent,
            target=Path(snakemake.input.target),
            out=Path(snakemake.output[0]),
        ),
        Registration(**snakemake.params.registration),
        protocols=snakemake.params.protocols,
        through=[Path(folder) for folder in snakemake.input.through],
        on_failure=snakemake.params.on_failure,
    )
