"""The way back: class maps of a conformed scan onto the scan's own grid, in its provider's ids."""

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acenet.conform.manifest import read_manifest
from acenet.errors import InputError
from acenet.imaging.io import read_labels, write_volume
from acenet.imaging.resample import resample_nearest
from acenet.protocols import Protocol

FloatArray = NDArray[np.float64]
Shape = tuple[int, int, int]


def labels_on_scan(
    class_map: NDArray[Any], affine: FloatArray, scan_affine: FloatArray, *, shape: Shape
) -> NDArray[Any]:
    """A class map on a conformed grid (affine (4, 4)) as the scan's own grid (I, J, K) of `shape` sees it.

    The companion of conform: each voxel of the scan takes the class of the conformed voxel that its centre lies
    in, half way the one of higher index, and 0 outside the grid. Where conform copied voxels, this copies them
    back.
    """
    return resample_nearest(class_map, affine, scan_affine, shape=shape)


def write_on_scan(
    class_map: str | PathLike[str],
    conformed: str | PathLike[str],
    out: str | PathLike[str],
    protocol: Protocol | None = None,
) -> None:
    """Bring a file of conformed classes onto the scan of the folder `conformed`, and write it to `out`.

    With a `protocol` the provider's ids are written, without one the classes.

    Raises
    ------
    InputError
        Where the class map does not lie on that scan's grid, or a warp has no scan.
    """
    volume = read_labels(class_map)
    manifest = read_manifest(Path(conformed))
    if list(volume.array.shape) != list(manifest.grid["shape"]) or not np.allclose(
        volume.affine, manifest.affine, atol=1e-3
    ):
        raise InputError(class_map, expected=f"the grid of {conformed}", found=f"shape {volume.array.shape}")
    if manifest.source_shape is None:
        raise InputError(conformed, expected="a conformed scan", found="a warp, which has no scan of its own")
    scan_affine = np.asarray(manifest.source_affine, dtype=np.float64)
    first, second, third = manifest.source_shape
    back = labels_on_scan(volume.array, volume.affine, scan_affine, shape=(first, second, third))
    write_volume(out, protocol.decode(back) if protocol else back.astype(np.uint8), scan_affine)
