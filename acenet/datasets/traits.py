"""What distinguishes the people and scans of a source: what the embedded cohort imitates of it.

Each source's module has its own; the workflow reads them at each start, so that nothing heavy is imported here.
"""

from dataclasses import dataclass
from typing import Literal

JACOBIAN_FLOOR = 0.3  # of a person's warp, usually


@dataclass(frozen=True)
class Stray:
    """Voxels of an odd id that a release's label maps hold, scattered over unlabelled voxels of the brain.

    Attributes
    ----------
    fewest, most
        Voxels, `most` excluded.
    side
        1 for the right half of the brain alone, -1 for the left, 0 for both.
    by_volume
        Whether there are fewer where voxels are larger.
    """

    id: int
    fewest: int
    most: int
    side: int = 0
    by_volume: bool = False


@dataclass(frozen=True)
class Traits:
    """Of a source's people: head size, ventricles, noise of their scans. Of its files: grey levels, affine, strays.

    Attributes
    ----------
    scale
        Of heads, relative to the template, whose brain is longer than most adults' in every direction.
    ventricles_mm
        How far their walls are pulled.
    noise
        Of scans, as a share of white matter's grey level.
    floor
        No Jacobian of a person's warp is below it; where ventricles grow threefold it has to fall to a third.
    white_level
        Grey level of white matter.
    stored
        Element type of images and labels.
    origin
        Whether 0 mm lies in the head or in a corner of the field of view.
    oblique
        Whether axes are tilted.
    stripped_mask
        Whether the mask is the stripped image instead of zeros and ones.
    strays
        Odd ids of its label maps.
    """

    white_level: float
    scale: tuple[float, float] = (0.89, 1.0)
    ventricles_mm: tuple[float, float] = (-0.5, 2.5)
    noise: tuple[float, float] = (0.01, 0.03)
    floor: float = JACOBIAN_FLOOR
    stored: Literal["int16", "float32"] = "int16"
    origin: Literal["head", "corner"] = "head"
    oblique: bool = False
    stripped_mask: bool = False
    strays: tuple[Stray, ...] = ()


@dataclass(frozen=True)
class FieldOfView:
    """What a source's scanners see.

    Attributes
    ----------
    axes
        Of the array, three of RLAPSI.
    size_mm, spacing_mm
        Along them.
    up_mm
        The head's reference point lies so far above the middle (the neck needs room).
    wander
        Share of the usual jitter of the head's place.
    """

    axes: str
    size_mm: tuple[float, float, float]
    spacing_mm: tuple[float, float, float]
    up_mm: float
    wander: float = 1.0
