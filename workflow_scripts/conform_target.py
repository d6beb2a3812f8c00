"""Rule conform_adni."""

from pathlib import Path

from acenet.grid import Grid
from acenet.logs import logged
from acenet.registration.itk import limit_threads
from acenet.registration.targets import conform_target

with logged(snakemake.log[0]):
    limit_threads(snakemake.threads)
    grid = snakemake.params.grid
    conform_target(
        snakemake.params.subject,
        root=Path(snakemake.params.root),
        grid=Grid(tuple(grid["shape"]), grid["voxel_mm"], grid["centre"]),
        atlas=Path(snakemake.input.atlas[0]).parent,
        out=Path(snakemake.output[0]),
        seed=snakemake.params.seed,
        on_failure=snakemake.params.on_failure,
    )
