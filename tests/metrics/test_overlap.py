"""Overlaps against hand-computed values and sets of voxels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from acenet.metrics.overlap import BLOCK, class_sizes, dice, jaccard, joint_histogram, volume_similarity

maps = array_shapes(min_dims=3, max_dims=3, max_side=5).flatmap(
    lambda shape: st.tuples(*(arrays(np.uint8, shape, elements=st.integers(0, 3)) for _ in range(2)))
)


def test_a_hand_computed_example() -> None:
    reference = np.array([[[0, 1, 1, 1, 2, 2]]], dtype=np.uint8)
    prediction = np.array([[[0, 1, 1, 2, 2, 0]]], dtype=np.uint8)
    histogram = joint_histogram(reference, prediction, 4)
    assert histogram.tolist() == [[1, 0, 0, 0], [0, 2, 1, 0], [1, 0, 1, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(dice(histogram), [2 / 3, 4 / 5, 2 / 4, np.nan])
    np.testing.assert_allclose(jaccard(histogram), [1 / 2, 2 / 3, 1 / 3, np.nan])
    np.testing.assert_allclose(volume_similarity(histogram), [2 / 3, 4 / 5, 1, np.nan])
    assert [sizes.tolist() for sizes in class_sizes(histogram)] == [[1, 3, 2, 0], [2, 2, 2, 0]]


def test_an_exact_quotient_stays_exact() -> None:
    reference = np.zeros((4, 4, 4), dtype=np.uint8)
    reference[:2] = 1
    assert dice(joint_histogram(reference, reference, 2)).tolist() == [1.0, 1.0]


@settings(deadline=None)
@given(maps)
def test_equal_to_counting_sets_of_voxels(pair: tuple[np.ndarray, np.ndarray]) -> None:
    reference, prediction = pair
    histogram = joint_histogram(reference, prediction, 4)
    assert histogram.sum() == reference.size
    for label in range(4):
        first = {tuple(place) for place in np.argwhere(reference == label)}
        second = {tuple(place) for place in np.argwhere(prediction == label)}
        if first or second:
            assert dice(histogram)[label] == 2 * len(first & second) / (len(first) + len(second))
            assert jaccard(histogram)[label] == len(first & second) / len(first | second)
            excess = abs(len(first) - len(second)) / (len(first) + len(second))
            assert volume_similarity(histogram)[label] == pytest.approx(1 - excess)
            assert dice(histogram)[label] <= volume_similarity(histogram)[label]
        else:
            assert all(np.isnan(one(histogram)[label]) for one in (dice, jaccard, volume_similarity))


@settings(deadline=None)
@given(maps)
def test_symmetry_and_the_identity_between_dice_and_jaccard(pair: tuple[np.ndarray, np.ndarray]) -> None:
    forward, backward = joint_histogram(*pair, 4), joint_histogram(*pair[::-1], 4)
    np.testing.assert_array_equal(dice(forward), dice(backward))
    np.testing.assert_allclose(dice(forward), 2 * jaccard(forward) / (1 + jaccard(forward)), rtol=1e-12)


def test_more_agreement_never_lowers_the_overlap() -> None:
    generator = np.random.default_rng(3)
    reference = generator.integers(0, 2, (6, 6, 6), dtype=np.uint8)
    prediction = generator.integers(0, 2, (6, 6, 6), dtype=np.uint8)
    last = dice(joint_histogram(reference, prediction, 2))
    for place in np.argwhere(reference != prediction):
        prediction[tuple(place)] = reference[tuple(place)]
        now = dice(joint_histogram(reference, prediction, 2))
        assert (now > last).all()
        last = now
    assert last.tolist() == [1, 1]


@pytest.mark.parametrize("order", ["CC", "FF", "CF"])
def test_memory_order_and_blocks_do_not_matter(order: str) -> None:
    generator = np.random.default_rng(1)
    shape = (128, 128, BLOCK // 128**2 + 3)  # more than one block
    pair = [
        np.asarray(generator.integers(0, 139, shape, dtype=np.uint8), order=one)  # type: ignore[call-overload]
        for one in order
    ]
    histogram = joint_histogram(pair[0], pair[1], 139)
    assert histogram.sum() == pair[0].size
    assert histogram[17, 138] == np.count_nonzero((pair[0] == 17) & (pair[1] == 138))


@pytest.mark.parametrize(
    ("reference", "prediction", "message"),
    [
        (np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2, 3), np.uint8), "differ in shape"),
        (np.zeros((2, 2, 2), np.int16), np.zeros((2, 2, 2), np.uint8), "reference: expected uint8"),
        (np.zeros((2, 2, 2), np.uint8), np.full((2, 2, 2), 4, np.uint8), "prediction: .* found 4"),
    ],
)
def test_bad_maps_are_refused(reference: np.ndarray, prediction: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        joint_histogram(reference, prediction, 4)
