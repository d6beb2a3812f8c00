"""Rule count_parameters."""

from acenet.papers import Training
from acenet.report.parameter_counts import write_parameter_counts
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    write_parameter_counts([Training(**row) for row in snakemake.params.trainings], snakemake.output[0])
