"""A page with a viewer for one segmented scan: SCAN_view.html, which holds all that it needs."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from nibabel.affines import voxel_sizes

from acenet.imaging.io import FloatArray, Volume
from acenet.imaging.resample import to_uint8
from acenet.segment.segmenter import Segmenter
from acenet.viewer.niivue import cached_niivue
from acenet.viewer.scan import Layer, Uint8, ViewedScan, write_single_page

if TYPE_CHECKING:
    from acenet.segment.results import OnScan

MOST_VOXELS = 2**25  # two fields of 256^3: more makes pages that browsers are slow to open
MARGIN_MM = 20.0


def write_view(scan: Volume, on_scan: "OnScan", segmenter: Segmenter, page: Path, *, picture: str) -> None:
    """Write the page of a scan and its classes; `picture` lies beside it and is shown where there is no viewer."""
    grey, _ = to_uint8(scan.array)
    part, affine, note = reduced(on_scan.brain, scan.affine)
    structures = int(np.count_nonzero(np.unique(on_scan.classes)))
    caption = f"{structures} structures by {segmenter.training}. {note} Not a medical device.".replace(
        "  ", " "
    )
    viewed = ViewedScan(
        title=scan.path.name,
        caption=caption,
        image=np.asfortranarray(grey[part]),
        affine=affine,
        layers=(Layer("Structures", np.asfortranarray(on_scan.classes[part]), picture=picture),),
        protocol=segmenter.protocol,
    )
    write_single_page(viewed, page, niivue=cached_niivue())


def reduced(
    brain: Uint8, affine: FloatArray, most: int = MOST_VOXELS
) -> tuple[tuple[slice, ...], FloatArray, str]:
    """Which part of a scan (I, J, K) a page holds, its affine, and in words what it leaves out; all of most scans.

    Of more than `most` voxels, the brain and a margin; of still more, every second voxel, or third, ...
    """
    part = tuple(slice(0, n) for n in brain.shape)
    notes = []
    if brain.size > most and brain.any():
        part = tuple(_around(brain, axis, MARGIN_MM / size) for axis, size in enumerate(voxel_sizes(affine)))
        notes.append("Shown around the brain")
    step = 1
    while np.prod([-(-(one.stop - one.start) // step) for one in part]) > most:
        step += 1
    if step > 1:
        notes.append(f"one voxel of {step} along each axis")
    part = tuple(slice(one.start, one.stop, step) for one in part)
    moved = affine.copy()
    moved[:3, 3] = affine[:3, :3] @ [one.start for one in part] + affine[:3, 3]
    moved[:3, :3] *= step
    return part, moved, f"{', '.join(notes)}." if notes else ""


def _around(mask: Uint8, axis: int, margin: float) -> slice:
    """Where a mask lies along an axis, and a margin in voxels."""
    used = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
    return slice(max(int(used[0] - margin), 0), min(int(used[-1] + margin) + 1, mask.shape[axis]))
