"""Rule draw_warps."""

from itertools import groupby
from pathlib import Path

from acenet.augmentation.failures import failure
from acenet.augmentation.warp_rows import read_rows, summary
from acenet.figures.warps import Strip, Tile, draw_warps
from acenet.protocols import load_protocol
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    manifest, targets = Path(snakemake.input.manifest), Path(snakemake.params.targets)

    def usable(folder):
        """The folder, or None where it only says why it failed."""
        return None if failure(folder) else folder

    strips = [
        Strip(
            target,
            usable(targets / target),
            [
                Tile(
                    row["atlas"],
                    usable(manifest.parent / row["subject"]),
                    row["accepted"] == "yes",
                    row["reason"] or (f"{float(row['label_dice']):.2f}" if row["label_dice"] else "n/a"),
                )
                for row in rows
            ],
        )
        for target, rows in groupby(read_rows(manifest), key=lambda row: row["target"])
    ]
    protocol = load_protocol(snakemake.params.protocol)
    draw_warps(
        strips,
        list(snakemake.output),
        protocol=protocol.name,
        colours={structure.index: structure.colour for structure in protocol.structures},
        caption=f"{snakemake.params.caption} {summary(manifest)}.",
    )
