"""The vectorised sampling equals the written rules evaluated one voxel at a time, and hand-made cases."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from acenet.imaging.grid import Grid, field_centre
from acenet.imaging.resample import resample_linear, resample_nearest, to_uint8

OBLIQUE = np.array([[1.1, 0.2, -0.1, -7], [-0.25, 1.3, 0.15, 4], [0.1, -0.12, 0.9, 2], [0, 0, 0, 1]])
AXIS_ALIGNED = np.array([[0, 0, 1.3, -7], [-0.83, 0, 0, 4], [0, 1.1, 0, 2], [0, 0, 0, 1]])
TARGET = Grid(shape=(12, 12, 12), voxel_mm=1.0).affine_around(np.array([-3.0, 3.0, 8.0]))
ORIENTATIONS = [
    (axes, signs)
    for axes in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
]


def grey(shape: tuple[int, int, int] = (9, 8, 10), seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 256, shape).astype(np.uint8)


def value(image: np.ndarray, index: tuple[int, ...]) -> float:
    inside = all(0 <= i < n for i, n in zip(index, image.shape, strict=True))
    return float(image[index]) if inside else 0.0


def linear_by_voxel(image: np.ndarray, affine: np.ndarray, index: tuple[int, ...]) -> int:
    """Trilinear sample at one target voxel: 8 neighbours, 0 outside, then rounded half to even."""
    place = np.linalg.solve(affine, TARGET @ np.array([*index, 1.0]))[:3]
    total = 0.0
    for corner in itertools.product((0, 1), repeat=3):
        weight, neighbour = 1.0, []
        for s, side in zip(place, corner, strict=True):
            f = s - math.floor(s)
            weight *= f if side else 1 - f
            neighbour.append(math.floor(s) + side)
        total += weight * value(image, tuple(neighbour))
    return round(total)


def nearest_by_voxel(image: np.ndarray, affine: np.ndarray, index: tuple[int, ...]) -> int:
    place = np.linalg.solve(affine, TARGET @ np.array([*index, 1.0]))[:3]
    return int(value(image, tuple(math.floor(s) if s - math.floor(s) < 0.5 else math.ceil(s) for s in place)))


@pytest.mark.parametrize("affine", [OBLIQUE, AXIS_ALIGNED], ids=["oblique", "axis-aligned"])
def test_every_voxel_follows_the_written_rules(affine: np.ndarray) -> None:
    image, shape = grey(), (12, 12, 12)
    linear = resample_linear(image, affine, TARGET, shape=shape)
    nearest = resample_nearest(image.astype(np.int16), affine, TARGET, shape=shape)
    assert linear.dtype == np.uint8 and nearest.dtype == np.int16
    assert linear.flags.f_contiguous and nearest.flags.f_contiguous
    assert 100 < np.count_nonzero(nearest) < nearest.size  # the grid holds some of the image and some outside
    for index in np.ndindex(shape):
        assert linear[index] == linear_by_voxel(image, affine, index)
        assert nearest[index] == nearest_by_voxel(image, affine, index)


def test_half_way_the_higher_index_wins_and_grey_levels_round_to_even() -> None:
    ramp = np.zeros((6, 2, 2), dtype=np.uint8)
    ramp[:, 0, 0] = [10, 11, 12, 13, 20, 255]
    half = np.eye(4)
    half[0, 3] = 0.5
    np.testing.assert_array_equal(
        resample_nearest(ramp, np.eye(4), half, shape=(6, 2, 2))[:, 0, 0], [11, 12, 13, 20, 255, 0]
    )
    # 10.5, 11.5, 12.5, 16.5, 137.5, and 127.5 where the border fades over the last half voxel
    np.testing.assert_array_equal(
        resample_linear(ramp, np.eye(4), half, shape=(6, 2, 2))[:, 0, 0], [10, 12, 12, 16, 138, 128]
    )


@pytest.mark.parametrize("affine", [np.eye(4), OBLIQUE, AXIS_ALIGNED])
def test_the_same_grid_gives_the_same_voxels(affine: np.ndarray) -> None:
    image = grey()
    np.testing.assert_array_equal(resample_linear(image, affine, affine, shape=image.shape), image)
    np.testing.assert_array_equal(resample_nearest(image, affine, affine, shape=image.shape), image)


def reoriented(
    image: np.ndarray, axes: tuple[int, ...], signs: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """`image` (identity affine) stored along other axes, and the affine that keeps its voxels in place."""
    stored, affine = image.transpose(axes), np.zeros((4, 4))
    affine[3, 3] = 1
    for new, (old, sign) in enumerate(zip(axes, signs, strict=True)):
        affine[old, new] = sign
        if sign < 0:
            stored = np.flip(stored, new)
            affine[old, 3] = image.shape[old] - 1
    return stored, affine


@pytest.mark.parametrize(("axes", "signs"), ORIENTATIONS)
def test_all_orientations_are_exact(axes: tuple[int, ...], signs: tuple[int, ...]) -> None:
    image = grey((6, 4, 8))  # even sizes: FreeSurfer halves odd ones, and then samples between voxels
    stored, affine = reoriented(image, axes, signs)
    np.testing.assert_array_equal(resample_linear(stored, affine, np.eye(4), shape=image.shape), image)
    np.testing.assert_array_equal(resample_nearest(stored, affine, np.eye(4), shape=image.shape), image)
    # Onto FreeSurfer's grid the voxels are a transposed copy, wherever its centre falls.
    target = Grid(shape=(10, 10, 10)).affine_around(field_centre(stored.shape, affine))
    conformed = resample_linear(stored, affine, target, shape=(10, 10, 10))
    for index in np.argwhere(conformed):
        place = target @ [*index, 1]
        assert conformed[tuple(index)] == image[tuple(np.rint(place[:3]).astype(int))]
    assert np.count_nonzero(conformed) == image.size


def test_freesurfer_centre() -> None:
    affine = np.diag([-1.0, 1.0, 1.0, 1.0])
    target = Grid().affine_around(field_centre((160, 197, 164), affine))
    np.testing.assert_allclose(target @ [128, 128, 128, 1], [-80, 98.5, 82, 1])
    np.testing.assert_allclose(target[:3, :3], [[-1, 0, 0], [0, 0, 1], [0, -1, 0]])


def test_labels_survive_the_way_there_and_back() -> None:
    labels = grey().astype(np.int16) * 8
    there = resample_nearest(labels, AXIS_ALIGNED, TARGET_FINE, shape=(60, 60, 60))
    np.testing.assert_array_equal(
        resample_nearest(there, TARGET_FINE, AXIS_ALIGNED, shape=labels.shape), labels
    )


TARGET_FINE = Grid(shape=(60, 60, 60), voxel_mm=0.4).affine_around(np.array([-1.0, 1.0, 7.0]))


def test_grey_levels_of_a_histogram_worked_by_hand() -> None:
    """10000 non-zero voxels: 1 - 0.999f = 9.99987e-4 allows trunc(9.99987) = 9 of them above the upper end.

    Values 0..1000 make bins one unit wide. From the top: 1000 (bin 999, 4 voxels), 900 (bin 900, 5 voxels):
    the ninth is passed in bin 900, the walk stops at bin 899, so 899 becomes 255.
    """
    values = np.concatenate(
        [np.zeros(100), np.full(4, 1000), np.full(5, 900), np.full(5000, 500), np.full(4991, 449.5)]
    ).astype(np.float32)
    image, scale = to_uint8(values.reshape(101, 10, 10))
    assert (scale.low, scale.high) == (0, 899)
    assert scale.scale == pytest.approx(255 / 899)
    expected = {0: 0, 1000: 255, 900: 255, 500: 142, 449.5: 128}  # 127.5 rounds to the even 128
    for before, after in expected.items():
        assert (image.ravel()[values == before] == after).all(), before


def test_few_voxels_leave_the_last_bin_alone() -> None:
    """Below 1001 non-zero voxels none may be passed: the upper end is the left edge of the last bin."""
    _, scale = to_uint8(np.arange(0, 1000, dtype=np.int16).reshape(10, 10, 10))
    assert scale.high == pytest.approx(999 * 0.999, rel=1e-6)


def test_zeros_stay_zero_when_values_are_negative() -> None:
    image = np.linspace(-100, 100, 1001).reshape(13, 11, 7)
    image[6, 5, 3] = 0
    grey_levels, scale = to_uint8(image)
    assert scale.low == -100
    assert grey_levels[6, 5, 3] == 0 and grey_levels[6, 5, 4] > 120


def test_bytes_are_not_scaled() -> None:
    image = grey((3, 3, 3)) // 4
    same, scale = to_uint8(image)
    assert same is image and scale.scale == 1


@given(
    arrays(np.int16, (3, 4, 5), elements=st.integers(-3000, 3000)).filter(
        lambda image: image.min() < image.max()
    ),
    st.integers(1, 9),
)
def test_grey_levels_keep_the_order_and_ignore_units(image: np.ndarray, factor: int) -> None:
    grey_levels, _ = to_uint8(image)
    order = np.argsort(image, axis=None, kind="stable")
    ranked = grey_levels.ravel()[order][image.ravel()[order] != 0]
    assert (np.diff(ranked.astype(int)) >= 0).all()
    scaled, _ = to_uint8(image.astype(np.float64) * 2**factor)
    np.testing.assert_array_equal(scaled, grey_levels)


@given(
    arrays(np.int16, (4, 5, 3), elements=st.integers(-300, 3000)),
    st.sampled_from([np.int16, np.int32, np.int64]),
)
def test_whole_numbers_become_what_the_same_numbers_as_floats_become(image: np.ndarray, kind: type) -> None:
    whole, of_whole = to_uint8(image.astype(kind))
    as_floats, of_floats = to_uint8(image.astype(np.float32))
    np.testing.assert_array_equal(whole, as_floats)
    assert (of_whole.low, of_whole.high, of_whole.scale) == (of_floats.low, of_floats.high, of_floats.scale)


def test_whole_numbers_too_far_apart_for_a_table_are_scaled_too() -> None:
    image = np.array([0, 10**9, 2 * 10**9], np.int32).repeat(400).reshape(-1, 2, 2)
    np.testing.assert_array_equal(to_uint8(image)[0], to_uint8(image.astype(np.float32))[0])
