"""Whole volumes by overlapping windows, against every window and its mean written out."""

import itertools

import numpy as np
import pytest
import torch
from monai.inferers.utils import sliding_window_inference
from torch import Tensor
from torch.nn import functional as F

from acenet.inference.sliding_window import OVERLAP, _mean_logits, slab_starts
from acenet.inference.volume import segment_volume
from acenet.inputs.patches import Patch
from acenet.inputs.stacks import normalise
from acenet.networks import NetworkSettings, build_network
from acenet.networks.outputs import Outputs, SegmentationNetwork

CPU = torch.device("cpu")


def volume(shape: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    return np.asfortranarray(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


class ByPosition(SegmentationNetwork):
    """Logits that depend on the voxel, on the whole window and on the place in it, so that windows disagree."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[tuple[int, ...]] = []

    def forward(self, stack: Tensor) -> Outputs:
        self.shapes.append(tuple(stack.shape))
        x, place = stack[:, 0], torch.linspace(-1, 1, stack[0, 0].numel()).view(stack.shape[2:])
        mean = 40 * x.mean((1, 2, 3), keepdim=True)
        logits = (x, place.expand_as(x) + mean, (x - mean) * place, torch.cos(5 * x + 3 * place))
        return Outputs(torch.stack(logits, dim=1))


def positions(n: int, side: int) -> list[int]:
    """Starts every half side; the last one ends with the volume."""
    starts = [start for start in range(0, n, side // 2) if start + side <= n]
    return starts if starts[-1] + side == n else [*starts, n - side]


def mean_of_windows(network: SegmentationNetwork, image: np.ndarray, sides: tuple[int, ...]) -> np.ndarray:
    """Mean logits (C, X, Y, Z), window by window, in double precision."""
    scan = normalise(torch.from_numpy(image.copy()))[None, None]
    total, count = torch.zeros(4, *image.shape, dtype=torch.float64), torch.zeros(image.shape)
    for corner in itertools.product(
        *(positions(n, side) for n, side in zip(image.shape, sides, strict=True))
    ):
        box = tuple(slice(start, start + side) for start, side in zip(corner, sides, strict=True))
        total[(slice(None), *box)] += network(scan[(slice(None), slice(None), *box)]).label[0].double()
        count[box] += 1
    assert count.min() >= 1
    return (total / count).numpy()


@pytest.mark.parametrize(
    ("shape", "side", "sides"),
    [
        ((16, 16, 16), 8, (8, 8, 8)),
        ((24, 16, 29), 16, (16, 16, 16)),  # slabs from 0, 8 and 13: some voxels lie in three
        ((20, 9, 26), 16, (16, 8, 16)),
        ((16, 16, 58), 96, (16, 16, 56)),
    ],
)
@pytest.mark.parametrize("batch", [1, 3])
def test_equals_the_mean_of_all_windows(
    shape: tuple[int, int, int], side: int, sides: tuple[int, ...], batch: int
) -> None:
    network, image = ByPosition(), volume(shape)
    found = segment_volume(network, image, view=Patch(side), batch=batch, device=CPU)
    assert {len(shown) for shown in network.shapes} == {5}
    assert {shown[2:] for shown in network.shapes} == {sides} and max(n for n, *_ in network.shapes) <= batch
    mean = mean_of_windows(network, image, sides)
    first, second = np.sort(mean, axis=0)[:-3:-1]
    clear = first - second > 1e-5
    assert clear.mean() > 0.99 and len(np.unique(found.classes)) > 2
    np.testing.assert_array_equal(found.classes[clear], mean.argmax(0)[clear])
    assert found.classes.dtype == np.uint8 and found.classes.flags.f_contiguous and found.brain is None


class Pointwise(SegmentationNetwork):
    """One 1 x 1 x 1 convolution and a curve: what surrounds a voxel does not matter."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = torch.nn.Conv3d(1, 8, 1), torch.nn.Conv3d(8, 6, 1)

    def forward(self, stack: Tensor) -> Outputs:
        return Outputs(self.last(torch.sin(9 * self.first(stack))))


@pytest.mark.parametrize("shape", [(48, 48, 58), (7, 3, 5), (32, 16, 40), (33, 9, 17)])
@pytest.mark.parametrize("side", [8, 32])
def test_a_pointwise_network_gives_the_labels_of_one_pass(shape: tuple[int, int, int], side: int) -> None:
    network, image = Pointwise(), volume(shape)
    with torch.inference_mode():
        whole = network(normalise(torch.from_numpy(image.copy()))[None, None]).label[0].argmax(0)
    assert len(whole.unique()) > 3
    found = segment_volume(network, image, view=Patch(side), batch=4, device=CPU)
    np.testing.assert_array_equal(found.classes, whole.numpy())


def test_a_volume_smaller_than_any_patch_is_continued_in_black() -> None:
    network, image = ByPosition(), volume((5, 8, 6))
    found = segment_volume(network, image, view=Patch(8), batch=1, device=CPU)
    black = normalise(torch.zeros(1, dtype=torch.uint8)).item()
    padded = F.pad(normalise(torch.from_numpy(image.copy())), (1, 1, 0, 0, 1, 2), value=black)
    expected = network(padded[None, None]).label[0].argmax(0)[1:6, :, 1:7]
    np.testing.assert_array_equal(found.classes, expected.numpy())


def test_the_3d_u_net_at_the_demos_grid() -> None:
    torch.manual_seed(0)
    network = build_network(NetworkSettings("unet3d", 4, filters=2, patch=24)).train()
    found = segment_volume(network, volume((48, 48, 58)), view=Patch(24), batch=4, device=CPU)
    assert found.classes.shape == (48, 48, 58) and found.classes.max() < 4
    assert network.training


@pytest.mark.parametrize(
    ("depth", "thickness", "starts"),
    [
        (8, 8, [0]),
        (5, 8, [0]),
        (9, 8, [0, 1]),
        (16, 8, [0, 4, 8]),
        (29, 16, [0, 8, 13]),
        (256, 96, [0, 48, 96, 144, 160]),
    ],
)
def test_slabs_advance_by_half_and_end_with_the_volume(depth: int, thickness: int, starts: list[int]) -> None:
    assert slab_starts(depth, thickness) == starts


@pytest.mark.parametrize(("shape", "side"), [((24, 16, 16), 16), ((33, 40, 16), 16), ((16, 9, 8), 8)])
def test_windows_within_a_slab_are_monais(shape: tuple[int, int, int], side: int) -> None:
    network, slab = ByPosition(), torch.randn(1, 1, *shape)
    sides = Patch(side).shape(shape)
    theirs = sliding_window_inference(slab, sides, 3, lambda x: network(x).structures, overlap=OVERLAP)
    torch.testing.assert_close(_mean_logits(network, slab, sides[:2], 3), theirs[0])
