"""Whether what a file holds may be a head: one set of checks for every road that scans come in by.

What cannot be is refused; what is doubtful is said, in notes that end in `conform.json` or the record of a scan.
"""

import math
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.affines import voxel_sizes
from numpy.typing import NDArray

from acenet.errors import InputError
from acenet.imaging.geometry import FIELD_MM, field_of_view, shown_field
from acenet.imaging.resample import to_uint8

FloatArray = NDArray[np.float64]
StrPath = str | PathLike[str]

PART_MM = 20.0  # less along an axis is no scan of a part of a head either
PAPERS_MM = 256.0
COARSE_MM = 10.0
NARROWEST = 1e-30  # a range of grey values whose reciprocal single precision still holds
SAMPLE = 2**19  # voxels; enough to see how grey levels are used
FEW_LEVELS = 16
BULK = 0.99  # of the voxels that are not background
NEARLY_EMPTY = 0.005
FULL, NEARLY_FULL = 0.95, 0.8  # of a field: a brain fills 52 % of the box around it
MOST_LOST = 0.5


def require_head(file: StrPath, shape: tuple[int, ...], affine: FloatArray) -> None:
    """Raise InputError unless a volume of `shape` is of the size of a head."""
    size = field_of_view(shape, affine)
    low, high = FIELD_MM
    if size.min() < low or size.max() > high:
        raise InputError(
            file,
            expected=f"a head: {low:.0f} to {high:.0f} mm along each axis",
            found=shown_field(size),
        )


def field_doubts(
    file: StrPath, shape: tuple[int, ...], affine: FloatArray, grid_mm: tuple[float, ...]
) -> tuple[str, ...]:
    """Doubts about the size of a volume that goes onto a grid of `grid_mm`; InputError where no head has it.

    Parts of heads may be segmented by people and learnt from, so that fields of 20 to 100 mm are doubtful alone. Both
    limits are of the papers' grid of 256 mm; smaller grids are of smaller things, with limits as much smaller.
    """
    size = field_of_view(shape, affine)
    high, smaller = FIELD_MM[1], min(1.0, min(grid_mm) / PAPERS_MM)
    if size.min() < PART_MM * smaller or size.max() > high:
        raise InputError(
            file,
            expected=f"a head, or a part of one: {PART_MM * smaller:.0f} to {high:.0f} mm along each axis",
            found=shown_field(size),
        )
    if size.min() < FIELD_MM[0] * smaller:
        return (f"a field of {shown_field(size)}: less than a head",)
    return ()


def voxel_doubts(affine: FloatArray) -> tuple[str, ...]:
    """Doubts about the size of voxels: the thickest slices of scans are thinner than 10 mm."""
    edge = float(voxel_sizes(affine).max())
    return (
        (f"voxels of {edge:.3g} mm, in which little of a brain can be told apart",)
        if edge > COARSE_MM
        else ()
    )


def grey_doubts(file: Path, array: NDArray[Any], *, low: float, high: float) -> tuple[str, ...]:
    """Doubts about the grey values of an image (I, J, K) from `low` to `high`, as 8 bits will hold them.

    Raises
    ------
    InputError
        Where single precision, which FreeSurfer computes in, does not hold them, and where one wild voxel leaves a
        single grey level to all others.
    """
    with np.errstate(all="ignore"):
        width = float(np.float32(high) - np.float32(low))
    if not np.isfinite(width) or max(abs(low), abs(high)) > np.finfo(np.float32).max:
        raise InputError(
            file, expected="values that single precision holds (to 3.4e38)", found=f"{low:g} to {high:g}"
        )
    if width < NARROWEST:
        raise InputError(
            file,
            expected="an image with contrast in single precision",
            found=f"values from {low!r} to {high!r}",
        )
    flat = array.ravel(order="K")
    sample = np.append(flat[:: _step(flat.size)], np.array([low, high], dtype=array.dtype))
    seen = (sample != 0) & (sample != low)
    grey = to_uint8(sample)[0][seen]
    used = np.bincount(grey, minlength=256)
    order = np.argsort(-used, kind="stable")
    levels = 1 + int(np.searchsorted(np.cumsum(used[order]), BULK * len(grey)))
    doubts = []
    share = len(grey) / len(sample)
    if levels < FEW_LEVELS:
        merged = len(np.unique(sample[seen][np.isin(grey, order[:levels])]))
        if levels <= 2 and merged > FEW_LEVELS:
            raise InputError(
                file,
                expected="contrast that 8 bits can hold",
                found=f"{BULK:.0%} of the voxels in {levels} of 256 grey levels, with values up to {high:g} "
                f"(from {low:g}): some are far from all others",
            )
        doubts.append(f"{BULK:.0%} of the voxels that are not background share {levels} of 256 grey levels")
    if share < NEARLY_EMPTY:
        doubts.append(f"nearly empty: {share:.2%} of the voxels are not background")
    return tuple(doubts)


def _step(size: int) -> int:
    """From one voxel of a sample to the next: without a factor of the volume's size, so that all planes are seen."""
    step = max(1, size // SAMPLE)
    while math.gcd(step, size) > 1:
        step += 1
    return step


def mask_doubts(file: StrPath, inside: NDArray[Any], what: str) -> tuple[str, ...]:
    """Doubts about a mask (I, J, K) that leaves nearly nothing of its field out; InputError where it holds all."""
    share = np.count_nonzero(inside) / inside.size
    if share > FULL:
        raise InputError(
            file,
            expected=f"{what} that leaves something out",
            found=f"one that holds {share:.1%} of the field",
        )
    return (f"{what} that holds {share:.0%} of the field",) if share > NEARLY_FULL else ()


def require_labels_kept(file: StrPath, lost: int, total: int) -> None:
    """Raise InputError where most of the labelled voxels lie outside the grid, whatever grid it is."""
    if lost > MOST_LOST * total:
        raise InputError(
            file,
            expected="most labels within the grid",
            found=f"{lost} of {total} voxels ({lost / total:.2%}) outside",
        )
