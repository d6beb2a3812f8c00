"""The field of view of one scan: array axes, number of voxels, spacing, place of the head."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acenet.datasets.traits import FieldOfView

DIRECTIONS = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}


@dataclass(frozen=True)
class Frame:
    """A field of view: array axes (three of RLAPSI), shape, spacing mm, and where the head's reference
    point lies relative to the field's centre, mm towards right, anterior, superior.
    """

    axes: str
    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    head_mm: tuple[float, float, float]

    def direction(self, axis: int) -> tuple[int, int]:
        """World axis (0 right, 1 anterior, 2 superior) and sign of an array axis."""
        return DIRECTIONS[self.axes[axis]]

    def positions(self, axis: int) -> NDArray[np.float64]:
        """Millimetres from the head's reference point of each voxel along `axis`, in world direction."""
        world, sign = self.direction(axis)
        centred = np.arange(self.shape[axis]) - (self.shape[axis] - 1) / 2
        return np.asarray(sign * self.spacing[axis] * centred - self.head_mm[world], dtype=np.float64)

    def affine(self, origin: str = "head", tilt: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Voxel -> mm (4, 4). origin "head": 0 is the reference point; "corner": a corner of the field.

        `tilt` (3, 3), a rotation, makes the axes oblique.
        """
        linear = np.zeros((3, 3))
        for axis in range(3):
            world, sign = self.direction(axis)
            linear[world, axis] = sign * self.spacing[axis]
        result = np.eye(4)
        result[:3, :3] = linear if tilt is None else tilt @ linear
        if origin == "corner":  # as the challenge has it: from -(n-1) to 0 along every world axis
            for axis in range(3):
                world, sign = self.direction(axis)
                result[world, 3] = -(self.shape[axis] - 1) * self.spacing[axis] if sign > 0 else 0.0
            return result
        centre = np.array([(n - 1) / 2 for n in self.shape])
        result[:3, 3] = -np.asarray(self.head_mm) - result[:3, :3] @ centre
        return result


def frame_of(view: FieldOfView, jitter_mm: NDArray[np.float64]) -> Frame:
    """The field of one scan, in which the head lies off its usual place by a share of `jitter_mm` (3,)."""
    shape = [max(2, round(size / step)) for size, step in zip(view.size_mm, view.spacing_mm, strict=True)]
    place = view.wander * jitter_mm + np.array([0.0, 0.0, view.up_mm])
    head_mm = (float(place[0]), float(place[1]), float(place[2]))
    return Frame(view.axes, (shape[0], shape[1], shape[2]), view.spacing_mm, head_mm)
