"""Rule controls_table."""

from acenet.metrics.long_table import read_long_tables
from acenet.papers import controlled
from acenet.report import Origin, Provenance, write_table_csv
from acenet.report.controls import build_controls, write_controls_markdown, write_controls_page
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    epochs, provenance = snakemake.params.epochs, Provenance(**snakemake.params.provenance)
    table = build_controls(
        [one for one in controlled() if one.control in epochs and one.pair.better in epochs],
        read_long_tables(snakemake.input.measured),
        epochs=epochs,
        origin=Origin(**snakemake.params.origin),
    )
    write_table_csv(table, snakemake.output.csv)
    write_controls_markdown(table, snakemake.output.md, provenance=provenance)
    write_controls_page(table, snakemake.output.html, provenance=provenance)
