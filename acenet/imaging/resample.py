"""Intensities and sampling of FreeSurfer's `mri_convert --conform`, in numpy: pure functions of arrays.

Followed step by step as read in FreeSurfer's source (utils/mri.cpp, utils/mri_conform.cpp): first the change
of type to uint8 by a 1000-bin histogram, then trilinear sampling of those grey levels, rounded half to even.
Labels are sampled by nearest neighbour and never scaled. Outside the source everything is 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 1000
KEPT = np.float64(np.float32(0.999))  # FreeSurfer holds it in single precision, then computes in double
ZERO = 1e-15
NOISE = 1e-4  # voxels: affines kept in single precision place a voxel no better than this

FloatArray = NDArray[np.float64]
Shape = tuple[int, int, int]


@dataclass(frozen=True)
class GreyScale:
    """How an image became uint8: rint(scale * (value - low)) in 0..255; `high` is what meets 255."""

    dtype: str
    low: float
    high: float
    scale: float


def to_uint8(image: NDArray[Any]) -> tuple[NDArray[np.uint8], GreyScale]:
    """Grey levels 0..255 of an image (I, J, K) of any real type; uint8 images are returned as they are.

    The lowest value becomes 0. The highest grey level is met near the value below which 99.9 % of the
    *non-zero* voxels lie, counted from the top in 1000 bins. Voxels that were 0 stay 0. All in float32.
    """
    if image.dtype == np.uint8:
        return image, GreyScale("uint8", 0.0, 255.0, 1.0)
    values = image.astype(np.float32)
    low, top = values.min(), values.max()
    high = _upper_end(values, low, (top - low) / np.float32(BINS))
    scale = np.float32(255) / (high - low) if high > low else np.float32(1)
    grey = np.rint(np.clip(scale * (values - low), 0, 255)).astype(np.uint8)
    if low < 0:
        grey[values == 0] = 0
    return grey, GreyScale(str(image.dtype), float(low), float(high), float(scale))


def _upper_end(values: NDArray[np.float32], low: np.float32, width: np.float32) -> np.float32:
    """The left edge of the bin just below those that hold the highest 0.1 % of the non-zero voxels."""
    if width == 0:
        return low
    bins = np.clip((values - low) / width, 0, BINS - 1).astype(np.int16)  # the cast truncates
    histogram = np.bincount(bins.ravel(order="K"), minlength=BINS)
    allowed = int((1.0 - KEPT) * np.count_nonzero(np.abs(values) >= ZERO))
    last, passed = BINS - 1, 0
    while passed < allowed and last > 0:
        passed += int(histogram[last])
        last -= 1
    return np.float32(np.float32(last) * width + low)


def index_map(source: FloatArray, target: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Matrix (3, 3) and offset (3,) from voxel indices of the `target` affine to those of `source`."""
    combined = np.linalg.inv(source) @ target
    matrix = combined[:3, :3]
    return np.where(np.abs(matrix) < NOISE / 256, 0.0, matrix), combined[:3, 3]


def resample_linear(
    image: NDArray[np.uint8], affine: FloatArray, target: FloatArray, *, shape: Shape
) -> NDArray[np.uint8]:
    """Sample grey levels (I, J, K) on the grid of the affine `target` and `shape`, in Fortran order.

    Neighbours outside the image count as 0, so that its border fades over one voxel instead of being cut.
    """
    matrix, offset = index_map(affine, target)
    axes = _source_axes(matrix)
    if axes is None:
        return _linear_oblique(image, matrix, offset, shape)
    sampled: NDArray[Any] = image.transpose(axes)
    for axis, place in enumerate(_places(matrix, offset, axes, shape)):
        sampled = _linear(sampled, place, axis)
    if sampled.dtype != np.uint8:
        sampled = np.rint(sampled).astype(np.uint8)
    return np.asfortranarray(sampled)


def resample_nearest(
    labels: NDArray[Any], affine: FloatArray, target: FloatArray, *, shape: Shape
) -> NDArray[Any]:
    """Take the nearest label (I, J, K) for each voxel of the grid of `target` and `shape`, in Fortran order.

    Half way between two voxels the higher index wins, as in FreeSurfer; type and values are kept.
    """
    matrix, offset = index_map(affine, target)
    axes = _source_axes(matrix)
    if axes is None:
        return _nearest_oblique(labels, matrix, offset, shape)
    sampled = labels.transpose(axes)
    for axis, place in enumerate(_places(matrix, offset, axes, shape)):
        sampled = _gather(sampled, _nearest_index(place), axis)
    return np.asfortranarray(sampled)


