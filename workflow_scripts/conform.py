"""Rules conform_{source}."""

from pathlib import Path

from snakemake.script import snakemake

from acenet.conform import Grid, conform_subject
from acenet.logs import logged

with logged(snakemake.log[0]):
    conform_subject(
        snakemake.params.subject,
        root=snakemake.params.root,
        grid=Grid(**snakemake.params.grid),
        protocols=snakemake.params.protocols,
        out_dir=Path(snakemake.output.image).parent,
    )
