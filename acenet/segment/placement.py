"""Where the grid of a new scan lies.

Grids as large as a head are centred on the field of view, as in training; where that would cut the head, on the head.
Smaller ones were centred on the brain in training, by its mask, which a new scan has not: there the grid starts at the
upper part of the head and is moved to the brain that the network finds, until it stays within a voxel
(docs/segmenting.md says how well that works).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acenet.errors import InputError
from acenet.imaging.grid import Grid, field_centre, holds_field, on_voxel, share_outside
from acenet.imaging.masks import box_centre, largest_part, top_of_head
from acenet.imaging.resample import resample_linear
from acenet.inference.volume import Segmentation
from acenet.inputs.stacks import Uint8
from acenet.segment.fit import CAUSES

logger = logging.getLogger(__name__)

FloatArray = NDArray[np.float64]
MOST_LOOKS = 5  # four test scans needed three each
MOST_CUT = 0.1  # of the upper head: a grid around the field that leaves out more is moved to the head
SAID_CUT = 0.01  # what is left out beyond this is noted
MOST_BEYOND_BRAIN = 0.35  # of the upper head, outside a grid around the brain: of scalp and face less is
STILL = 0.75  # voxels: the grid stays where it would move by less. The brain found does not follow exactly


@dataclass(frozen=True)
class Placed:
    """A scan on the network's grid: image (X, Y, Z), affine (4, 4), what the network found, after how many looks.

    Attributes
    ----------
    notes
        What a person should know of where the grid lies.
    """

    image: Uint8
    affine: FloatArray
    found: Segmentation
    looks: int
    notes: tuple[str, ...] = ()


def place(
    grey: Uint8, scan_affine: FloatArray, grid: Grid, look: Callable[[Uint8, int], Segmentation]
) -> Placed:
    """Put a scan's grey levels (I, J, K) onto the grid and segment them.

    Parameters
    ----------
    look
        Segments an image (X, Y, Z) on the grid, told which look this is (from 1).

    Raises
    ------
    InputError
        Where the network finds no brain.
    """
    centre, notes, head = _first_centre(grey, scan_affine, grid)
    for number in range(1, MOST_LOOKS + 1):
        affine = grid.affine_around(centre)
        image = resample_linear(grey, scan_affine, affine, shape=grid.shape)
        found = look(image, number)
        brain = largest_part(brain_of(found))  # specks elsewhere do not decide where the grid lies
        if not brain.any():
            raise InputError(
                "scan", expected="a T1-weighted scan of a head", found=f"no brain in it: {CAUSES}"
            )
        if grid.centre == "field":
            break
        moved = on_voxel(box_centre(brain, affine), scan_affine)
        if np.abs(moved - centre).max() <= STILL * grid.voxel_mm:
            break
        logger.debug("look %d: the grid moves by %s mm", number, np.round(moved - centre, 1).tolist())
        centre = moved
    if head is not None:
        cut = share_outside(head, scan_affine, affine, grid.shape)
        notes = (f"{cut:.0%} of the upper head lies outside the grid",) if cut > MOST_BEYOND_BRAIN else ()
    return Placed(image, affine, found, number, notes)


def brain_of(found: Segmentation) -> NDArray[np.bool_]:
    """Where the network sees brain (X, Y, Z): by its skull branch, else wherever it sees a structure."""
    inside: NDArray[np.bool_] = (found.classes if found.brain is None else found.brain) > 0
    return inside


def _first_centre(
    grey: Uint8, affine: FloatArray, grid: Grid
) -> tuple[FloatArray, tuple[str, ...], NDArray[np.bool_] | None]:
    """RAS mm (3,) of the grid's centre at the first look, what to note, and the upper head if the grid may move."""
    if grid.centre == "brain":
        head = top_of_head(grey, affine)
        return on_voxel(box_centre(head, affine), affine), (), head
    centre = field_centre(grey.shape, affine)
    if holds_field(grid.affine_around(centre), grid, affine, grey.shape):
        return centre, (), None
    head = top_of_head(grey, affine)
    cut = share_outside(head, affine, grid.affine_around(centre), grid.shape)
    if cut <= MOST_CUT:
        said = f"{cut:.0%} of the upper head lies outside the grid around the field of view"
        return centre, (said,) if cut > SAID_CUT else (), None
    moved = on_voxel(box_centre(head, affine), affine)
    left = share_outside(head, affine, grid.affine_around(moved), grid.shape)
    note = f"the grid was moved to the head: around the field of view, {cut:.0%} of the upper head lay outside the grid"
    return moved, (f"{note}; {left:.0%} still does" if left > SAID_CUT else note,), None
