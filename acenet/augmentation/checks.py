"""What one warp says about itself: folds of the transform, likeness of the images, structures lost."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from nibabel.affines import voxel_sizes
from numpy.typing import NDArray
from scipy import signal

from acenet.augmentation.sampling import Places, jacobian
from acenet.errors import InputError
from acenet.imaging.io import Volume
from acenet.imaging.masks import bounding_box

logger = logging.getLogger(__name__)

UPRIGHT_MM = 8.0
UPRIGHT_MARGIN = 0.05  # of correlation, by which a turned head must resemble the atlas better
TURNS = {"upside down": (1,), "back to front": (2,), "upside down and back to front": (1, 2)}  # axes of LIA


@dataclass(frozen=True)
class Measures:
    """One warp in numbers.

    Attributes
    ----------
    similarity
        Correlation of the warped image and the target in the warped brain.
    jacobian_min, folds
        Smallest determinant in the warped brain, and the share that is not positive; a determinant is the volume of the
        scan's tissue that fills a unit of the target.
    brain_ml, brain_ml_atlas
        Volume of the brain after and before.
    structures, lost
        Class indices of the scan, and those that the warp lost, by protocol.
    """

    similarity: float
    jacobian_min: float
    folds: float
    brain_ml: float
    brain_ml_atlas: float
    structures: Mapping[str, int]
    lost: Mapping[str, Sequence[int]]


def folding(places: Places, brain: NDArray[np.bool_], *, atlas: Volume, grid: Volume) -> tuple[float, float]:
    """Smallest Jacobian determinant in the warped brain (I, J, K) on `grid`, and the share not positive."""
    box = bounding_box(brain)
    zooms = [voxel_sizes(volume.affine) for volume in (atlas, grid)]
    found = jacobian(places[(slice(None), *box)], atlas_zooms=zooms[0], zooms=zooms[1])[brain[box]]
    found = found[np.isfinite(found)]
    if not found.size:
        return float("nan"), float("nan")
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
    Left and right cannot be told apart by likeness; `acenet.imaging.io` checks what the header says of them.
    """
    likeness = {"as it is": best_overlap(target.array, atlas.array)}
    for name, axes in TURNS.items():
        likeness[name] = best_overlap(np.flip(target.array, axes), atlas.array)
    best = max(likeness, key=lambda name: likeness[name])
    logger.info(
        "likeness of %s: %s", target.path, {name: round(value, 2) for name, value in likeness.items()}
    )
    if likeness[best] > likeness["as it is"] + UPRIGHT_MARGIN:
        raise InputError(
            target.path,
            expected="a head that is upright by its header",
            found=f"one that resembles the training scan {best} (correlation {likeness[best]:.2f}), not as it "
            f"is ({likeness['as it is']:.2f})",
        )


def best_overlap(target: NDArray[Any], template: NDArray[Any]) -> float:
    """The largest correlation of a template (I, J, K) with any window of its size in the target."""
    image, pattern = target.astype(np.float64), template - template.mean()
    product, total, squares = (
        signal.correlate(one, other, method="fft")
        for one, other in (
            (image, pattern),
            (image, np.ones(template.shape)),
            (image**2, np.ones(template.shape)),
        )
    )
    spread = squares - total**2 / template.size  # of the window, times its size
    scale = np.sqrt(np.maximum(spread, 1e-6 * max(spread.max(), 1e-12)) * (pattern**2).sum())
    return float((product / scale).max()) if pattern.any() else 0.0
