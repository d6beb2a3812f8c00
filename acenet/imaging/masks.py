"""Brain masks: derived from labels where none is supplied, and checked against the labels where one is."""

import itertools
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from acenet.datasets.subject import CLOSING_MM
from acenet.errors import InputError

MAX_EXCLUDED = 0.01
HEAD_TOP_MM = 170.0  # from the vertex this holds every adult brain and little of the neck

FloatArray = NDArray[np.float64]


def mask_from_labels(labels: NDArray[Any], zooms: FloatArray) -> NDArray[np.uint8]:
    """The labelled region (I, J, K), closed by 3 mm and with its holes filled; `zooms` (3,) in mm.

    Closed along voxel edges: what is within 3 mm, added up over the axes. Across slices thicker than that nothing is.
    """
    mask = np.zeros(labels.shape, dtype=np.uint8, order="F" if labels.flags.f_contiguous else "C")
    labelled = labels > 0
    if not labelled.any():
        return mask
    steps = np.maximum(1, np.rint(1000 * zooms)).astype(int)  # micrometres: whole numbers add up exactly
    reach = round(1000 * CLOSING_MM / steps.min()) * int(steps.min())  # whole voxels along the finest axis
    box = bounding_box(labelled)
    margin = [int(reach // step) + 1 for step in steps]  # so that closing is not cut off at the border
    closed = _closed(np.pad(labelled[box], [(n, n) for n in margin]), steps, reach)
    filled = ndimage.binary_fill_holes(closed)
    mask[box] = filled[tuple(slice(n, -n) for n in margin)]
    return mask


def _closed(mask: NDArray[np.bool_], steps: NDArray[np.int_], reach: int) -> NDArray[np.bool_]:
    """A mask (I, J, K) dilated, then eroded by all that lies within `reach` along voxel edges of lengths `steps`."""
    dilated = _edge_distance(mask, steps, reach) <= reach
    return np.asarray(_edge_distance(~dilated, steps, reach) > reach)


def _edge_distance(mask: NDArray[np.bool_], steps: NDArray[np.int_], reach: int) -> NDArray[np.int16]:
    """How far (I, J, K) each voxel is from the nearest one of a mask, added up over the axes; exact up to `reach`.

    That distance is the sum of one along each axis, so that one pass forth and back along each finds it.
    """
    distance = np.where(mask, np.int16(0), np.int16(reach + 1))
    for axis, step in enumerate(steps):
        if step > reach:
            continue
        planes = np.moveaxis(distance, axis, 0)
        for way in (planes, planes[::-1]):
            for before, here in itertools.pairwise(way):
                np.minimum(here, before + np.int16(step), out=here)
    return distance


def bounding_box(mask: NDArray[Any]) -> tuple[slice, slice, slice]:
    """The smallest box that holds every non-zero voxel of a non-empty mask (I, J, K)."""
    slices = []
    for axis in range(3):
        other = tuple(i for i in range(3) if i != axis)
        used = np.flatnonzero(mask.any(axis=other))
        slices.append(slice(int(used[0]), int(used[-1]) + 1))
    return slices[0], slices[1], slices[2]


def largest_part(mask: NDArray[np.bool_], *, corners: bool = False) -> NDArray[np.bool_]:
    """The largest connected part of a mask (I, J, K); with `corners`, voxels that share but a corner are neighbours."""
    parts, count = ndimage.label(mask, structure=np.ones((3, 3, 3)) if corners else None)
    if count < 2:
        return mask
    largest: NDArray[np.bool_] = parts == 1 + np.argmax(np.bincount(parts.ravel())[1:])
    return largest


def box_centre(mask: NDArray[Any], affine: FloatArray) -> FloatArray:
    """RAS mm (3,) of the centre of the box, along RAS axes, around a mask (I, J, K)."""
    axes = np.argsort(np.abs(mask.strides))[::-1]  # the last one's lines lie in one piece
    lines = mask.transpose(axes) != 0
    first = lines.argmax(axis=2)
    last = lines.shape[2] - 1 - lines[:, :, ::-1].argmax(axis=2)
    i, j = np.nonzero(lines.any(axis=2))
    # Along one line of voxels the ends are the extremes of any linear function, such as a RAS coordinate.
    ends = np.concatenate([np.stack([i, j, first[i, j]]), np.stack([i, j, last[i, j]])], axis=1)[
        np.argsort(axes)
    ]
    places = affine[:3, :3] @ ends + affine[:3, 3:]
    centre: FloatArray = (places.min(axis=1) + places.max(axis=1)) / 2
    return centre


def require_covers(mask: NDArray[Any], labelled: NDArray[np.bool_], where: str | PathLike[str]) -> float:
    """Fraction of the labelled voxels outside `mask` (both (I, J, K)); the mask must not be empty.

    Raises
    ------
    InputError
        Naming `where` for an empty mask or one that excludes more than 1 % of the labels.
    """
    if not mask.any():
        raise InputError(where, expected="a brain mask", found="an empty one")
    total = int(np.count_nonzero(labelled))
    excluded = int(np.count_nonzero(labelled & (mask == 0))) / total if total else 0.0
    if excluded > MAX_EXCLUDED:
        raise InputError(
            where, expected="a mask that holds 99 % of the labels", found=f"one that excludes {excluded:.1%}"
        )
    return excluded


def top_of_head_centre(image: NDArray[np.uint8], affine: FloatArray) -> FloatArray:
    """RAS mm (3,) of the centre of the upper 170 mm of the head, where no mask says where the brain is."""
    return box_centre(top_of_head(image, affine), affine)


def top_of_head(image: NDArray[np.uint8], affine: FloatArray) -> NDArray[np.bool_]:
    """The upper 170 mm of the head (I, J, K).

    The head is what is brighter than half the mean of the grey levels (I, J, K) above 0, without specks: those are
    of noise and of a voxel's size, whatever that is.
    """
    head = ndimage.binary_opening(image > image[image > 0].mean() / 2)
    if not head.any():
        head = image > 0
    upwards = affine[2, :3]
    height = affine[2, 3] + sum(
        np.reshape(upwards[axis] * np.arange(n), [-1 if i == axis else 1 for i in range(3)])
        for axis, n in enumerate(head.shape)
    )
    upper: NDArray[np.bool_] = head & (height >= height[head].max() - HEAD_TOP_MM)
    return upper
