"""Rule own_table."""

from acenet.metrics.long_table import read_long_table
from acenet.protocols import load_protocol
from acenet.report.own_table import own_table, write_own_table
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    paths = dict(zip(snakemake.params.trainings, snakemake.input.measured, strict=True))
    write_own_table(
        own_table(
            {training: read_long_table(path) for training, path in paths.items()},
            load_protocol(snakemake.input.protocol),
        ),
        snakemake.output.csv,
        snakemake.output.md,
        title=snakemake.params.title,
    )
