"""Rule conform_adni."""

from functools import partial
from pathlib import Path

from acenet.datasets import Subject
from acenet.grid import Grid
from acenet.logs import logged
from acenet.registration.failures import in_a_child
from acenet.registration.itk import limit_threads
from acenet.registration.targets import conform_target

with logged(snakemake.log[0]):
    limit_threads(snakemake.threads)
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
