"""Samples an atlas where a warp says: image, brain mask and class maps through one field of places."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from acenet.augmentation.ants_bridge import sample
from acenet.imaging.io import Volume
from acenet.imaging.masks import bounding_box

SLAB = 8  # coronal slices sampled at a time, to bound memory

Places = NDArray[np.float32]
"""(3, I, J, K): where in the atlas, in its voxels, each voxel of a grid comes from; -1 outside the atlas."""


def find_places(atlas: Volume, grid: Volume, transforms: Sequence[Path]) -> Places:
    """The places of all voxels of `grid` under ANTs' transforms, found by sampling ramps along the atlas' axes.

    Linear interpolation reproduces a ramp, so that ANTs itself says where it looks, whatever the transforms.
    """
    shape = atlas.array.shape
    places = np.empty((3, *grid.array.shape), dtype=np.float32)
    for axis in range(3):
        ramp = np.arange(1, shape[axis] + 1, dtype=np.float32)  # 0 is what ANTs puts outside
        along = np.broadcast_to(ramp.reshape([-1 if k == axis else 1 for k in range(3)]), shape)
        places[axis] = sample(Volume(along, atlas.affine, atlas.path), grid, transforms)
    outside = (places < 0.5).any(axis=0)
    places -= 1
    places[:, outside] = -1
    return places


def sample_linear(image: NDArray[np.uint8], places: Places) -> NDArray[np.uint8]:
    """Grey levels (I, J, K) of `image` at `places`, trilinear, rounded half to even; 0 outside."""
    sampled = np.zeros(places.shape[1:], dtype=np.uint8, order="F")
    source = np.asarray(image, dtype=np.float32)
    for where in _slabs(places):
        here = places[..., where]
        values = ndimage.map_coordinates(source, here, order=1, mode="nearest", output=np.float32)
        sampled[..., where] = np.where(here[0] < 0, 0, np.rint(values))
    return sampled


def sample_nearest(labels: NDArray[np.uint8], places: Places) -> NDArray[np.uint8]:
    """The nearest label at each of `places`; 0 outside."""
    sampled = np.zeros(places.shape[1:], dtype=np.uint8, order="F")
    for where in _slabs(places):
        here = places[..., where]
        i, j, k = np.floor(here + 0.5).astype(np.intp)
        sampled[..., where] = np.where(here[0] < 0, 0, np.asarray(labels)[i, j, k])
    return sampled


def sample_vote(labels: NDArray[np.uint8], places: Places) -> NDArray[np.uint8]:
    """The label with the largest trilinear weight among the eight neighbours of each of `places`; 0 outside.

    What ANTs calls genericLabel. That one looks at every label for every voxel, which takes minutes for 139
    classes at 256^3; this looks at the eight.
    """
    sampled = np.zeros(places.shape[1:], dtype=np.uint8, order="F")
    source = np.asarray(labels)
    last = np.array(source.shape)[:, None] - 1
    bounds = _bounds(source)
    for where in _slabs(places):
        here = places[..., where]
        inside = np.logical_and.reduce(
            [(p > low) & (p < high) for p, (low, high) in zip(here, bounds, strict=True)]
        )
        points = here[:, inside]
        below = np.floor(points).astype(np.intp)
        share = points - below
        corners, weights = [], []
        for corner in product((0, 1), repeat=3):
            index = np.minimum(below + np.array(corner)[:, None], last)
            corners.append(source[tuple(index)])
            weights.append(np.prod([s if c else 1 - s for s, c in zip(share, corner, strict=True)], axis=0))
        part = np.zeros(inside.shape, dtype=np.uint8)
        part[inside] = _heaviest(corners, weights)
        sampled[..., where] = part
    return sampled


def _heaviest(
    labels: Sequence[NDArray[np.uint8]], weights: Sequence[NDArray[np.float32]]
) -> NDArray[np.uint8]:
    """For each point the label whose weights sum to most; the lowest of equal ones, as ANTs."""
    winner, best = labels[0].copy(), np.full(labels[0].shape, -1.0, dtype=np.float32)
    differ = np.flatnonzero(np.any([one != labels[0] for one in labels[1:]], axis=0))
    near, heavy = np.array([one[differ] for one in labels]), np.array([one[differ] for one in weights])
    chosen, most = winner[differ], best[differ]
    for label in near:
        total = np.where(near == label, heavy, 0).sum(axis=0, dtype=np.float32)
        better = (total > most) | ((total == most) & (label < chosen))
        chosen[better], most[better] = label[better], total[better]
    winner[differ] = chosen
    return winner


def jacobian(places: Places, *, atlas_zooms: NDArray[Any], zooms: NDArray[Any]) -> NDArray[np.float32]:
    """Determinant (I, J, K) of the derivative of the places in mm on a grid with voxels `zooms` (3,), in mm.

    It is the volume of atlas tissue that fills a unit of the target; positive where nothing folds. Where the
    derivative crosses the border of the atlas' field it is undefined: NaN.
    """
    rows = [np.gradient(place * zoom, *zooms) for place, zoom in zip(places, atlas_zooms, strict=True)]
    (a, b, c), (d, e, f), (g, h, i) = rows
    found = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    covered = np.asarray(places[0] >= 0, dtype=np.bool_)
    near_border = ~ndimage.binary_erosion(covered, np.ones((3, 3, 3), dtype=np.bool_), border_value=1)
    found[near_border] = np.nan
    return np.asarray(found, dtype=np.float32)


def _bounds(labels: NDArray[np.uint8]) -> list[tuple[float, float]]:
    """Along each axis the open interval of places that have a labelled voxel among their neighbours."""
    if not labels.any():
        return [(0.0, 0.0)] * 3
    return [(part.start - 1.0, float(part.stop)) for part in bounding_box(labels)]


def _slabs(places: Places) -> list[slice]:
    return [slice(start, start + SLAB) for start in range(0, places.shape[3], SLAB)]
