"""Rule draw_warps."""

from pathlib import Path

from acenet.augmentation.warp_rows import summary
from acenet.figures.warps import draw_warps, strips_of
from acenet.protocols import load_protocol
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    manifest, protocol = Path(snakemake.input.manifest), load_protocol(snakemake.params.protocol)
    draw_warps(
        strips_of(manifest, Path(snakemake.params.targets)),
        list(snakemake.output),
        protocol=protocol.name,
        colours={structure.index: structure.colour for structure in protocol.structures},
        caption=f"{snakemake.params.caption} {summary(manifest)}.",
    )
