"""Rule register_scan."""

from functools import partial
from pathlib import Path

from acenet.augmentation import Registration
from acenet.augmentation.ants_bridge import limit_ants_threads
from acenet.augmentation.failures import in_a_child
from acenet.augmentation.warp import register_scan
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    limit_ants_threads(snakemake.threads)
    out, scan = Path(snakemake.output[0]), Path(snakemake.input.scan[0])
    work = partial(
        register_scan,
        scan if scan.is_dir() else scan.parent,
        Path(snakemake.input.template),
        Registration(**snakemake.params.registration),
        out=out,
        role=snakemake.wildcards.role,
        on_failure=snakemake.params.on_failure,
    )
    in_a_child(work, out, snakemake.params.on_failure)
