"""Rules fetch_{source} of scans. Mirrors are read from the configuration, not from params: they change no result."""

from pathlib import Path

from acenet.datasets.fetch import fetch_scan, scan_files
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    fetch_scan(
        scan_files(snakemake.wildcards.subject, snakemake.params.images),
        Path(snakemake.params.folder),
        {role: Path(path) for role, path in snakemake.output.items()},
        mirrors=snakemake.config["mirrors"].get("malc", []),
    )
