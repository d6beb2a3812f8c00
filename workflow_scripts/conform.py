"""Rules conform_{source}."""

from pathlib import Path

from acenet.conform.subject import Grid, conform_subject
from acenet.datasets import Subject
from acenet.imaging.io import Reading
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    conform_subject(
        Subject(**snakemake.params.subject),
        root=snakemake.params.root,
        grid=Grid(**snakemake.params.grid),
        protocols=snakemake.params.protocols,
        out_dir=Path(snakemake.output.image).parent,
        reading=Reading(**snakemake.params.reading),
        tool=snakemake.params.tool,
    )
