"""Rule judge_warps."""

from pathlib import Path

from acenet.augmentation import Acceptance
from acenet.augmentation.manifest import judge_target
from acenet.augmentation.warp_rows import write_rows
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    rows = judge_target(
        [Path(folder) for folder in snakemake.input.warps],
        Path(snakemake.input.target),
        Acceptance(**snakemake.params.accept),
        protocols=snakemake.params.protocols,
    )
    write_rows(rows, Path(snakemake.output[0]))
