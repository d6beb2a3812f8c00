"""Rules fetch_{source}. Mirrors are read from the configuration, not from params: they change no result."""

from pathlib import Path

from acenet.datasets.fetch import archives_of, fetch_archive
from acenet.files.atomic import replacing
from acenet.files.download import recorded
from acenet.system.job_log import logged

with logged(snakemake.log[0]), replacing(snakemake.output[0]) as temporary:
    source = snakemake.params.source
    path = fetch_archive(
        archives_of(source)[snakemake.wildcards.archive],
        Path(snakemake.output[0]).parent,
        mirrors=snakemake.config["mirrors"].get(source, []),
    )
    temporary.write_text(f"{recorded(path)}  {path.name}\n", encoding="utf-8")