def _source_axes(matrix: FloatArray) -> tuple[int, int, int] | None:
    """The source axis along each target axis, or None for an oblique map."""
    used = matrix != 0
    if (used.sum(axis=0) != 1).any() or (used.sum(axis=1) != 1).any():
        return None
    first, second, third = (int(axis) for axis in used.argmax(axis=0))
    return first, second, third


def _places(
    matrix: FloatArray, offset: FloatArray, axes: tuple[int, int, int], shape: Shape
) -> list[FloatArray]:
    """For each target axis the fractional source index at each of its voxels."""
    return [
        _without_noise(matrix[axis, i] * np.arange(n) + offset[axis])
        for i, (axis, n) in enumerate(zip(axes, shape, strict=True))
    ]


def _without_noise(place: FloatArray) -> FloatArray:
    """Places within 1e-4 of a voxel's centre or border put exactly there, where rounding would decide."""
    halves = np.rint(2 * place) / 2
    return np.where(np.abs(place - halves) < NOISE, halves, place)


def _nearest_index(place: FloatArray) -> NDArray[np.intp]:
    return np.floor(place + 0.5).astype(np.intp)


def _gather(values: NDArray[Any], index: NDArray[np.intp], axis: int) -> NDArray[Any]:
    """`values` at `index` along `axis`, 0 where the index lies outside."""
    outside = (index < 0) | (index >= values.shape[axis])
    taken = np.take(values, index, axis=axis, mode="clip")
    taken[(slice(None),) * axis + (outside,)] = 0
    return taken


def _linear(values: NDArray[Any], place: FloatArray, axis: int) -> NDArray[Any]:
    """Interpolate along one axis; whole-voxel places keep the type and the exact values."""
    below = np.floor(place)
    index, weight = below.astype(np.intp), place - below
    lower = _gather(values, index, axis)
    if not weight.any():
        return lower
    weight = weight.reshape([-1 if i == axis else 1 for i in range(3)])
    upper = _gather(values, index + 1, axis)
    return _mix(lower, upper, weight)


def _slices(matrix: FloatArray, offset: FloatArray, shape: Shape) -> Iterator[FloatArray]:
    """For each target slice [:, :, k] the fractional source indices (3, I, J), to bound memory."""
    i, j = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")
    first = matrix[:, 0, None, None] * i + matrix[:, 1, None, None] * j + offset[:, None, None]
    for k in range(shape[2]):
        yield _without_noise(first + (matrix[:, 2] * k)[:, None, None])


def _nearest_oblique(
    labels: NDArray[Any], matrix: FloatArray, offset: FloatArray, shape: Shape
) -> NDArray[Any]:
    """Nearest neighbours where every source index depends on all target indices."""
    sampled = np.zeros(shape, dtype=labels.dtype, order="F")
    size = np.array(labels.shape)[:, None, None]
    for k, place in enumerate(_slices(matrix, offset, shape)):
        index = _nearest_index(place)
        inside = ((index >= 0) & (index < size)).all(axis=0)
        sampled[:, :, k][inside] = labels[tuple(index[:, inside])]
    return sampled


def _linear_oblique(
    image: NDArray[np.uint8], matrix: FloatArray, offset: FloatArray, shape: Shape
) -> NDArray[np.uint8]:
    """Trilinear samples where every source index depends on all target indices."""
    # Two voxels of zeros all round: places further out are moved there, and see nothing but zeros.
    padded = np.pad(image, 2)
    voxels, steps = padded.ravel(), np.array([padded.shape[1] * padded.shape[2], padded.shape[2], 1])
    size = np.array(image.shape)[:, None, None]
    sampled = np.empty(shape, dtype=np.uint8, order="F")
    for k, place in enumerate(_slices(matrix, offset, shape)):
        below = np.floor(place)
        x, y, z = place - below
        start = np.tensordot(steps, np.clip(below, -2, size).astype(np.intp) + 2, axes=1)
        along_z = [
            _mix(voxels[start + near], voxels[start + near + steps[2]], z)
            for near in (0, steps[1], steps[0], steps[0] + steps[1])
        ]
        mixed = _mix(_mix(along_z[0], along_z[1], y), _mix(along_z[2], along_z[3], y), x)
        sampled[:, :, k] = np.rint(mixed)
    return sampled


def _mix(lower: NDArray[Any], upper: NDArray[Any], weight: FloatArray) -> NDArray[Any]:
    """Lower * (1 - weight) + upper * weight: a convex sum, never outside 0..255."""
    mixed: NDArray[Any] = lower * (1 - weight) + upper * weight
    return mixed
