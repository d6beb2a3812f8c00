"""Samples the warped base head in a field of view: image by linear, label maps by nearest interpolation."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from acenet.cohort.appearance import COARSE
from acenet.cohort.deformation import NODE_MM, Field, Nodes, resample_axis
from acenet.cohort.fields_of_view import Frame

PLANES = 8  # at a time: their temporary arrays stay in the processor's cache
IntMap = NDArray[np.integer]


def render(
    frame: Frame, nodes: Nodes, channels: Field, *, head: Field, gain: Field, maps: Mapping[str, IntMap]
) -> tuple[Field, dict[str, IntMap]]:
    """Image (I, J, K) float32 and label maps of the same shape, both in Fortran order, in `frame`.

    Parameters
    ----------
    channels
        (4, R, A, S) on the coarse nodes: position in voxels of the base lattice along x, y, z, then the factor of the
        bias field.
    head
        Base image (X, Y, Z) float32, air at the border.
    gain
        Factor of `head` on every COARSE-th of its voxels.
    maps
        Name -> base label map (X, Y, Z), 0 at the border.
    """
    world = [frame.direction(axis)[0] for axis in (2, 1, 0)]  # last array axis first: C order of Fortran
    channels = channels[[*world, 3]].transpose(0, *(1 + w for w in world))
    head, gain = (np.ascontiguousarray(array.transpose(world)) for array in (head, gain))
    reach = nodes_within(channels[:3], head.shape)
    flat = {name: np.ascontiguousarray(array.transpose(world)).ravel() for name, array in maps.items()}
    where, inside = zip(*(_reached(frame, nodes, 2 - k, reach[k]) for k in range(3)), strict=True)
    channels = resample_axis(resample_axis(channels, where[2], 3), where[1], 2)
    seen = beside(head > 0).ravel()
    image = np.zeros(frame.shape, np.float32, order="F")
    sampled = {name: np.zeros(frame.shape, array.dtype, order="F") for name, array in maps.items()}
    planes = np.arange(frame.shape[2])[inside[0]]
    for start in range(0, len(planes), PLANES):
        chunk = slice(start, start + PLANES)
        position = resample_axis(channels, where[0][chunk], 1)
        target = (slice(planes[chunk][0], planes[chunk][-1] + 1), *inside[1:])
        nearest = nearest_index(position[:3], head.shape)
        used = np.flatnonzero(seen.take(nearest))
        here = position.reshape(4, -1).take(used, axis=1)
        grey = np.zeros(nearest.shape, np.float32)
        grey.reshape(-1)[used] = (
            linear(head, here[:3]) * linear(gain, here[:3] / np.float32(COARSE)) * here[3]
        )
        image.T[target] = grey
        for name, array in sampled.items():
            array.T[target] = flat[name].take(nearest)
    return image, sampled


def beside(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True voxels (X, Y, Z) and all that share a corner with one: away from these, linear interpolation finds air."""
    result = inside.copy()
    for axis in range(3):
        before = np.moveaxis(result.copy(), axis, 0)
        lines = np.moveaxis(result, axis, 0)
        lines[1:] |= before[:-1]
        lines[:-1] |= before[1:]
    return result


def linear(values: Field, position: Field) -> Field:
    """`values` (X, Y, Z) at positions (3, ...) in voxels, by linear interpolation; outside, the nearest."""
    result = ndimage.map_coordinates(values, position, output=np.float32, order=1, mode="nearest")
    return np.asarray(result, dtype=np.float32)


def nodes_within(position: Field, shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """First and last node per axis whose position (3, I, J, K) lies in or next to a lattice of `shape`."""
    near = np.ones(position.shape[1:], dtype=bool)
    for component, n in zip(position, shape, strict=True):
        near &= (component > -2 * NODE_MM) & (component < n + 2 * NODE_MM)
    used = [np.flatnonzero(near.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    return [(int(u[0]), int(u[-1])) for u in used]


def _reached(
    frame: Frame, nodes: Nodes, axis: int, reach: tuple[int, int]
) -> tuple[NDArray[np.float64], slice]:
    """Positions along an array axis in units of nodes, as far as `reach` goes, and the voxels' range."""
    world, _ = frame.direction(axis)
    where = (frame.positions(axis) - nodes.origin_mm[world]) / NODE_MM
    low, high = max(1, reach[0]), min(nodes.shape[world] - 2, reach[1])
    used = np.flatnonzero((where >= low) & (where <= high))
    return where[used], slice(int(used[0]), int(used[-1]) + 1)


def nearest_index(position: Field, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Flat index (C order) of the voxel nearest to each position (3, ...); outside, the outermost voxel."""
    index = np.zeros(position.shape[1:], dtype=np.intp)
    for component, n in zip(position, shape, strict=True):
        index *= n
        index += np.clip(np.rint(component), 0, n - 1).astype(np.intp)
    return index
