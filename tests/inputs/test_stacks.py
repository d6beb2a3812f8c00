"""Stacks of slices and batches of them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from acenet.errors import InputError
from acenet.inputs import stacks
from acenet.inputs.stacks import (
    LabelledVolume,
    ResidentSlices,
    SliceDataset,
    Window,
    extract_stacks,
    normalise,
    resident,
    stack_indices,
)


@given(st.integers(1, 12), st.integers(0, 6), st.integers(0, 6), st.data())
def test_a_stack_holds_its_slice_in_place_and_missing_neighbours_are_the_slice_itself(
    depth: int, before: int, after: int, data: st.DataObject
) -> None:
    window = Window(before, after)
    k = data.draw(st.integers(0, depth - 1))
    indices = stack_indices(k, window, depth=depth)
    assert len(indices) == window.size == before + after + 1 and indices[before] == k
    for position, index in enumerate(indices):
        wanted = k + position - before
        assert index == (wanted if 0 <= wanted < depth else k)


def test_stacks_hold_the_slices_of_their_indices() -> None:
    volume = np.asfortranarray(np.arange(3 * 2 * 5, dtype=np.uint8).reshape(3, 2, 5))
    stacks = extract_stacks(volume, [4, 1], window=Window(1, 1))
    assert stacks.shape == (2, 3, 3, 2) and stacks.flags.c_contiguous
    for stack, planes in zip(stacks, ([3, 4, 4], [0, 1, 2]), strict=True):
        for plane, k in zip(stack, planes, strict=True):
            np.testing.assert_array_equal(plane, volume[:, :, k])


@pytest.mark.parametrize(("grey", "value"), [(0, -1.0), (128, 0.0), (255, 127 / 128)])
def test_grey_values_become_about_minus_one_to_one(grey: int, value: float) -> None:
    assert normalise(torch.tensor([grey], dtype=torch.uint8)).item() == value


def subject(name: str, depth: int, seed: int) -> LabelledVolume:
    random = np.random.default_rng(seed)
    image, classes, brain = (random.integers(0, n, (4, 6, depth), dtype=np.uint8) for n in (256, 28, 2))
    return LabelledVolume(name, image, classes, brain)


def test_the_data_set_holds_every_slice_of_every_subject_once() -> None:
    volumes = [subject("a", 3, 0), subject("b", 2, 1)]
    data = SliceDataset(volumes, window=Window(1, 1))
    assert len(data) == 5
    batch = data[[4, 0, 2]]
    assert batch.stack.shape == (3, 3, 4, 6) and batch.stack.dtype == torch.uint8
    for n, (volume, k) in enumerate(((volumes[1], 1), (volumes[0], 0), (volumes[0], 2))):
        np.testing.assert_array_equal(batch.stack[n, 1].numpy(), volume.image[:, :, k])
        np.testing.assert_array_equal(batch.classes[n].numpy(), volume.classes[:, :, k])
        np.testing.assert_array_equal(batch.brain[n].numpy(), volume.brain[:, :, k])
    # the neighbour beyond a subject's last slice is never another subject's first
    np.testing.assert_array_equal(batch.stack[2, 2].numpy(), volumes[0].image[:, :, 2])


def test_moving_a_batch_keeps_its_values() -> None:
    batch = SliceDataset([subject("a", 2, 0)], window=Window(0, 0))[[0, 1]]
    moved = batch.to(torch.device("cpu"))
    assert all(torch.equal(getattr(batch, n), getattr(moved, n)) for n in ("stack", "classes", "brain"))


def released_stacks(volume: np.ndarray, s: int) -> np.ndarray:
    """The released prediction's loop in words: pairs of slices, two windows each, taken from the ends near them."""
    coronal, width, stacks = volume.transpose(2, 0, 1), 2 * s + 1, []
    for pair in range(0, len(coronal), 2):
        if pair <= width:
            first = 0
        elif pair >= len(coronal) - width:
            first = len(coronal) - width - 1
        else:
            first = pair - s
        stacks += [coronal[first : first + width], coronal[first + 1 : first + 1 + width]]
    return np.stack(stacks)


@pytest.mark.parametrize(("s", "depth"), [(0, 2), (1, 4), (1, 12), (5, 12), (5, 26), (5, 256)])
def test_shifted_windows_are_those_of_the_released_prediction(s: int, depth: int) -> None:
    volume = np.arange(depth).astype(np.uint8)[None, None]
    found = extract_stacks(volume, range(depth), window=Window(s, s, edges="shifted"))
    np.testing.assert_array_equal(found, released_stacks(volume, s))


def test_shifted_windows_need_room_and_pairs() -> None:
    for depth, window in (
        (10, Window(5, 5, "shifted")),
        (13, Window(5, 5, "shifted")),
        (20, Window(5, 4, "shifted")),
    ):
        with pytest.raises(InputError, match="shifted windows"):
            stack_indices(0, window, depth=depth)


def test_volumes_on_a_device_give_the_same_batches() -> None:
    data = SliceDataset([subject("a", 5, 1), subject("b", 4, 2)], window=Window(2, 1))
    there = ResidentSlices(data, torch.device("cpu"))
    assert len(there) == len(data) and there.names([3, 7]) == data.names([3, 7])
    for indices in ([0], [8, 0, 4], list(range(9))):
        for one, other in zip(vars(data[indices]).values(), vars(there[indices]).values(), strict=True):
            assert torch.equal(one, other) and one.dtype == other.dtype == torch.uint8


@pytest.mark.parametrize(("free", "moved"), [(10**9, True), (1000, False)])
def test_volumes_move_to_a_gpu_that_has_room(free: int, moved: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    data = SliceDataset([subject("a", 5, 1)], window=Window(0, 0))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free, 10**9))
    monkeypatch.setattr(stacks, "ResidentSlices", lambda data, device: "there")
    assert resident(data, torch.device("cuda")) == ("there" if moved else data)
    assert resident(data, torch.device("cpu")) is data
