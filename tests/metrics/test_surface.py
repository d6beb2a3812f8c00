"""Surface distances against distances between all pairs of surface voxels."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from acenet.metrics.surface import measure_surfaces, surface_distances

SPACINGS = [(1.0, 1.0, 1.0), (1.0, 2.0, 0.5)]
masks = array_shapes(min_dims=3, max_dims=3, max_side=6).flatmap(
    lambda shape: st.tuples(arrays(bool, shape), arrays(bool, shape))
)


def brute_force_surface(mask: np.ndarray) -> np.ndarray:
    """Places of the voxels with a face neighbour outside, one voxel at a time."""
    steps = [step for step in np.ndindex(3, 3, 3) if sum(abs(one - 1) for one in step) == 1]
    padded = np.pad(mask, 1)
    places = [
        place
        for place in np.argwhere(mask)
        if not all(padded[tuple(place + np.array(step))] for step in steps)
    ]
    return np.array(places)


def brute_force(first: np.ndarray, second: np.ndarray, spacing: tuple[float, ...]) -> list[np.ndarray]:
    """Both directed sets of distances, from the distances of all pairs."""
    ours, theirs = brute_force_surface(first) * spacing, brute_force_surface(second) * spacing
    pairs = np.linalg.norm(ours[:, None] - theirs[None], axis=2)
    return [pairs.min(axis=1), pairs.min(axis=0)]


@settings(deadline=None, max_examples=60)
@given(masks, st.sampled_from(SPACINGS))
def test_equal_to_all_pairs(pair: tuple[np.ndarray, np.ndarray], spacing: tuple[float, ...]) -> None:
    first, second = pair
    assume(first.any() and second.any())
    measured = surface_distances(first, second, spacing)
    forward, backward = brute_force(first, second, spacing)
    np.testing.assert_allclose(np.sort(measured.from_reference), np.sort(forward))
    np.testing.assert_allclose(np.sort(measured.from_prediction), np.sort(backward))
    assert measured.hausdorff == pytest.approx(max(forward.max(), backward.max()))
    assert measured.reference_to_prediction == pytest.approx(forward.max())
    expected = max(np.percentile(forward, 95), np.percentile(backward, 95))
    assert measured.hausdorff95 == pytest.approx(expected)
    both = np.concatenate([forward, backward])
    assert measured.average == pytest.approx(both.mean())
    for tolerance in (0, 0.5, 1, 2):
        assert measured.surface_dice(tolerance) == np.mean(both <= tolerance + 1e-9)


@settings(deadline=None, max_examples=60)
@given(masks, st.floats(0.1, 10))
def test_symmetry_scaling_and_order(pair: tuple[np.ndarray, np.ndarray], scale: float) -> None:
    first, second = pair
    assume(first.any() and second.any())
    forward, backward = (
        surface_distances(first, second, (1, 1, 1)),
        surface_distances(second, first, (1, 1, 1)),
    )
    assert forward.hausdorff == backward.hausdorff
    assert forward.hausdorff95 == backward.hausdorff95
    assert forward.average == pytest.approx(backward.average)
    assert forward.average <= forward.hausdorff + 1e-9
    assert forward.surface_dice(1) == backward.surface_dice(1) <= forward.surface_dice(2)
    assert forward.surface_dice(forward.hausdorff) == 1
    assert forward.hausdorff95 <= forward.hausdorff
    assert forward.reference_to_prediction <= forward.hausdorff
    scaled = surface_distances(first, second, (scale, scale, scale))
    assert scaled.hausdorff == pytest.approx(scale * forward.hausdorff)
    assert scaled.average == pytest.approx(scale * forward.average)
    assert scaled.surface_dice(scale) == forward.surface_dice(1)
    same = surface_distances(first, first, (1, 1, 1))
    assert (same.hausdorff, same.average, same.surface_dice(0)) == (0, 0, 1)


def test_shifted_cubes_by_hand() -> None:
    reference, prediction = np.zeros((12, 12, 12), bool), np.zeros((12, 12, 12), bool)
    reference[2:6, 2:6, 2:6] = True
    prediction[2:6, 2:6, 5:9] = True  # three voxels further along z, of 2 mm each
    measured = surface_distances(reference, prediction, (1, 1, 2))
    assert measured.hausdorff == measured.reference_to_prediction == 6


def test_shifted_plates_by_hand() -> None:
    """Two plates of one voxel, two apart: every distance is 2 voxels of 0.5 mm."""
    reference, prediction = np.zeros((4, 4, 5), bool), np.zeros((4, 4, 5), bool)
    reference[:, :, 1] = True
    prediction[:, :, 3] = True
    measured = surface_distances(reference, prediction, (1, 1, 0.5))
    assert measured.average == 1
    assert (measured.surface_dice(1), measured.surface_dice(0.99)) == (1, 0)
    rounded = surface_distances(reference, prediction, (1, 1, 0.5 + 1e-10))  # an affine's rounding
    assert rounded.surface_dice(1) == 1


def test_direction_counts() -> None:
    """A stray voxel of the prediction is far from the reference, but not the other way round."""
    reference = np.zeros((12, 5, 5), bool)
    reference[1:3, 1:4, 1:4] = True
    prediction = reference.copy()
    prediction[10, 2, 2] = True
    measured = surface_distances(reference, prediction, (1, 1, 1))
    assert (measured.reference_to_prediction, measured.hausdorff) == (0, 8)
    assert surface_distances(prediction, reference, (1, 1, 1)).reference_to_prediction == 8


def test_distances_are_between_surfaces_not_whole_structures() -> None:
    """A voxel in the middle of a 7^3 cube is in the structure, but three voxels from its surface."""
    cube, centre = np.ones((7, 7, 7), bool), np.zeros((7, 7, 7), bool)
    centre[3, 3, 3] = True
    assert surface_distances(centre, cube, (1, 1, 1)).reference_to_prediction == 3


@pytest.mark.parametrize("orders", ["CC", "FF", "CF", "FC"])
@pytest.mark.parametrize("spacing", SPACINGS)
def test_all_classes_at_once_equal_each_alone(orders: str, spacing: tuple[float, ...]) -> None:
    generator = np.random.default_rng(0)
    maps = [_blobs(generator), _blobs(generator)]
    maps[0][maps[0] == 2] = 0
    maps[1][maps[1] == 3] = 0
    first, second = (np.asarray(one, order=order) for one, order in zip(maps, orders, strict=True))
    measured = measure_surfaces(first, second, 6, spacing)
    assert set(measured) == {1, 4, 5}
    for index, distances in measured.items():
        forward, backward = brute_force(maps[0] == index, maps[1] == index, spacing)
        np.testing.assert_allclose(np.sort(distances.from_reference), np.sort(forward))
        np.testing.assert_allclose(np.sort(distances.from_prediction), np.sort(backward))


def _blobs(generator: np.random.Generator) -> np.ndarray:
    """Six smooth classes in (11, 12, 13)."""
    noise = generator.normal(size=(6, 11, 12, 13))
    return ndimage.gaussian_filter(noise, (0, 2, 2, 2)).argmax(axis=0).astype(np.uint8)


def test_what_has_no_distance_is_refused() -> None:
    one = np.ones((2, 2, 2), bool)
    with pytest.raises(ValueError, match="not empty"):
        surface_distances(one, ~one, (1, 1, 1))
    with pytest.raises(ValueError, match="differ in shape"):
        surface_distances(one, np.ones((2, 2, 3), bool), (1, 1, 1))
