"""Volumes as they are registered: at the registration's spacing, without the air around the head."""

import numpy as np
from nibabel.affines import voxel_sizes
from scipy import ndimage

from acenet.imaging.grid import Grid
from acenet.imaging.io import Volume
from acenet.imaging.masks import bounding_box
from acenet.imaging.resample import resample_linear

Crop = tuple[slice, slice, slice]

MARGIN_MM = 12.0
LOOK_MM = 3.0
SMOOTHING = 0.4  # of the new voxel's side: what a coarser grid cannot hold


def coarsen(volume: Volume, spacing_mm: float) -> Volume:
    """Grey levels (I, J, K) uint8 on an isotropic LIA grid of `spacing_mm` that covers the whole field.

    A volume that is there already, or a coarser LIA one, is returned as it is.
    """
    zooms = voxel_sizes(volume.affine)
    lia = Grid((2, 2, 2), 1.0).affine_around(np.zeros(3))[:3, :3]
    if np.allclose(volume.affine[:3, :3], lia * zooms) and zooms.min() > spacing_mm * 0.99:
        return volume
    corners = np.array(np.meshgrid(*((-0.5, n - 0.5) for n in volume.array.shape))).reshape(3, -1)
    places = volume.affine[:3, :3] @ corners + volume.affine[:3, 3:]
    low, high = places.min(axis=1), places.max(axis=1)
    extent = (high - low)[[0, 2, 1]]  # RAS to the order of LIA's axes
    i, j, k = (max(2, int(np.ceil(side / spacing_mm - 1e-3))) for side in extent)
    target = Grid((i, j, k), spacing_mm).affine_around((low + high) / 2)
    sigma = np.where(zooms < spacing_mm, SMOOTHING * spacing_mm / zooms, 0.0)
    smooth = ndimage.gaussian_filter(volume.array, sigma)
    return Volume(resample_linear(smooth, volume.affine, target, shape=(i, j, k)), target, volume.path)


def head_box(volume: Volume) -> Crop:
    """The box of a uint8 volume (I, J, K) around what is brighter than air, with 12 mm of margin.

    Looked for on every few voxels: the margin is larger than what that overlooks. All of an empty volume.
    """
    zooms = voxel_sizes(volume.affine)
    steps = np.maximum(1, np.floor(LOOK_MM / zooms)).astype(int)
    grey = volume.array[tuple(slice(None, None, step) for step in steps)]
    if not grey.any():
        return slice(0, None), slice(0, None), slice(0, None)
    head = ndimage.binary_opening(grey > grey[grey > 0].mean() / 2)
    if not head.any():
        head = grey > 0
    margins = np.ceil(MARGIN_MM / zooms).astype(int)
    first, second, third = (
        slice(int(max(0, part.start * step - margin)), int(min(n, part.stop * step + margin)))
        for part, step, margin, n in zip(bounding_box(head), steps, margins, volume.array.shape, strict=True)
    )
    return first, second, third


def crop(volume: Volume, box: Crop) -> Volume:
    """A box of a volume, at the same place."""
    affine = volume.affine.copy()
    affine[:3, 3] = volume.affine[:3, :3] @ np.array([part.start for part in box]) + volume.affine[:3, 3]
    return Volume(volume.array[box], affine, volume.path)


def to_register(volume: Volume, spacing_mm: float) -> Volume:
    """A uint8 volume as it goes into a registration."""
    return coarsen(crop(volume, head_box(volume)), spacing_mm)
