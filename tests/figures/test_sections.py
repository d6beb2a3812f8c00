import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nibabel.orientations import aff2axcodes

from acenet.errors import InputError
from acenet.figures.sections import (
    Box,
    bounds,
    fullest_slice,
    grey_levels,
    grow,
    is_any,
    join,
    min_max,
    outline,
    overlay,
    rich_slice,
    section,
    shift_inside,
    whole,
    widen,
)
from acenet.imaging.grid import Grid

SIDES = st.integers(1, 30)


@st.composite
def masks(draw: st.DrawFn) -> np.ndarray:
    """Pictures with at least one True pixel."""
    shape = draw(st.tuples(SIDES, SIDES))
    mask = np.zeros(shape, bool)
    for _ in range(draw(st.integers(1, 5))):
        mask[draw(st.integers(0, shape[0] - 1)), draw(st.integers(0, shape[1] - 1))] = True
    return mask


def test_left_of_the_picture_is_left_and_its_top_is_superior() -> None:
    affine = Grid().affine_around(np.zeros(3))
    assert aff2axcodes(affine) == ("L", "I", "A")
    volume = np.zeros((4, 3, 2), np.uint8)
    volume[3, 0, 1] = 1  # the most left, most superior voxel of slice 1
    assert section(volume, 1).tolist() == [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert not section(volume, 0).any()


def test_bounds_of_a_rectangle() -> None:
    mask = np.zeros((9, 12), bool)
    mask[2:5, 3:10] = True
    assert bounds(mask) == Box(left=2.5, top=1.5, width=7, height=3)
    with pytest.raises(ValueError, match="no pixel"):
        bounds(np.zeros((3, 3), bool))


def about(box: Box) -> Box:
    """A trifle more than the box, against rounding."""
    return grow(box, 1e-9)


def test_grow() -> None:
    assert grow(Box(2, 3, 4, 1), 2) == Box(0, 1, 8, 5)


@given(masks(), st.floats(0.3, 4), st.floats(0, 60))
def test_a_widened_box_has_its_shape_and_contains_the_structure(mask, aspect, least) -> None:
    inner = bounds(mask)
    box = widen(inner, aspect=aspect, least=least)
    assert box.width / box.height == pytest.approx(aspect)
    assert box.width >= least and about(box).contains(inner)
    tight = box.width <= inner.width + 1e-9 or box.height <= inner.height + 1e-9 or box.width <= least + 1e-9
    assert tight  # no larger than needed


@given(masks(), st.floats(0.3, 4), st.floats(0, 5))
def test_a_box_shifted_inside_still_contains_the_structure(mask, aspect, margin) -> None:
    inner, outer = bounds(mask), whole(mask)
    wanted = widen(grow(inner, margin), aspect=aspect)
    box = shift_inside(wanted, outer)
    assert (box.width, box.height) == (wanted.width, wanted.height)
    assert about(box).contains(inner)
    for low, size, start, side in (
        (box.left, box.width, outer.left, outer.width),
        (box.top, box.height, outer.top, outer.height),
    ):
        if size <= side:
            assert start - 1e-9 <= low and low + size <= start + side + 1e-9
        else:
            assert low + size / 2 == pytest.approx(start + side / 2)


def test_shift_inside_moves_no_further_than_needed() -> None:
    outer = Box(0, 0, 10, 10)
    assert shift_inside(Box(-3, 4, 4, 4), outer) == Box(0, 4, 4, 4)
    assert shift_inside(Box(8, 8, 4, 4), outer) == Box(6, 6, 4, 4)
    assert shift_inside(Box(2, 2, 12, 4), outer) == Box(-1, 2, 12, 4)


def test_join_is_the_box_around_both() -> None:
    assert join(Box(0, 5, 2, 2), Box(1, 1, 6, 1)) == Box(0, 1, 7, 6)


def test_the_fullest_slice_counts_all_named_structures_together() -> None:
    classes = np.zeros((4, 4, 5), np.uint8)
    classes[:3, 0, 1] = 2  # three of class 2
    classes[:2, 0, 3] = 2
    classes[:2, 1, 3] = 5  # four of classes 2 and 5
    classes[:, :, 4] = 7
    assert fullest_slice(classes, [2]) == 1
    assert fullest_slice(classes, [2, 5]) == 3
    assert fullest_slice(classes, [9]) is None
    classes[:3, 0, 0] = 2
    assert fullest_slice(classes, [2]) == 0  # of equals the first


def test_a_rich_slice_has_nearly_the_most_structures_and_follows_the_seed() -> None:
    classes = np.zeros((4, 8, 30), np.uint8)
    for k in range(30):
        n = 20 if k in (11, 12) else 18 if k in (5, 20) else 17
        classes.reshape(-1, 30)[:n, k] = np.arange(1, n + 1)
    drawn = {rich_slice(classes, np.random.default_rng(seed)) for seed in range(40)}
    assert drawn == {5, 11, 12, 20}  # 18 is 90 % of 20, 17 is not
    assert rich_slice(classes, np.random.default_rng(3)) == rich_slice(classes, np.random.default_rng(3))
    with pytest.raises(InputError, match="background alone"):
        rich_slice(np.zeros((4, 4, 4), np.uint8), np.random.default_rng(0))


def test_grey_levels_are_white_from_the_brains_bright_end_on() -> None:
    image = np.arange(0, 202, dtype=np.uint8).reshape(1, -1)
    brain = (image <= 200) & (image > 0)
    levels = grey_levels(image, brain)
    white = np.percentile(np.arange(1, 201), 99.5)
    assert levels[0, 100] == pytest.approx(100 / white) and levels[0, 201] == 1
    assert grey_levels(np.zeros((2, 2), np.uint8), np.zeros((2, 2))).max() == 0


def test_colours_are_mixed_with_the_image_where_their_class_is() -> None:
    grey = np.full((1, 3), 0.4)
    picture = overlay(grey, np.array([[0, 3, 9]], np.uint8), {3: (255, 0, 51), 0: (0, 0, 0)}, opacity=0.25)
    np.testing.assert_allclose(picture[0, 1], (0.3 + 0.25, 0.3, 0.3 + 0.05))
    np.testing.assert_allclose(picture[0, 2], 0.4)  # no colour was given for class 9
    np.testing.assert_allclose(overlay(grey, np.full((1, 3), 7, np.uint8), {}, opacity=0.5), 0.4)


def test_is_any() -> None:
    assert is_any(np.array([0, 1, 255], np.uint8), [255, 1]).tolist() == [False, True, True]


def test_outline_of_a_rectangle_at_the_pictures_border() -> None:
    mask = np.zeros((4, 5), bool)
    mask[0:2, 2:5] = True
    lines = outline(mask)
    assert len(lines) == 2 * (2 + 3)
    assert np.linalg.norm(lines[:, 1] - lines[:, 0], axis=1).tolist() == [1.0] * 10
    assert lines[..., 0].min() == 1.5 and lines[..., 0].max() == 4.5  # x: from column 2 to 4
    assert lines[..., 1].min() == -0.5 and lines[..., 1].max() == 1.5
    assert len(outline(np.zeros((3, 3), bool))) == 0


@given(masks())
def test_outlines_are_closed_and_run_between_inside_and_outside(mask) -> None:
    lines = outline(mask)
    ends, counts = np.unique(lines.reshape(-1, 2), axis=0, return_counts=True)
    assert (counts % 2 == 0).all()  # every line goes on from where another ends
    padded = np.pad(mask, 1)
    edges = sum(int(np.abs(np.diff(padded.astype(int), axis=axis)).sum()) for axis in (0, 1))
    assert len(lines) == edges and len(ends) > 0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_min_max_reaches_both_ends_and_keeps_the_order(values) -> None:
    scaled = min_max(np.array(values))
    if min(values) == max(values):
        assert (scaled == 0).all()
    else:
        assert scaled.min() == 0 and scaled.max() == 1
        assert (np.diff(scaled[np.argsort(values)]) >= 0).all()
