"""What is left of a segmented scan on the disk: labels on its own grid, mask, volumes, picture."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.affines import voxel_sizes
from numpy.typing import NDArray

from acenet.conform.invert import labels_on_scan
from acenet.files.atomic import replacing
from acenet.imaging.io import Volume, write_volume
from acenet.imaging.masks import mask_from_labels
from acenet.imaging.resample import resample_linear
from acenet.segment.lookup_tables import distinct_names
from acenet.segment.one_scan import Segmented, Wanted
from acenet.segment.result_names import ResultNames
from acenet.segment.segmenter import Segmenter
from acenet.segment.view import write_view

LONGEST_CAPTION = 60  # characters of a file's name
ORIGIN_NETWORK, ORIGIN_LABELS = "skull branch of the network", "labels, closed and filled"


@dataclass(frozen=True)
class OnScan:
    """Classes and brain mask (I, J, K) uint8 on the scan's own grid, voxel_mm3, and where the mask is from."""

    classes: NDArray[np.uint8]
    brain: NDArray[np.uint8]
    brain_origin: str
    voxel_mm3: float

    @property
    def brain_ml(self) -> float:
        """Volume of the brain mask."""
        return int(np.count_nonzero(self.brain)) * self.voxel_mm3 / 1000


def bring_back(scan: Volume, segmented: Segmented) -> OnScan:
    """A segmentation onto the scan that it is of."""
    found, affine = segmented.placed.found, segmented.placed.affine
    shape: Any = scan.array.shape
    classes = labels_on_scan(found.classes, affine, scan.affine, shape=shape)
    if found.brain is None:
        spacing = voxel_sizes(scan.affine)
        brain, origin = mask_from_labels(classes, spacing), ORIGIN_LABELS
    else:
        brain, origin = labels_on_scan(found.brain, affine, scan.affine, shape=shape), ORIGIN_NETWORK
    return OnScan(classes, brain, origin, float(abs(np.linalg.det(scan.affine[:3, :3]))))


def write_results(
    scan: Volume,
    segmented: Segmented,
    on_scan: OnScan,
    segmenter: Segmenter,
    wanted: Wanted,
    *,
    names: ResultNames,
    folder: Path,
) -> list[Path]:
    """Write all results but the record below `folder`; returns their paths relative to it."""
    protocol = segmenter.protocol
    write_volume(folder / names.labels, protocol.decode(on_scan.classes), scan.affine)
    write_volume(folder / names.brain, on_scan.brain, scan.affine)
    write_table(folder / names.volumes, volume_rows(segmented, on_scan, segmenter))
    written = [names.labels, names.brain, names.volumes]
    if segmented.probabilities is not None:
        for structure_class, probable in zip(wanted.probabilities, segmented.probabilities, strict=True):
            name = names.probability(protocol.structures[structure_class - 1])
            on_grid = resample_linear(
                probable, segmented.placed.affine, scan.affine, shape=on_scan.classes.shape
            )
            write_volume(folder / name, on_grid, scan.affine, slope=1 / 255)
            written.append(name)
    # matplotlib comes with it, for which the first slice need not wait
    from acenet.segment.segmented_scan import draw_segmentation

    (folder / names.picture).parent.mkdir(parents=True, exist_ok=True)
    draw_segmentation(
        scan.array,
        on_scan.classes,
        on_scan.brain,
        scan.affine,
        protocol=protocol,
        caption=_caption(scan, on_scan, segmenter),
        path=folder / names.picture,
    )
    written.append(names.picture)
    if wanted.view:
        write_view(scan, on_scan, segmenter, folder / names.view, picture=names.picture.name)
        written.append(names.view)
    return written


def _caption(scan: Volume, on_scan: OnScan, segmenter: Segmenter) -> str:
    found = np.count_nonzero(np.unique(on_scan.classes))
    name = scan.path.name
    if len(name) > LONGEST_CAPTION:
        name = f"{name[: LONGEST_CAPTION // 2]}…{name[-LONGEST_CAPTION // 2 :]}"
    return (
        f"{name}: {found} of {len(segmenter.protocol.structures)} structures by {segmenter.training}; "
        f"white: brain mask ({on_scan.brain_origin}), {on_scan.brain_ml:.0f} ml."
    )


def volume_rows(segmented: Segmented, on_scan: OnScan, segmenter: Segmenter) -> list[dict[str, object]]:
    """A row for each structure, also those not found, and one for the brain mask, whose index is n/a.

    volume_mm3 counts voxels of the label map; soft_volume_mm3 adds up probabilities on the network's grid.
    """
    protocol = segmenter.protocol
    voxels = np.bincount(on_scan.classes.ravel(order="K"), minlength=protocol.n_classes)
    names = distinct_names(protocol.structures)
    rows: list[dict[str, object]] = []
    for structure in protocol.structures:
        i = structure.index
        row: dict[str, object] = {
            "index": structure.native_id,
            "name": names[i],
            "hemisphere": structure.hemisphere,
            "voxels": int(voxels[i]),
            "volume_mm3": _number(voxels[i] * on_scan.voxel_mm3),
        }
        if segmented.soft_voxels is not None:
            row["soft_volume_mm3"] = _number(segmented.soft_voxels[i] * segmenter.grid.voxel_mm**3)
        if segmented.uncertainty is not None:
            row["volume_cv"] = _number(segmented.uncertainty.volume_cv[i])
            row["sample_dice"] = _number(segmented.uncertainty.agreement[i])
        rows.append(row)
    inside = int(np.count_nonzero(on_scan.brain))
    brain = {"index": NONE, "name": "Brain mask", "hemisphere": "M", "voxels": inside}
    rows.append({**dict.fromkeys(rows[0], NONE), **brain, "volume_mm3": _number(inside * on_scan.voxel_mm3)})
    return rows


NONE = "n/a"  # what BIDS writes for a value that there is not


def _number(value: float) -> str:
    return (
        NONE
        if np.isnan(value)
        else f"{value:.6g}"
        if abs(value) < 1
        else f"{value:.3f}".rstrip("0").rstrip(".")
    )


def write_table(path: Path, rows: Sequence[dict[str, object]]) -> None:
    """Write rows with the same columns as TSV."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0].keys(), delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
