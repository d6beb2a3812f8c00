"""Case 110 of docs/reliability.md: what a network computes is said by who runs it, and by no global state of torch."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import pytest
import torch
from torch import Tensor

from acenet.inference.feature_maps import capture_activity
from acenet.inference.volume import segment_volume
from acenet.inputs.stacks import extract_stacks, normalise
from acenet.networks import NetworkSettings, build_network
from acenet.networks.outputs import SegmentationNetwork
from acenet.training.batch_norm import replace_statistics

SETTINGS = NetworkSettings("acenet", 5, s=1, skull=True, filters=8, dropout=0)
MODES = {"none": nullcontext, "no_grad": torch.no_grad, "inference": torch.inference_mode}


def stripped() -> np.ndarray:
    """A scan (64, 96, 8) uint8 that is constant but for a brain."""
    image = np.zeros((64, 96, 8), np.uint8, order="F")
    image[16:44, 20:72] = np.random.default_rng(0).integers(60, 200, (28, 52, 8))
    return image


def seasoned() -> SegmentationNetwork:
    torch.manual_seed(2)
    network = build_network(SETTINGS)
    with torch.no_grad():
        for _ in range(3):
            network(torch.randn(2, 3, 32, 48))
    return network.eval()


def stacks() -> Tensor:
    return normalise(torch.from_numpy(extract_stacks(stripped(), range(8), window=SETTINGS.window)))


def statistics(network: SegmentationNetwork) -> list[Tensor]:
    replace_statistics(network, [stacks()])
    return list(network.state_dict().values())


def maps(network: SegmentationNetwork) -> list[Tensor]:
    return [torch.from_numpy(one.after) for one in capture_activity(network, stacks()[3:4], centre=1)]


def classes(network: SegmentationNetwork) -> list[Tensor]:
    view, cpu = SETTINGS.window, torch.device("cpu")
    found = segment_volume(network, stripped(), view=view, batch=2, device=cpu)
    return [torch.from_numpy(found.classes.copy())]


@pytest.mark.parametrize("compute", [statistics, maps, classes])
def test_84_torchs_global_modes_decide_nothing(
    compute: Callable[[SegmentationNetwork], list[Tensor]],
) -> None:
    def within(mode: Callable[[], AbstractContextManager[object]]) -> list[Tensor]:
        network = seasoned()
        with mode():
            return compute(network)

    first, *others = (within(mode) for mode in MODES.values())
    assert all(torch.equal(a, b) for other in others for a, b in zip(first, other, strict=True))
