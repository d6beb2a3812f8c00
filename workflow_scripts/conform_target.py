"""Rule conform_adni."""

from functools import partial
from pathlib import Path

from acenet.augmentation.ants_bridge import limit_ants_threads
from acenet.augmentation.failures import in_a_child
from acenet.augmentation.targets import conform_target
from acenet.datasets import Subject
from acenet.imaging.grid import Grid
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    limit_ants_threads(snakemake.threads)
    out = Path(snakemake.output[0])
    work = partial(
        conform_target,
        Subject(**snakemake.params.subject),
        root=Path(snakemake.params.root),
        grid=Grid(**snakemake.params.grid),
        atlas=Path(snakemake.input.atlas[0]).parent,
        out=out,
        seed=snakemake.params.seed,
        on_failure=snakemake.params.on_failure,
    )
    in_a_child(work, out, snakemake.params.on_failure)
