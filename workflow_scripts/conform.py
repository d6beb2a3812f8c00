"""Rules conform_{source}."""

from pathlib import Path

from acenet.conform import Grid, conform_subject
from acenet.logs import logged
from acenet.volumes import Reading

with logged(snakemake.log[0]):
    grid = snakemake.params.grid
    conform_subject(
        snakemake.params.subject,
        root=snakemake.params.root,
        grid=Grid(tuple(grid["shape"]), grid["voxel_mm"], grid["centre"]),
        protocols=snakemake.params.protocols,
        out_dir=Path(snakemake.output.image).parent,
        reading=Reading(**snakemake.params.reading),
        tool=snakemake.params.tool,
    )
