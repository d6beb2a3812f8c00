"""Where an image file says its voxels lie: checks of headers, and distances between grids."""

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from nibabel.affines import voxel_sizes
from numpy.typing import NDArray

from acenet.errors import InputError
from acenet.imaging.headers import UNIT_NAMES, UNITS_MM, Header

FloatArray = NDArray[np.float64]

GRID_TOLERANCE_MM = 1e-3
ZOOM_TOLERANCE = 0.01  # relative; scanners round pixdim, real contradictions are of whole factors
SHEAR_DEGREES = 1.0  # what affine registration leaves in a header; rounding makes a thousandth of that
FARTHEST_MM = 1e6  # a kilometre; what lies farther off has no place in single precision
FIELD_MM = (100.0, 600.0)  # of a head along each axis: less holds no brain, more no head


@dataclass(frozen=True)
class VoxelGeometry:
    """Where voxels lie.

    Attributes
    ----------
    affine (4, 4)
        Voxel -> RAS mm.
    precision_mm
        How far the rounding of the header may have moved a corner.
    notes
        What is doubtful about it.
    """

    affine: FloatArray
    precision_mm: float
    notes: tuple[str, ...]


def corner_distance(first: FloatArray, second: FloatArray, shape: tuple[int, ...]) -> float:
    """Largest distance in mm between the places two affines give to the corner voxels of `shape`."""
    corners = np.array([[*index, 1] for index in itertools.product(*((0, n - 1) for n in shape[:3]))])
    return float(np.linalg.norm(corners @ (first - second).T, axis=1).max())


def field_of_view(shape: tuple[int, ...], affine: FloatArray) -> FloatArray:
    """The extent in mm (3,) of a volume of `shape` along its axes."""
    extent: FloatArray = np.asarray(shape[:3]) * voxel_sizes(affine)
    return extent


def shown_field(size: FloatArray) -> str:
    """A field of view in words: "180 x 216 x 180 mm"."""
    return " x ".join(f"{side:.3g}" if side < 10 else f"{side:.0f}" for side in size) + " mm"


def checked_affine(file: Path, header: Header, form: str) -> VoxelGeometry:
    """Where the voxels of an image lie by its header, in millimetres whatever the header's unit.

    Of a NIfTI's two orientations `form` (sform or qform) counts, the other one where its code is 0.

    Raises
    ------
    InputError
        For affines that are singular, contradict the voxel sizes or disagree on left and right.
    """
    affine = _chosen(header, form)
    linear = affine[:3, :3]
    sound = np.isfinite(affine).all()
    zooms = np.linalg.norm(linear, axis=0) if sound else np.zeros(3)
    # Relative to the voxels' size: how far the axes are from lying in one plane.
    if not sound or zooms.min() <= 0 or abs(np.linalg.det(linear / zooms)) < 1e-6:
        raise InputError(file, expected="an invertible affine", found=f"{affine.tolist()}")
    if not np.allclose(zooms, header.zooms, rtol=ZOOM_TOLERANCE, atol=0):
        raise InputError(
            file,
            expected=f"voxel sizes that agree with the affine ({zooms.round(4)})",
            found=f"{header.zooms}",
        )
    factor, unit_doubts = _unit(header, affine)
    affine = affine.copy()
    affine[:3] *= factor
    corners = np.abs(affine[:3, 3]).max() + field_of_view(header.shape, affine).sum()
    if corners > FARTHEST_MM or voxel_sizes(affine).min() < 1 / FARTHEST_MM:
        raise InputError(
            file,
            expected="voxels of a size and within a distance that a scan has",
            found=f"an affine of {affine.tolist()} mm",
        )
    precision, doubts = _doubts(file, header, form, factor)
    if sheared := _shear(linear / zooms):
        doubts = (*doubts, sheared)
    return VoxelGeometry(affine, precision, (*header.notes, *doubts, *unit_doubts))


def _shear(directions: FloatArray) -> str:
    """What to say of axes (3, 3) of length 1 that are not at right angles; '' where they are, as scanners have them."""
    angles = np.degrees(np.arccos(np.clip(directions.T @ directions, -1, 1)))[np.triu_indices(3, 1)]
    off = float(np.abs(angles - 90).max())
    return (
        f"axes that are up to {off:.2g} degrees from right angles: a sheared affine"
        if off > SHEAR_DEGREES
        else ""
    )


def _unit(header: Header, affine: FloatArray) -> tuple[float, tuple[str, ...]]:
    """Millimetres of the header's unit of length, unless that makes no head of what is one in millimetres."""
    factor = UNITS_MM[header.unit]
    if factor == 1:
        return factor, ()
    name, size = UNIT_NAMES[header.unit], field_of_view(header.shape, affine)
    if _of_a_head(size) and not _of_a_head(size * factor):
        return 1.0, (
            f"the header's unit is {name}, a field of {shown_field(size * factor)}: millimetres are taken",
        )
    return factor, (f"the header is in {name}: converted, a field of {shown_field(size * factor)}",)


def _of_a_head(size: FloatArray) -> bool:
    return bool(FIELD_MM[0] <= size.min() and size.max() <= FIELD_MM[1])


def _chosen(header: Header, form: str) -> FloatArray:
    """The affine that counts, in the header's unit."""
    first, second = (header.sform, header.qform) if form == "sform" else (header.qform, header.sform)
    if first is not None:
        return first
    return header.default if second is None else second


def _doubts(file: Path, header: Header, form: str, factor: float) -> tuple[float, tuple[str, ...]]:
    """The precision of the affine that counts, in mm, and what the two forms leave in doubt."""
    sform, qform = header.sform, header.qform
    if header.guessed:
        what = "the orientation is not set" if header.kind == "MGH" else "neither sform nor qform is set"
        return 0.0, (f"{what}: left and right are a guess",)
    if qform is None:
        return 0.0, ()
    precision = factor * max(corner_distance(qform, other, header.shape) for other in header.rounded)
    if sform is None:
        return precision, ()
    with np.errstate(all="ignore"):
        sides = np.linalg.det(sform[:3, :3]) * np.linalg.det(qform[:3, :3])
        distance = factor * corner_distance(sform, qform, header.shape)
    if sides < 0:
        raise InputError(file, expected="sform and qform of one handedness", found="opposite ones")
    kept = precision if form == "qform" else 0.0
    if not distance <= max(GRID_TOLERANCE_MM, precision):
        return kept, (f"sform and qform differ by up to {distance:.3g} mm: the {form} counts",)
    return kept, ()
