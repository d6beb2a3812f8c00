"""Smaller slices: by hand where pixels divide evenly, by counting where they do not."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acenet.inputs.reduced import averaged, voted


def test_of_twice_as_many_pixels_each_four_vote() -> None:
    labels = np.array([[1, 1, 5, 6], [1, 2, 7, 6], [3, 4, 0, 0], [4, 4, 0, 9]], np.uint8)[:, :, None]
    # 1 1 1 2; 5 6 7 6; 3 4 4 4; 0 0 0 9
    np.testing.assert_array_equal(voted(labels, (2, 2))[:, :, 0], [[1, 6], [4, 0]])


def test_of_equally_frequent_labels_the_first_counts() -> None:
    labels = np.array([[3, 1], [1, 3]], np.uint8)[:, :, None]
    assert voted(labels, (1, 1)).tolist() == [[[3]]]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), large=st.integers(6, 20), small=st.integers(1, 6))
def test_no_label_beats_the_vote(seed: int, large: int, small: int) -> None:
    labels = np.random.default_rng(seed).integers(0, 4, (large, large + 2, 2), np.uint8)
    found = voted(labels, (small, small))
    at = [
        [int((i + half) * n / small) for half in (0.25, 0.75)] for n in labels.shape[:2] for i in range(small)
    ]
    rows, columns = at[:small], at[small:]
    for i in range(small):
        for j in range(small):
            for k in range(2):
                votes = Counter(int(labels[x, y, k]) for x in rows[i] for y in columns[j])
                assert votes[int(found[i, j, k])] == max(votes.values())


@pytest.mark.parametrize("shape", [(32, 32), (16, 32), (48, 48)])
def test_what_is_constant_stays_so_and_the_mean_hardly_changes(shape: tuple[int, int]) -> None:
    constant = np.full((48, 48, 3), 200, np.uint8)
    for reduce in (averaged, voted):
        found = reduce(constant, shape)
        assert found.shape == (*shape, 3) and found.dtype == np.uint8 and (found == 200).all()
        assert found.flags.f_contiguous
    noise = np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8)
    assert abs(averaged(noise, shape).mean() - noise.mean()) < 2


def test_the_size_it_has_changes_nothing() -> None:
    labels = np.random.default_rng(0).integers(0, 256, (16, 32, 2), np.uint8)
    for reduce in (averaged, voted):
        np.testing.assert_array_equal(reduce(labels, (16, 32)), labels)


def test_image_and_labels_stay_in_the_same_place() -> None:
    """The image of a label's shape, made smaller, is bright where the smaller labels are."""
    labels = np.zeros((48, 48, 2), np.uint8)
    labels[9:30, 18:27] = 1
    bright = averaged(labels * 200, (32, 32)) > 100
    assert (bright == voted(labels, (32, 32)).astype(bool)).mean() > 0.99


def test_slices_do_not_mix() -> None:
    volume = np.zeros((32, 32, 3), np.uint8)
    volume[:, :, 1] = 255
    for reduce in (averaged, voted):
        found = reduce(volume, (16, 16))
        assert (found[:, :, 1] == 255).all() and not found[:, :, [0, 2]].any()
