"""The conformed grid, defined once.

Conformed volumes have axes (R->L, S->I, P->A), called LIA, isotropic voxels and uint8 values; coronal slice k
is `volume[:, :, k]`. The papers' grid is 256^3 voxels of 1 mm, forced also where the field of view is larger
(FreeSurfer's --cw256).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from acenet.errors import InputError

FloatArray = NDArray[np.float64]


MOST_VOXELS, LEAST_MM, MOST_MM = 1024, 0.1, 20.0  # of a grid's side, and of a voxel
POSSIBLE_GRID = f"sides from 2 to {MOST_VOXELS} voxels of {LEAST_MM} to {MOST_MM:g} mm, centre field or brain"


@dataclass(frozen=True)
class Grid:
    """`shape` voxels of `voxel_mm` along the axes (R->L, S->I, P->A), and what the voxel at shape/2 sits on.

    field: the centre of the scan's field of view, as FreeSurfer has it. brain: the voxel in the centre of the
    box around the brain, for fields of less than 256 mm that would otherwise cut it.
    """

    shape: tuple[int, int, int] = (256, 256, 256)
    voxel_mm: float = 1.0
    centre: Literal["field", "brain"] = "field"

    def __post_init__(self) -> None:
        """Refuse what is no grid."""
        right = len(self.shape) == 3 and min(self.shape) > 1
        if not right or not self.voxel_mm > 0 or self.centre not in ("field", "brain"):
            raise InputError(
                "grid", expected="three sides > 1, voxel_mm > 0, centre field or brain", found=f"{self}"
            )

    @property
    def field_mm(self) -> tuple[float, ...]:
        """The grid's extent along its three axes."""
        return tuple(side * self.voxel_mm for side in self.shape)

    def affine_around(self, centre: FloatArray) -> FloatArray:
        """The (4, 4) affine whose voxel index shape/2 lies at `centre`, RAS mm (3,)."""
        towards_lia = np.array([[-1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])  # columns: RAS of the three axes
        affine = np.eye(4)
        affine[:3, :3] = towards_lia * self.voxel_mm
        affine[:3, 3] = centre - affine[:3, :3] @ (np.asarray(self.shape) / 2)
        return affine


def is_possible(grid: Grid) -> bool:
    """Whether a grid is one that a head can be segmented on, and no slip of the keyboard."""
    return max(grid.shape) <= MOST_VOXELS and LEAST_MM <= grid.voxel_mm <= MOST_MM


def field_centre(shape: tuple[int, ...], affine: FloatArray) -> FloatArray:
    """RAS mm (3,) of voxel index shape/2: FreeSurfer's centre, half a voxel off the middle of the field."""
    centre: FloatArray = affine[:3, :3] @ (np.asarray(shape[:3]) / 2) + affine[:3, 3]
    return centre


def on_voxel(place: FloatArray, affine: FloatArray) -> FloatArray:
    """The RAS mm (3,) of the voxel centre nearest to `place`.

    A grid around it takes voxels of its own size as they are. Half-way grids would blur the image and move
    labels by half a voxel against it. Ties go towards RAS+, so that the order of the axes plays no part.
    """
    index = np.linalg.solve(affine[:3, :3], place + 1e-3 - affine[:3, 3])
    centre: FloatArray = affine[:3, :3] @ np.rint(index) + affine[:3, 3]
    return centre


def voxels_outside(
    inside: NDArray[np.bool_], affine: FloatArray, target: FloatArray, shape: tuple[int, int, int]
) -> int:
    """How many of the True voxels of `inside` (I, J, K) have their centres outside the grid of `shape`."""
    onto = np.linalg.inv(target) @ affine
    turn = onto[:3, :3] != 0
    if (turn.sum(axis=0) == 1).all() and (
        turn.sum(axis=1) == 1
    ).all():  # what lies in the grid is a box of voxels
        box = tuple(
            _within(onto[axis, source], onto[axis, 3], n=inside.shape[source], side=shape[axis])
            for source, axis in enumerate(turn.argmax(axis=0))
        )
        return int(np.count_nonzero(inside)) - int(np.count_nonzero(inside[box]))
    voxels = np.stack(np.nonzero(inside)).astype(np.float64)
    outside = np.zeros(voxels.shape[1], dtype=bool)
    for axis in range(3):
        place = onto[axis, :3] @ voxels + onto[axis, 3]
        outside |= (place < -0.5) | (place >= shape[axis] - 0.5)
    return int(outside.sum())


def _within(step: float, offset: float, *, n: int, side: int) -> slice:
    """Which of `n` voxels along an axis lie within `side` voxels of the grid, the first at `offset`."""
    place = step * np.arange(n) + offset
    used = np.flatnonzero((place >= -0.5) & (place < side - 0.5))
    return slice(int(used[0]), int(used[-1]) + 1) if used.size else slice(0)


def share_outside(
    inside: NDArray[np.bool_], affine: FloatArray, target: FloatArray, shape: tuple[int, int, int]
) -> float:
    """The share of the True voxels of `inside` (I, J, K) whose centres lie outside the grid of `shape`."""
    return voxels_outside(inside, affine, target, shape) / max(1, int(np.count_nonzero(inside)))


def holds_field(target: FloatArray, grid: Grid, affine: FloatArray, shape: tuple[int, ...]) -> bool:
    """Whether every voxel of a volume of `shape` has its centre within the grid of the affine `target`."""
    onto = np.linalg.inv(target) @ affine
    steps = onto[:3, :3] * (np.asarray(shape[:3]) - 1)
    lowest, highest = onto[:3, 3] + np.minimum(steps, 0).sum(1), onto[:3, 3] + np.maximum(steps, 0).sum(1)
    return bool((lowest >= -0.5).all() and (highest < np.asarray(grid.shape) - 0.5).all())
