"""Rule count_parameters."""

from acenet.experiments import Training
from acenet.logs import logged
from acenet.models.counts import write_parameter_counts

with logged(snakemake.log[0]):
    write_parameter_counts([Training(**row) for row in snakemake.params.trainings], snakemake.output[0])
