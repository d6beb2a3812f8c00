"""Rule warp. The threads are no params: with one, which is the default, they change no result."""

from functools import partial
from pathlib import Path

from acenet.augmentation import Registration
from acenet.augmentation.ants_bridge import limit_ants_threads
from acenet.augmentation.failures import in_a_child
from acenet.augmentation.warp import WarpFolders, warp_pair
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    limit_ants_threads(snakemake.threads)
    folders = WarpFolders(
        atlas=Path(snakemake.input.atlas[0]).parent,
        target=Path(snakemake.input.target),
        out=Path(snakemake.output[0]),
    )
    work = partial(
        warp_pair,
        folders,
        Registration(**snakemake.params.registration),
        protocols=snakemake.params.protocols,
        through=[Path(folder) for folder in snakemake.input.through],
        on_failure=snakemake.params.on_failure,
    )
    in_a_child(work, folders.out, snakemake.params.on_failure)
