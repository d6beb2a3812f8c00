"""Rules embed_{source}."""

from pathlib import Path

from acenet.cohort import write_subject
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    write_subject(
        snakemake.params.source,
        snakemake.wildcards.subject,
        anatomy=Path(snakemake.input[0]).parent,
        root=Path(snakemake.params.root),
        voxel_mm=snakemake.params.voxel_mm,
        seed=snakemake.params.seed,
    )
