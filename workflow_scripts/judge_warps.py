"""Rule judge_warps."""

from pathlib import Path

from acenet.logs import logged
from acenet.registration import Acceptance
from acenet.registration.manifest import judge_target
from acenet.registration.rows import write_rows

with logged(snakemake.log[0]):
    rows = judge_target(
        [Path(folder) for folder in snakemake.input.warps],
        Path(snakemake.input.target),
        Acceptance(**snakemake.params.accept),
        protocols=snakemake.params.protocols,
    )
    write_rows(rows, Path(snakemake.output[0]))
