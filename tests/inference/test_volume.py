"""Whole volumes, against slices segmented one at a time."""

import numpy as np
import pytest
import torch
from torch import Tensor

from acenet.inference.volume import segment_volume
from acenet.inputs.stacks import Window, normalise
from acenet.networks import NetworkSettings, build_network
from acenet.networks.outputs import Outputs, SegmentationNetwork

CPU = torch.device("cpu")


def volume(depth: int = 7) -> np.ndarray:
    return np.asfortranarray(np.random.default_rng(0).integers(0, 256, (32, 16, depth), dtype=np.uint8))


def trained_network(s: int, *, skull: bool) -> SegmentationNetwork:
    """A small network whose statistics have seen some data, with heads that prefer no class."""
    torch.manual_seed(7)
    settings = NetworkSettings("acenet", 6, s=s, skull=skull, filters=4, kernel=3, dropout=0.2)
    network, seen = build_network(settings), torch.randn(8, 2 * s + 1, 32, 16)
    with torch.no_grad():
        for _ in range(5):
            network(seen)
        for output, name in zip(network.eval()(seen), ("label", "", "skull", "fused"), strict=True):
            if output is not None and name:
                head = getattr(network, f"{name}_head")
                (head if name == "fused" else head[-1]).bias -= output.mean((0, 2, 3))
    return network


def one_at_a_time(network: SegmentationNetwork, image: np.ndarray, s: int) -> tuple[np.ndarray, np.ndarray]:
    """Classes and brain mask by a loop over slices and neighbours, straight from the paper's words."""
    classes, brain = np.zeros_like(image), np.zeros_like(image)
    depth = image.shape[2]
    network.eval()
    for k in range(depth):
        planes = []
        for offset in range(-s, s + 1):
            inside = 0 <= k + offset < depth
            planes.append(image[:, :, k + offset if inside else k])
        with torch.no_grad():
            out = network(normalise(torch.from_numpy(np.stack(planes)))[None])
        structures = out.label if out.fused is None else out.fused
        classes[:, :, k] = structures[0].argmax(0).numpy()
        if out.skull is not None:
            brain[:, :, k] = (out.skull[0, 1] > out.skull[0, 0]).numpy()
    return classes, brain


@pytest.mark.parametrize(("s", "skull"), [(0, False), (2, False), (2, True)])
def test_equals_slices_one_at_a_time_whatever_the_batch(s: int, skull: bool) -> None:
    network, image = trained_network(s, skull=skull), volume()
    classes, brain = one_at_a_time(network, image, s)
    assert len(np.unique(classes)) > 2
    for batch in (1, 3, 7, 100):
        found = segment_volume(network, image, view=Window(s, s), batch=batch, device=CPU)
        np.testing.assert_array_equal(found.classes, classes)
        assert found.classes.dtype == np.uint8 and found.classes.flags.f_contiguous
        if skull:
            assert found.brain is not None and found.brain.any() and not found.brain.all()
            np.testing.assert_array_equal(found.brain, brain)
        else:
            assert found.brain is None


class Recorder(SegmentationNetwork):
    """Keeps what it is shown; says class 3 where the centre slice is bright."""

    def __init__(self, s: int) -> None:
        super().__init__()
        self.s, self.stacks, self.modes = s, [], []

    def forward(self, stack: Tensor) -> Outputs:
        self.stacks.append(stack.clone())
        self.modes.append((self.training, torch.is_inference_mode_enabled()))
        label = torch.zeros(len(stack), 4, *stack.shape[2:])
        label[:, 3] = stack[:, self.s]
        return Outputs(label)


def test_the_network_sees_stacks_with_the_slice_itself_beyond_the_ends() -> None:
    network, image = Recorder(2), volume(4)
    found = segment_volume(network, image, view=Window(2, 2), batch=3, device=CPU)
    shown = torch.cat(network.stacks).numpy() * 128 + 128
    wanted = [[0, 0, 0, 1, 2], [1, 0, 1, 2, 3], [0, 1, 2, 3, 2], [1, 2, 3, 3, 3]]
    np.testing.assert_array_equal(shown, image.transpose(2, 0, 1)[np.array(wanted)])
    np.testing.assert_array_equal(found.classes, np.where(image > 128, 3, 0))


@pytest.mark.parametrize("training", [True, False])
def test_the_network_evaluates_and_is_left_as_it_was(training: bool) -> None:
    network = Recorder(0).train(training)
    segment_volume(network, volume(2), view=Window(0, 0), batch=1, device=CPU)
    assert network.modes == [(False, True)] * 2 and network.training is training


def test_every_batch_is_shown_once_with_its_outputs() -> None:
    network, image, seen = trained_network(1, skull=True), volume(), []

    def watch(slices: range, outputs: Outputs) -> None:
        seen.append((slices, outputs.structures.argmax(1).byte().numpy()))

    found = segment_volume(network, image, view=Window(1, 1), batch=3, device=CPU, watch=watch)
    assert [slices for slices, _ in seen] == [range(0, 3), range(3, 6), range(6, 7)]
    np.testing.assert_array_equal(
        np.concatenate([classes for _, classes in seen]).transpose(1, 2, 0), found.classes
    )


def test_every_batch_that_is_done_is_reported() -> None:
    passed: list[range] = []
    segment_volume(Recorder(0), volume(5), view=Window(0, 0), batch=2, device=CPU, passed=passed.append)
    assert passed == [range(0, 2), range(2, 4), range(4, 5)]
