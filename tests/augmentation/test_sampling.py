"""Places follow ANTs' transforms in RAS millimetres; labels, mask and image follow the places."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from acenet.augmentation.ants_bridge import sample
from acenet.augmentation.sampling import (
    find_places,
    jacobian,
    sample_linear,
    sample_nearest,
    sample_vote,
)
from acenet.imaging.io import Volume

LIA = np.array([[-2.0, 0, 0, 18], [0, 0, 2, -20], [0, -2, 0, 22], [0, 0, 0, 1]])
LAS = np.array([[-1.5, 0, 0, 15], [0, 1.5, 0, -12], [0, 0, 1.5, -14], [0, 0, 0, 1]])
TURN = np.array(
    [[np.cos(0.3), -np.sin(0.3), 0, 3], [np.sin(0.3), np.cos(0.3), 0, -2], [0, 0, 1, 5], [0, 0, 0, 1]]
)
OBLIQUE = (
    TURN
    @ np.diag([2.0, 1.7, 2.2, 1.0])
    @ np.array([[1, 0, 0, -9], [0, 1, 0, -9], [0, 0, 1, -9], [0, 0, 0, 1.0]])
)
RAS_TO_LPS = np.diag([-1.0, -1, 1, 1])


def volume(affine: np.ndarray, shape: tuple[int, int, int] = (18, 20, 22)) -> Volume:
    return Volume(np.zeros(shape, np.uint8), affine, Path("made here"))


def written(ras: np.ndarray, folder: Path) -> Path:
    """A file that holds the map `ras` (4, 4) of target points to atlas points, in ANTs' own form."""
    import ants

    lps = RAS_TO_LPS @ ras @ RAS_TO_LPS
    transform = ants.create_ants_transform(
        transform_type="AffineTransform", matrix=lps[:3, :3], translation=lps[:3, 3], center=(0, 0, 0)
    )
    path = folder / "0GenericAffine.mat"
    ants.write_transform(transform, str(path))
    return path


def expected_places(ras: np.ndarray, atlas: np.ndarray, grid: Volume) -> np.ndarray:
    """The definition: voxel of the grid to RAS mm, through the map, to voxels of the atlas."""
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.array.shape), indexing="ij"))
    points = np.concatenate([index.reshape(3, -1), np.ones((1, grid.array.size))])
    return (np.linalg.inv(atlas) @ ras @ grid.affine @ points)[:3].reshape(3, *grid.array.shape)


@pytest.mark.parametrize("grid", [LIA, LAS, OBLIQUE], ids=["LIA", "LAS", "oblique"])
@pytest.mark.parametrize("atlas", [LIA, LAS], ids=["from LIA", "from LAS"])
def test_places_are_those_of_a_known_movement_in_ras(
    tmp_path: Path, grid: np.ndarray, atlas: np.ndarray
) -> None:
    towards_right = np.eye(4)
    towards_right[:3, 3] = 4, -3, 6
    for ras in (towards_right, TURN):
        found = find_places(volume(atlas), volume(grid), [written(ras, tmp_path)])
        expected = expected_places(ras, atlas, volume(grid))
        ends = np.array(volume(atlas).array.shape)[:, None, None, None] - 1
        within = ((expected > 0.01) & (expected < ends - 0.01)).all(axis=0)
        beyond = ((expected < -0.6) | (expected > ends + 0.6)).any(axis=0)
        assert within.sum() > 500 and np.abs(found - expected)[:, within].max() < 2e-3
        assert beyond.sum() > 50 and (found[:, beyond] == -1).all()


def test_several_transforms_are_gone_through_first_one_first(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    shift = np.eye(4)
    shift[0, 3] = 5
    files = [written(shift, tmp_path / "a"), written(TURN, tmp_path / "b")]
    found = find_places(volume(LIA), volume(LIA), files)
    expected = expected_places(TURN @ shift, LIA, volume(LIA))
    inside = found[0] >= 0
    assert inside.sum() > 500 and np.abs(found - expected)[:, inside].max() < 0.51  # the border is clamped
    middle = (slice(None), *(slice(6, 12),) * 3)
    assert np.abs(found - expected)[middle].max() < 2e-3


def test_the_vote_is_what_ants_calls_generic_label(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    labels = np.asfortranarray(np.kron(random.integers(0, 4, (5, 5, 6)), np.ones((4, 4, 4))).astype(np.uint8))
    atlas, grid = Volume(labels, LIA, Path("labels")), volume(OBLIQUE)
    transforms = [written(TURN, tmp_path)]
    ours = sample_vote(labels, find_places(atlas, grid, transforms))
    theirs = sample(atlas, grid, transforms, interpolation="genericLabel")
    assert (ours > 0).sum() > 500 and (ours == theirs).mean() > 0.999  # the rest: the field's border
    nearest = sample(atlas, grid, transforms, interpolation="nearestNeighbor")
    assert (sample_nearest(labels, find_places(atlas, grid, transforms)) == nearest).mean() > 0.995


SMALL = (4, 5, 6)
PLACES = arrays(np.float32, (3, 2, 3, 2), elements=st.floats(0, 3, width=32))


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint8, SMALL, elements=st.integers(0, 3)), PLACES)
def test_the_vote_by_its_definition(labels: np.ndarray, places: np.ndarray) -> None:
    found = sample_vote(labels, places)
    for where in np.ndindex(found.shape):
        point = places[(slice(None), *where)].astype(np.float64)
        votes = np.zeros(4)
        for neighbour in np.ndindex(*SMALL):
            votes[labels[neighbour]] += np.prod(np.maximum(0, 1 - np.abs(point - neighbour)))
        assert votes[found[where]] == pytest.approx(votes.max(), abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint8, SMALL, elements=st.integers(0, 6)), PLACES)
def test_a_coarse_map_warped_is_the_coarse_map_of_the_warped(labels: np.ndarray, places: np.ndarray) -> None:
    coarse = np.array([0, 1, 1, 2, 2, 0, 3], dtype=np.uint8)
    assert (coarse[sample_nearest(labels, places)] == sample_nearest(coarse[labels], places)).all()


def test_grey_levels_are_interpolated_and_nothing_is_outside() -> None:
    image = np.zeros(SMALL, np.uint8)
    image[1], image[2] = 100, 200
    places = np.array([[1.25, 1.5, 3.0, -1], [2, 2, 2, -1], [3, 3, 3, -1]], np.float32).reshape(3, 4, 1, 1)
    assert sample_linear(image, places).ravel().tolist() == [125, 150, 0, 0]
    assert sample_nearest(image, places).ravel().tolist() == [100, 200, 0, 0]
    assert sample_vote(image, places).ravel().tolist() == [100, 100, 0, 0]  # a tie goes to the lower


def test_jacobian_of_a_stretch_is_its_volume_and_of_a_mirror_negative() -> None:
    index = np.stack(np.meshgrid(*(np.arange(n, dtype=np.float32) for n in (8, 9, 10)), indexing="ij"))
    stretched = index * np.array([1.5, 0.5, 2.0], np.float32).reshape(3, 1, 1, 1)
    zooms = {"atlas_zooms": np.array([2.0, 2, 2]), "zooms": np.array([1.0, 1, 4])}
    assert jacobian(stretched, **zooms) == pytest.approx(np.full((8, 9, 10), 1.5 * 0.5 * 2 * 8 / 4))
    assert (jacobian(index[:, ::-1], **zooms) < 0).all()
    index[:, 0] = -1  # outside of the atlas
    found = jacobian(index, **zooms)
    assert np.isnan(found[:2]).all() and np.isfinite(found[2:]).all()
