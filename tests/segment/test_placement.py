"""Where the grid of a scan without a mask comes to lie."""

from collections.abc import Callable

import numpy as np
import pytest

from acenet.errors import InputError
from acenet.imaging.grid import Grid, field_centre
from acenet.inference.volume import Segmentation
from acenet.segment.placement import MOST_LOOKS, place

AFFINE = np.array([[-2.0, 0, 0, 60], [0, 2, 0, -64], [0, 0, 2, -30], [0, 0, 0, 1]])
SHAPE = (60, 64, 70)
BRAIN = (slice(20, 40), slice(24, 44), slice(30, 46))
GRID = Grid((16, 16, 16), 4.0, "brain")


def scan() -> np.ndarray:
    """A bright brain within a dim head that reaches further down."""
    grey = np.zeros(SHAPE, np.uint8)
    grey[15:45, 18:50, 0:50] = 120
    grey[BRAIN] = 250
    return grey


def sees_bright(image: np.ndarray, number: int) -> Segmentation:
    """A network that labels what is bright, as far as the grid shows it."""
    return Segmentation((image > 200).astype(np.uint8), None)


def place_of_brain(affine: np.ndarray) -> np.ndarray:
    middle = [(part.start + part.stop - 1) / 2 for part in BRAIN]
    return affine[:3, :3] @ middle + affine[:3, 3]


def grid_centre(affine: np.ndarray) -> np.ndarray:
    return affine[:3, :3] @ (np.array(GRID.shape) / 2) + affine[:3, 3]


def test_the_grid_moves_to_the_brain() -> None:
    placed = place(scan(), AFFINE, GRID, sees_bright)
    assert 1 < placed.looks <= MOST_LOOKS
    assert np.abs(grid_centre(placed.affine) - place_of_brain(AFFINE)).max() <= GRID.voxel_mm
    assert placed.image.shape == GRID.shape
    np.testing.assert_array_equal(placed.found.classes, sees_bright(placed.image, 0).classes)


@pytest.mark.parametrize(("mm", "noted"), [(4.0, True), (6.0, False)])
def test_a_grid_around_the_brain_that_is_too_small_for_it_is_noted(mm: float, noted: bool) -> None:
    notes = place(scan(), AFFINE, Grid((16, 16, 16), mm, "brain"), sees_bright).notes
    # Of a head of 60 x 64 x 100 mm, a grid of 64 mm around the brain holds about half, one of 96 mm nearly all.
    assert bool(notes) == noted and all("of the upper head lies outside the grid" in note for note in notes)


def test_a_grid_around_the_field_stays_there() -> None:
    placed = place(scan(), AFFINE, Grid((32, 32, 32), 4.0), sees_bright)
    expected = Grid((32, 32, 32), 4.0).affine_around(field_centre(SHAPE, AFFINE))
    np.testing.assert_allclose(placed.affine, expected)
    assert placed.looks == 1


def neck(above: int) -> np.ndarray:
    """A head of 60 x 64 x 100 mm at the top of a field of 280 mm, `above` voxels of air over it."""
    grey = np.zeros((60, 64, 140), np.uint8)
    grey[15:45, 18:50, 90 - above : 140 - above] = 120
    grey[20:40, 24:44, 120 - above : 136 - above] = 250
    return grey


def test_a_grid_around_the_field_moves_where_it_would_cut_the_head() -> None:
    grid = Grid((32, 32, 32), 4.0)
    placed = place(neck(0), AFFINE, grid, sees_bright)  # of voxels 90 to 139, the grid holds up to 103
    assert placed.notes == (
        "the grid was moved to the head: around the field of view, 72% of the upper head lay outside the grid",
    )
    onto = np.linalg.inv(placed.affine) @ AFFINE
    head = onto[:3, :3] @ np.argwhere(neck(0)).T + onto[:3, 3:]
    assert head.min() >= -0.5 and head.max() < 31.5


def test_little_of_the_head_outside_a_grid_around_the_field_is_noted() -> None:
    grid = Grid((32, 32, 32), 4.0)
    placed = place(neck(34), AFFINE, grid, sees_bright)
    assert placed.notes == ("4% of the upper head lies outside the grid around the field of view",)
    np.testing.assert_allclose(placed.affine, grid.affine_around(field_centre((60, 64, 140), AFFINE)))
    assert place(neck(45), AFFINE, grid, sees_bright).notes == ()


def test_the_number_of_looks_is_bounded() -> None:
    """A network that never sees the brain where the grid is."""

    def restless(image: np.ndarray, number: int) -> Segmentation:
        classes = np.zeros(image.shape, np.uint8)
        classes[(0 if number % 2 else -1), 8, 8] = 1
        return Segmentation(classes, None)

    assert place(scan(), AFFINE, GRID, restless).looks == MOST_LOOKS


@pytest.mark.parametrize("grid", [GRID, Grid((32, 32, 32), 4.0)])
def test_no_brain_is_no_result(grid: Grid) -> None:
    sees_nothing: Callable = lambda image, number: Segmentation(np.zeros_like(image), None)  # noqa: E731
    with pytest.raises(InputError, match="found no brain"):
        place(scan(), AFFINE, grid, sees_nothing)
