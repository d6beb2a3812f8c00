"""Rule own_table."""

from acenet.metrics.long_table import read_long_tables
from acenet.protocols import load_protocol
from acenet.report.own_table import own_table, write_own_table
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    write_own_table(
        own_table(
            read_long_tables(snakemake.input.measured),
            load_protocol(snakemake.input.protocol),
        ),
        snakemake.output.csv,
        snakemake.output.md,
        title=snakemake.params.title,
    )
