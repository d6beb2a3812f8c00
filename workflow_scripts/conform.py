"""Rules conform_{source}."""

from pathlib import Path

from acenet.conform import conform_subject
from acenet.logs import logged

with logged(snakemake.log[0]):
    conform_subject(
        snakemake.params.subject,
        root=snakemake.params.root,
        grid=snakemake.params.grid,
        protocols=snakemake.params.protocols,
        out_dir=Path(snakemake.output.image).parent,
        reading=snakemake.params.reading,
        tool=snakemake.params.tool,
    )
