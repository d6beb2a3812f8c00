"""Masks cover what they should, wherever a brain lies in its volume."""

import time

import numpy as np
import pytest
from scipy import ndimage

from acenet.errors import InputError
from acenet.imaging.masks import (
    bounding_box,
    box_centre,
    largest_part,
    mask_from_labels,
    require_covers,
    top_of_head_centre,
)


def ball(shape: tuple[int, int, int], centre: tuple[float, ...], radius: float) -> np.ndarray:
    offsets = np.indices(shape) - np.reshape(centre, (3, 1, 1, 1))
    return np.asarray((offsets**2).sum(axis=0) <= radius**2)


def test_a_mask_from_labels_fills_what_labels_leave_open() -> None:
    whole = ball((30, 30, 30), (15, 15, 15), 10)
    labels = whole * np.int16(17)
    labels[ball((30, 30, 30), (15, 15, 15), 4)] = 0  # a ventricle without a label
    labels[:, 15, 15:] = 0  # an open slit one voxel wide, as a sulcus is
    mask = mask_from_labels(labels, np.ones(3))
    assert mask.dtype == np.uint8
    assert mask[whole].mean() > 0.98
    assert not mask[~ball((30, 30, 30), (15, 15, 15), 11.5)].any()


def test_labels_at_the_border_of_the_volume_are_kept() -> None:
    labels = np.zeros((8, 9, 10), dtype=np.int16)
    labels[:, :5] = 3
    np.testing.assert_array_equal(mask_from_labels(labels, np.ones(3)), labels > 0)


def test_no_labels_no_mask() -> None:
    assert not mask_from_labels(np.zeros((4, 4, 4), dtype=np.int16), np.ones(3)).any()


def test_boxes() -> None:
    mask = np.zeros((6, 7, 8), dtype=np.uint8)
    mask[1, 2, 3] = mask[4, 5, 6] = 1
    assert bounding_box(mask) == (slice(1, 5), slice(2, 6), slice(3, 7))
    affine = np.diag([-2.0, 1.0, 3.0, 1.0])
    np.testing.assert_allclose(box_centre(mask, affine), [-5, 3.5, 13.5])


def test_the_box_of_a_turned_volume_follows_the_world() -> None:
    mask = np.zeros((5, 5, 5), dtype=np.uint8)
    mask[0, 0, 0] = mask[4, 0, 0] = mask[4, 4, 0] = 1
    angle = np.deg2rad(30)
    affine = np.eye(4)
    affine[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    corners = affine[:2, :2] @ np.array([[0, 4, 4], [0, 0, 4]])
    expected = [*((corners.min(axis=1) + corners.max(axis=1)) / 2), 0]
    np.testing.assert_allclose(box_centre(mask, affine), expected)


def test_coverage() -> None:
    mask, labelled = np.ones((10, 10, 10), np.uint8), np.ones((10, 10, 10), bool)
    mask[0, 0] = 0  # 1 % of the labels
    assert require_covers(mask, labelled, "mask.nii") == pytest.approx(0.01)
    mask[0, 1, 0] = 0
    with pytest.raises(InputError, match=r"mask\.nii.*excludes 1\.1%"):
        require_covers(mask, labelled, "mask.nii")
    with pytest.raises(InputError, match="an empty one"):
        require_covers(np.zeros_like(mask), labelled, "mask.nii")


def test_without_a_mask_the_top_of_the_head_counts() -> None:
    """A head of 170 mm above a neck of 40 mm, stored upside down with 5 mm voxels and a dim background."""
    image = np.full((40, 40, 60), 3, dtype=np.uint8)
    image[10:30, 8:32, 5:39] = 120  # 34 voxels: the upper 170 mm
    image[15:20, 15:20, 39:47] = 120  # the neck, off centre
    affine = np.diag([5.0, 5.0, -5.0, 1.0])
    centre = top_of_head_centre(image, affine)
    np.testing.assert_allclose(centre, [19.5 * 5, 19.5 * 5, -21.75 * 5], atol=3)


def test_specks_are_not_of_the_largest_part() -> None:
    mask = np.zeros((8, 8, 8), bool)
    mask[2:5, 2:5, 2:5] = True
    speckled = mask.copy()
    speckled[7, 7, 7] = speckled[0, 0, 0:2] = True
    np.testing.assert_array_equal(largest_part(speckled), mask)
    assert not largest_part(np.zeros((2, 2, 2), bool)).any()


def test_a_corner_joins_two_parts_where_corners_count() -> None:
    mask = np.zeros((6, 6, 6), bool)
    mask[0:2, 0:2, 0:2] = mask[2, 2, 2] = True
    np.testing.assert_array_equal(largest_part(mask, corners=True), mask)
    assert largest_part(mask).sum() == 8


def closed_by(structure: np.ndarray, labelled: np.ndarray, zooms: np.ndarray) -> np.ndarray:
    """A mask from labels by scipy's closing with a structuring element."""
    margin = max(structure.shape)
    closed = ndimage.binary_closing(np.pad(labelled, margin), structure)
    return np.asarray(ndimage.binary_fill_holes(closed))[(slice(margin, -margin),) * 3]


@pytest.mark.parametrize(
    "zooms",
    [(1, 1, 1), (0.5, 0.5, 0.5), (0.8, 0.8, 0.8), (3, 3, 3), (1, 1, 1.25), (0.5, 2.0, 0.9), (0.6, 0.6, 4)],
)
def test_closing_is_that_of_all_within_3_mm_along_edges(zooms: tuple[float, float, float]) -> None:
    """The structuring element written out; for cubes it is scipy's cross, repeated."""
    labels = (np.random.default_rng(1).random((17, 19, 15)) > 0.9).astype(np.int16)
    labels[:, 5:9] = 0
    reach = round(3 / min(zooms)) * min(zooms)
    sides = [int(reach / zoom + 1e-9) for zoom in zooms]
    offsets = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in sides), indexing="ij"), axis=-1)
    structure = (np.abs(offsets) * zooms).sum(axis=-1) <= reach + 1e-9
    mask = mask_from_labels(labels, np.array(zooms, dtype=float))
    np.testing.assert_array_equal(mask, closed_by(structure, labels > 0, np.array(zooms)))
    if len(set(zooms)) == 1:
        cross = ndimage.iterate_structure(ndimage.generate_binary_structure(3, 1), sides[0])
        np.testing.assert_array_equal(structure, cross)


def test_a_large_mask_closes_in_seconds() -> None:
    x, y, z = np.ogrid[-128:128, -128:128, -128:128]
    labels = (x * x + y * y + z * z < 10000).astype(np.int16)
    started = time.monotonic()
    mask_from_labels(labels, np.array([0.9, 1.0, 1.2]))
    assert time.monotonic() - started < 10
