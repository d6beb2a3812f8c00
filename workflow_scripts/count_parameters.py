"""Rule count_parameters."""

from acenet.logs import logged
from acenet.models.counts import write_parameter_counts

with logged(snakemake.log[0]):
    write_parameter_counts(snakemake.params.trainings, snakemake.output[0])
