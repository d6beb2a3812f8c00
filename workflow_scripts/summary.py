"""Rule summary."""

from pathlib import Path

from acenet.metrics.long_table import read_long_tables
from acenet.papers import cells_of, load_cells
from acenet.report import (
    Origin,
    Provenance,
    build_summary,
    read_table_csv,
    write_summary_page,
    write_table_csv,
)
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    summary = build_summary(
        cells_of(snakemake.params.datasets, load_cells()),
        {Path(path).stem: read_table_csv(path) for path in snakemake.input.tables},
        read_long_tables(snakemake.input.measured),
        origin=Origin(**snakemake.params.origin),
        unavailable=snakemake.params.unavailable,
    )
    write_table_csv(summary, snakemake.output.csv)
    write_summary_page(summary, snakemake.output.html, provenance=Provenance(**snakemake.params.provenance))
