"""Patches: where they lie, that they hold the brain, and that a seed decides them."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from acenet.errors import InputError
from acenet.inputs.patches import Patch, PatchDataset, draw_corner, patches_that_fill
from acenet.inputs.stacks import LabelledVolume


@pytest.mark.parametrize(
    ("side", "grid", "shape"),
    [
        (96, (256, 256, 256), (96, 96, 96)),
        (96, (80, 96, 95), (80, 96, 88)),
        (32, (48, 48, 58), (32, 32, 32)),
        (64, (48, 48, 58), (48, 48, 56)),
        (16, (8, 7, 15), (8, 8, 8)),
    ],
)
def test_a_patch_is_cut_to_the_grid_in_eights(
    side: int, grid: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    assert Patch(side).shape(grid) == shape


@pytest.mark.parametrize("side", [0, 4, 12, -8])
def test_sides_that_cannot_be_halved_three_times_are_refused(side: int) -> None:
    with pytest.raises(InputError, match="multiple of 8"):
        Patch(side)


def subject(name: str, shape: tuple[int, int, int], *, seed: int = 0, brain: float = 0.1) -> LabelledVolume:
    """A volume whose image numbers its voxels, as far as a byte can."""
    random = np.random.default_rng(seed)
    image = np.asfortranarray(np.arange(np.prod(shape)).reshape(shape) % 251).astype(np.uint8)
    mask = np.asfortranarray(random.random(shape) < brain).astype(np.uint8)
    mask[tuple(n // 2 for n in shape)] = 1
    return LabelledVolume(name, image, np.asfortranarray(255 - image), mask)


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(st.integers(8, 30), st.integers(8, 30), st.integers(8, 30)),
    st.sampled_from([8, 16, 24]),
    st.integers(0, 2**32),
)
def test_a_patch_lies_inside_the_volume_and_holds_some_brain(
    grid: tuple[int, int, int], side: int, seed: int
) -> None:
    volume, shape = subject("a", grid, seed=seed, brain=0.001), Patch(side).shape(grid)
    corner = draw_corner(volume.brain, shape, np.random.default_rng(seed))
    assert all(0 <= start <= n - length for start, n, length in zip(corner, grid, shape, strict=True))
    box = tuple(slice(start, start + length) for start, length in zip(corner, shape, strict=True))
    assert volume.brain[box].any()


def test_every_position_that_holds_brain_comes_up_and_no_other() -> None:
    grid, brain = (12, 10, 9), np.zeros((12, 10, 9), np.uint8)
    brain[10, 1, 4] = brain[2, 8, 8] = 1
    positions = itertools.product(*(range(n - 8 + 1) for n in grid))
    wanted = {(x, y, z) for x, y, z in positions if brain[x : x + 8, y : y + 8, z : z + 8].any()}
    assert 0 < len(wanted) < 5 * 3 * 2
    drawn = {draw_corner(brain, (8, 8, 8), np.random.default_rng(seed)) for seed in range(600)}
    assert drawn == wanted


def test_voxels_and_places_are_drawn_evenly() -> None:
    brain = np.zeros((40, 8, 8), np.uint8)
    brain[15], brain[35] = 1, 1  # two planes: half of the draws each
    corners = np.array(
        [draw_corner(brain, (8, 8, 8), np.random.default_rng(seed))[0] for seed in range(4000)]
    )
    counts = np.bincount(corners, minlength=33)
    assert counts[8:16].sum() + counts[28:33].sum() == 4000
    assert counts[8:16].sum() == pytest.approx(2000, abs=160)  # five standard deviations
    np.testing.assert_allclose(counts[8:16], 250, atol=80)
    np.testing.assert_allclose(counts[28:33], 400, atol=95)  # 36..39 do not fit


def test_a_volume_without_brain_is_sampled_all_the_same() -> None:
    corner = draw_corner(np.zeros((8, 8, 9), np.uint8), (8, 8, 8), np.random.default_rng(0))
    assert corner[:2] == (0, 0) and corner[2] in (0, 1)


def test_the_volumes_order_in_memory_does_not_matter() -> None:
    brain = subject("a", (20, 12, 16)).brain
    first, second = (
        draw_corner(order(brain), (8, 8, 8), np.random.default_rng(3))
        for order in (np.asfortranarray, np.ascontiguousarray)
    )
    assert first == second


def test_an_epoch_has_about_as_many_voxels_as_the_volumes() -> None:
    assert patches_that_fill((256, 256, 256), Patch(96)) == 19  # 18.96
    assert patches_that_fill((48, 48, 58), Patch(32)) == 4  # 4.08
    assert patches_that_fill((8, 8, 15), Patch(96)) == 2  # 1.875 of 8^3
    assert patches_that_fill((48, 48, 58), Patch(96)) == 1
    volumes = [subject("a", (16, 16, 16)), subject("b", (16, 16, 16), seed=1)]
    assert len(PatchDataset(volumes, patch=Patch(8))) == 16
    assert len(PatchDataset(volumes, patch=Patch(8), per_volume=3)) == 6


def test_a_batch_holds_the_same_box_of_image_classes_and_brain() -> None:
    volumes = [subject("a", (20, 12, 16)), subject("b", (20, 12, 16), seed=1)]
    data = PatchDataset(volumes, patch=Patch(8), per_volume=2)
    batch = data[[3, 0, 1]]
    assert batch.stack.shape == (3, 1, 8, 8, 8) and batch.classes.shape == batch.brain.shape == (3, 8, 8, 8)
    assert {t.dtype for t in (batch.stack, batch.classes, batch.brain)} == {torch.uint8}
    assert torch.equal(batch.stack[:, 0], 255 - batch.classes)
    for n, volume in enumerate((volumes[1], volumes[0], volumes[0])):
        windows = np.lib.stride_tricks.sliding_window_view(volume.image, (8, 8, 8))
        places = np.argwhere((windows == batch.stack[n, 0].numpy()).all((3, 4, 5)))
        masks = [volume.brain[x : x + 8, y : y + 8, z : z + 8] for x, y, z in places]
        assert any(np.array_equal(mask, batch.brain[n].numpy()) for mask in masks)


def corners(data: PatchDataset, indices: list[int]) -> list[bytes]:
    return [data[[i]].stack.numpy().tobytes() for i in indices]


def test_the_epochs_seed_alone_decides_the_patches() -> None:
    volumes = [subject("a", (40, 40, 40))]
    data, again = (PatchDataset(volumes, patch=Patch(8), per_volume=12) for _ in range(2))
    first, second = data.for_epoch(5), again.for_epoch(1).for_epoch(5)
    forwards, backwards = list(range(12)), list(range(11, -1, -1))
    assert corners(first, forwards) == corners(second, backwards)[::-1]  # whatever was fetched before
    assert len(set(corners(first, forwards))) > 6  # the patches of an epoch differ
    assert corners(first, forwards) != corners(data.for_epoch(6), forwards)
    assert len(first) == len(data)
    apart = DataLoader(first, sampler=[[0, 1], [2]], batch_size=None, num_workers=1)
    fetched = [patch.numpy().tobytes() for batch in apart for patch in batch.stack]
    assert fetched == corners(first, [0, 1, 2])  # in another process, too


def test_volumes_thinner_than_eight_voxels_are_refused() -> None:
    with pytest.raises(InputError, match=r"thin: expected at least 8 voxels.*\(16, 16, 7\)"):
        PatchDataset([subject("thin", (16, 16, 7))], patch=Patch(8))
