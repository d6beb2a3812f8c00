"""Rules fetch_{source}. Mirrors are read from the configuration, not from params: they change no result."""

from pathlib import Path

from acenet.atomic import replacing
from acenet.datasets.obtain import archives_of, fetch_archive
from acenet.download import recorded
from acenet.logs import logged

with logged(snakemake.log[0]), replacing(snakemake.output[0]) as temporary:
    source = snakemake.params.source
    path = fetch_archive(
        archives_of(source)[snakemake.wildcards.archive],
        Path(snakemake.output[0]).parent,
        mirrors=snakemake.config["mirrors"].get(source, []),
    )
    temporary.write_text(f"{recorded(path)}  {path.name}\n", encoding="utf-8")
