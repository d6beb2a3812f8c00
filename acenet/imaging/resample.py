"""Intensities and sampling of FreeSurfer's `mri_convert --conform`, in numpy: pure functions of arrays.

Followed step by step as read in FreeSurfer's source (utils/mri.cpp, utils/mri_conform.cpp): first the change
of type to uint8 by a 1000-bin histogram, then trilinear sampling of those grey levels, rounded half to even.
Labels are sampled by nearest neighbour and never scaled. Outside the source everything is 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acenet.protocols.tally import look_up, tally

BINS = 1000
LEVELS = 1 << 16  # different values of an integer image that are worth a table
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
    if image.dtype.kind in "iu" and image.dtype.itemsize <= 4:
        first, last = int(image.min()), int(image.max())
    else:
        first, last = 0, LEVELS
    if last - first < LEVELS:  # what follows depends on a voxel's value alone: each value needs it once
        counts = tally(image, last - first + 1, first=first)
        table, scale = _grey_levels(np.arange(first, last + 1).astype(np.float32), counts, image.dtype)
        return look_up(table, image, first=first), scale
    return _grey_levels(image.astype(np.float32), None, image.dtype)


def _grey_levels(
    values: NDArray[np.float32], counts: NDArray[np.int64] | None, dtype: np.dtype[Any]
) -> tuple[NDArray[np.uint8], GreyScale]:
    """Grey levels of values of any shape, of which each occurs `counts` times (of the same shape; None: once)."""
    low, top = values.min(), values.max()
    high = _upper_end(values, counts, low, (top - low) / np.float32(BINS))
    scale = np.float32(255) / (high - low) if high > low else np.float32(1)
    grey = np.rint(np.clip(scale * (values - low), 0, 255)).astype(np.uint8)
    if low < 0:
        grey[values == 0] = 0
    return grey, GreyScale(str(dtype), float(low), float(high), float(scale))


def _upper_end(
    values: NDArray[np.float32], counts: NDArray[np.int64] | None, low: np.float32, width: np.float32
) -> np.float32:
    """The left edge of the bin just below those that hold the highest 0.1 % of the non-zero voxels."""
    if width == 0:
        return low
    bins = np.clip((values - low) / width, 0, BINS - 1).astype(np.int16)  # the cast truncates
    if counts is None:
        histogram = tally(bins, BINS)
        not_zero = int(np.count_nonzero(np.abs(values) >= ZERO))
    else:
        histogram = np.zeros(BINS, dtype=np.int64)
        np.add.at(histogram, bins, counts)
        not_zero = int(counts[np.abs(values) >= ZERO].sum())
    allowed = int((1.0 - KEPT) * not_zero)
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
    upright = image.transpose(axes)
    lines, into = [], []
    for place, n in zip(_places(matrix, offset, axes, shape), upright.shape, strict=True):
        used = _stretch((place > -1) & (place < n))  # where a neighbour lies in the image
        lines.append(_neighbours(place[used], n))
        into.append(used)
    part = _planes(upright, [line.planes for line in lines])
    for axis, line in enumerate(lines):
        part = _linear(part, line, axis)
    sampled = np.zeros(shape, dtype=np.uint8, order="F")
    sampled[tuple(into)] = part if part.dtype == np.uint8 else np.rint(part)
    return sampled


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
    upright = labels.transpose(axes)
    sampled = np.zeros(shape, dtype=labels.dtype, order="F")
    indices, into = [], []
    for place, n in zip(_places(matrix, offset, axes, shape), upright.shape, strict=True):
        index = _nearest_index(place)
        used = _stretch((index >= 0) & (index < n))
        indices.append(index[used])
        into.append(used)
    sampled[tuple(into)] = _planes(upright, indices)
    return sampled


def _stretch(inside: NDArray[np.bool_]) -> slice:
    """Where a row of places, which are in order, lies inside."""
    used = np.flatnonzero(inside)
    return slice(int(used[0]), int(used[-1]) + 1) if used.size else slice(0)


def _planes(values: NDArray[Any], indices: Sequence[NDArray[np.intp]]) -> NDArray[Any]:
    """`values` (I, J, K) at the indices along each axis; a view where these follow each other."""
    for axis, index in enumerate(indices):
        steps = np.unique(np.diff(index)).tolist()
        if len(index) and steps in ([], [1], [-1]):
            step = steps[0] if steps else 1
            stop = int(index[-1]) + step
            taken: Any = slice(int(index[0]), stop if stop >= 0 else None, step)
        else:
            taken = index
        values = values[(slice(None),) * axis + (taken,)]
    return values


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


@dataclass(frozen=True)
class _Neighbours:
    """Between which planes each target plane lies: `planes` of the source, and numbers (n,) of two of those.

    Beyond the source the number is that of no plane. weight (n,) is the upper one's.
    """

    planes: NDArray[np.intp]
    lower: NDArray[np.intp]
    upper: NDArray[np.intp]
    weight: FloatArray


def _neighbours(place: FloatArray, n: int) -> _Neighbours:
    """The planes, of `n`, around each fractional source index; whole places need one alone."""
    below = np.floor(place)
    lower, weight = below.astype(np.intp), place - below
    upper = lower + 1 if weight.any() else lower
    used = np.unique(np.concatenate([lower, upper]))
    planes = used[(used >= 0) & (used < n)]
    if not planes.size:
        planes = np.zeros(1, dtype=np.intp)
    numbers = [
        np.where((index < 0) | (index >= n), len(planes), np.searchsorted(planes, index))
        for index in (lower, upper)
    ]
    return _Neighbours(planes, numbers[0], numbers[1], weight)


def _linear(values: NDArray[Any], line: _Neighbours, axis: int) -> NDArray[Any]:
    """Interpolate along one axis; whole-voxel places keep the type and the exact values."""
    lower = _gather(values, line.lower, axis)
    if not line.weight.any():
        return lower
    weight = line.weight.reshape([-1 if i == axis else 1 for i in range(3)])
    return _mix(lower, _gather(values, line.upper, axis), weight)


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
