"""The field of view of each real dataset: array axes, number of voxels, spacing, place of the head.

malc: 256 x N x 256 voxels of 1 mm, axes LAS, origin in the corner; N is known for 34 of its scans.
mindboggle: axes ASL, 1 mm. schizbull: coronal slices of 1.5 mm, cropped. adni: sagittal slices of 1.2 mm, a
slightly oblique affine.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DIRECTIONS = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}

# Slices along the second axis of the challenge's scans, in order of id (1116 is unknown).
MALC_IDS = (
    *(1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015, 1017),
    *(1018, 1019, 1023, 1024, 1025, 1036, 1038, 1039, 1101, 1104, 1107, 1110, 1113, 1116, 1119, 1122, 1125),
    1128,
)
MALC_SLICES = (
    *(
        287,
        261,
        277,
        316,
        310,
        284,
        312,
        320,
        274,
        295,
        264,
        287,
        295,
        302,
        307,
        319,
        269,
        291,
        305,
        319,
        289,
    ),
    *(312, 334, 302, 322, 307, 263, 295, 321, 324, 300, 290, 268, 264, 264),
)


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


def up(distance_mm: float) -> NDArray[np.float64]:
    """So far towards superior; the neck needs room below the brain, the scalp little above."""
    return np.array([0.0, 0.0, distance_mm])


def frame_of(
    source: str, subject_id: str, *, group: str | None, voxel_mm: float, jitter_mm: NDArray[np.float64]
) -> Frame:
    """The field of a subject; `voxel_mm` 1 gives the real spacing, more the same field in fewer voxels."""
    if source == "malc":
        slices = dict(zip(MALC_IDS, MALC_SLICES, strict=True)).get(int(subject_id), 300)
        return _frame("LAS", (256.0, float(slices), 256.0), (voxel_mm,) * 3, jitter_mm + up(20))
    if source == "mindboggle":
        width = 192.0 if (group or "").startswith("NKI") else 176.0
        return _frame("ASL", (256.0, 256.0, width), (voxel_mm,) * 3, jitter_mm + up(20))
    if source == "schizbull":
        # 1.5 mm slices; never so thick as twice that, where the smallest structures would be lost
        in_plane = 0.9375 * voxel_mm
        spacing = (in_plane, in_plane, max(1.5, 1.25 * in_plane))
        return _frame("LSA", (174.0, 198.0, 213.0), spacing, 0.5 * jitter_mm + up(6))
    spacing = (1.2 * voxel_mm, 0.9375 * voxel_mm, 0.9375 * voxel_mm)
    return _frame("RAS", (199.2, 240.0, 240.0), spacing, jitter_mm + up(14))


def _frame(
    axes: str,
    field_mm: tuple[float, float, float],
    spacing: tuple[float, float, float],
    head_mm: NDArray[np.float64],
) -> Frame:
    shape = [max(2, round(f / s)) for f, s in zip(field_mm, spacing, strict=True)]
    place = (float(head_mm[0]), float(head_mm[1]), float(head_mm[2]))
    return Frame(axes, (shape[0], shape[1], shape[2]), spacing, place)
