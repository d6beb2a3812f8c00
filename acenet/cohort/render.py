"""Samples the warped base head in a field of view: image by linear, label maps by nearest interpolation."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from acenet.cohort.deformation import NODE_MM, Field, Nodes, resample_axis
from acenet.cohort.geometry import Frame

PLANES = 8  # at a time: their temporary arrays stay in the processor's cache
IntMap = NDArray[np.integer]


def render(
    frame: Frame, nodes: Nodes, channels: Field, *, head: Field, maps: Mapping[str, IntMap]
) -> tuple[Field, dict[str, IntMap]]:
    """Image (I, J, K) float32 and label maps of the same shape, both in Fortran order, in `frame`.

    Parameters
    ----------
    channels : (4, R, A, S) on the coarse nodes: position in voxels of the base lattice along x, y, z, then
        the factor of the bias field.
    head : base image (X, Y, Z) float32. maps : name -> base label map (X, Y, Z), 0 at the border.
    """
    world = [frame.direction(axis)[0] for axis in (2, 1, 0)]  # last array axis first: C order of Fortran
    channels = channels[[*world, 3]].transpose(0, *(1 + w for w in world))
    head = np.ascontiguousarray(head.transpose(world))
    flat = {name: np.ascontiguousarray(array.transpose(world)).ravel() for name, array in maps.items()}
    where, inside = zip(*(_in_nodes(frame, nodes, axis) for axis in (2, 1, 0)), strict=True)
    channels = resample_axis(resample_axis(channels, where[2], 3), where[1], 2)
    image = np.zeros(frame.shape, np.float32, order="F")
    sampled = {name: np.zeros(frame.shape, array.dtype, order="F") for name, array in maps.items()}
    planes = np.arange(frame.shape[2])[inside[0]]
    for start in range(0, len(planes), PLANES):
        chunk = slice(start, start + PLANES)
        position = resample_axis(channels, where[0][chunk], 1)
        target = (slice(planes[chunk][0], planes[chunk][-1] + 1), *inside[1:])
        grey = ndimage.map_coordinates(head, position[:3], output=np.float32, order=1, prefilter=False)
        image.T[target] = grey * position[3]
        nearest = nearest_index(position[:3], head.shape)
        for name, array in sampled.items():
            array.T[target] = flat[name].take(nearest)
    return image, sampled


def _in_nodes(frame: Frame, nodes: Nodes, axis: int) -> tuple[NDArray[np.float64], slice]:
    """Positions along an array axis in units of nodes, as far as these reach, and the voxels' range."""
    world, _ = frame.direction(axis)
    where = (frame.positions(axis) - nodes.origin_mm[world]) / NODE_MM
    used = np.flatnonzero((where >= 1) & (where <= nodes.shape[world] - 2))
    return where[used], slice(int(used[0]), int(used[-1]) + 1)


def nearest_index(position: Field, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Flat index (C order) of the voxel nearest to each position (3, ...); outside, the outermost voxel."""
    index = np.zeros(position.shape[1:], dtype=np.intp)
    for component, n in zip(position, shape, strict=True):
        index *= n
        index += np.clip(np.rint(component), 0, n - 1).astype(np.intp)
    return index
