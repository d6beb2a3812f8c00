"""What one warp says about itself: folds of the transform, likeness of the images, structures lost."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from acenet.errors import InputError
from acenet.registration.itk import sample
from acenet.volumes import Volume

log = logging.getLogger(__name__)

FloatArray = NDArray[np.float64]
UPRIGHT_MM = 8.0
UPRIGHT_MARGIN = 0.15  # of correlation, by which a turned head must resemble the atlas better
TURNS = {"upside down": (1,), "back to front": (2,), "upside down and back to front": (1, 2)}  # axes of LIA


@dataclass(frozen=True)
class Measures:
    """One warp in numbers.

    Attributes
    ----------
    similarity : correlation of the warped image and the target in the warped brain.
    jacobian_min, folds : smallest determinant in the warped brain, and the share that is not positive; a
        determinant is the volume of the scan's tissue that fills a unit of the target.
    brain_ml, brain_ml_atlas : volume of the brain after and before.
    structures, lost : class indices of the scan, and those that the warp lost, by protocol.
    """

    similarity: float
    jacobian_min: float
    folds: float
    brain_ml: float
    brain_ml_atlas: float
    structures: Mapping[str, int]
    lost: Mapping[str, Sequence[int]]


def positions(atlas: Volume, grid: Volume, transforms: Sequence[Path]) -> FloatArray:
    """Where in the atlas each voxel of `grid` comes from: float64 (3, I, J, K), mm along the atlas' axes.

    Found by sampling ramps, which linear interpolation reproduces; 0 where a place lies outside the atlas.
    """
    zooms = np.linalg.norm(atlas.affine[:3, :3], axis=0)
    places = []
    for axis, zoom in enumerate(zooms):
        ramp = np.arange(1, atlas.array.shape[axis] + 1, dtype=np.float32) * np.float32(zoom)
        along = np.broadcast_to(ramp.reshape([-1 if k == axis else 1 for k in range(3)]), atlas.array.shape)
        places.append(sample(Volume(along, atlas.affine, atlas.path), grid, transforms))
    return np.array(places, dtype=np.float64)


def jacobian(places: FloatArray, zooms: FloatArray) -> FloatArray:
    """Determinant (I, J, K) of the derivative of `places` (3, I, J, K) mm on a grid with voxels `zooms` (3,)."""
    rows = np.array([np.gradient(component, *zooms) for component in places])  # (3, 3, I, J, K)
    return np.asarray(np.linalg.det(np.moveaxis(rows, (0, 1), (-2, -1))), dtype=np.float64)


def folding(atlas: Volume, brain: Volume, grid: Volume, transforms: Sequence[Path]) -> tuple[float, float]:
    """Smallest Jacobian determinant within the warped brain on `grid`, and the share that is not positive.

    `atlas` and `brain` are the atlas' image and brain mask on one grid.
    """
    places = positions(atlas, grid, transforms)
    inside = sample(brain, grid, transforms) > 0.5
    # Next to a place outside the atlas' field the derivative is that of its edge, not the warp's.
    covered = np.asarray((places > 0).all(axis=0), dtype=np.bool_)
    inside &= ndimage.binary_erosion(covered, np.ones((3, 3, 3), dtype=np.bool_), border_value=1)
    if not inside.any():
        raise InputError(
            brain.path, expected="a brain that the warp leaves in the target's field", found="none of it"
        )
    found = jacobian(places, np.linalg.norm(grid.affine[:3, :3], axis=0))[inside]
    return float(found.min()), float((found <= 0).mean())


def correlation(first: NDArray[Any], second: NDArray[Any], inside: NDArray[np.bool_]) -> float:
    """Pearson's correlation of two images in a region; 0 where one of them is constant there."""
    a, b = first[inside].astype(np.float64), second[inside].astype(np.float64)
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / scale) if scale > 0 else 0.0


def structures_in(class_map: NDArray[np.uint8]) -> list[int]:
    """Class indices above 0 that occur in a map (I, J, K)."""
    return [int(i) for i in np.flatnonzero(np.bincount(class_map.ravel(order="K"))) if i]


def require_upright(target: Volume, atlas: Volume) -> None:
    """Raise InputError where a target (uint8, LIA, coarse) resembles the atlas only when it is turned over.

    A registration cannot turn a head by half a circle, and an image whose header has its axes wrong needs it.
    Left and right cannot be told apart by likeness; `acenet.volumes` checks what the header says of them.
    """
    likeness = {"as it is": best_overlap(target.array, atlas.array)}
    for name, axes in TURNS.items():
        likeness[name] = best_overlap(np.flip(target.array, axes), atlas.array)
    best = max(likeness, key=lambda name: likeness[name])
    log.info("likeness of %s: %s", target.path, {name: round(value, 2) for name, value in likeness.items()})
    if likeness[best] > likeness["as it is"] + UPRIGHT_MARGIN:
        raise InputError(
            target.path,
            expected="a head that is upright by its header",
            found=f"one that resembles the training scan {best} (correlation {likeness[best]:.2f}), not as it "
            f"is ({likeness['as it is']:.2f})",
        )


def best_overlap(target: NDArray[Any], template: NDArray[Any]) -> float:
    """The largest correlation of a template (I, J, K) with any window of its size in the target, by FFT."""
    shape = [a + b for a, b in zip(target.shape, template.shape, strict=True)]
    pattern = template.astype(np.float64) - template.mean()
    image = np.fft.rfftn(target.astype(np.float64), shape)
    squares = np.fft.rfftn(target.astype(np.float64) ** 2, shape)
    ones = np.conj(np.fft.rfftn(np.ones(template.shape), shape))
    n = template.size
    product = np.fft.irfftn(image * np.conj(np.fft.rfftn(pattern, shape)), shape)
    total = np.fft.irfftn(image * ones, shape)
    variance = np.fft.irfftn(squares * ones, shape) - total**2 / n
    scale = np.sqrt(np.maximum(variance, 1e-6 * max(variance.max(), 1e-12)) * (pattern**2).sum())
    return float((product / scale).max()) if (pattern**2).sum() > 0 else 0.0
