"""Pooling with the backward pass of one result: the same bits as torch's own on a CPU."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from acenet.engine.deterministic_pooling import ScatteredMaxPool
from acenet.engine.modes import for_training
from acenet.inputs.stacks import Batch
from acenet.networks import NetworkSettings, build_network
from acenet.system.device import set_deterministic
from acenet.training.losses import total_loss


@pytest.fixture
def deterministic() -> Iterator[None]:
    set_deterministic(True)
    yield
    set_deterministic(False)


def pooled(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Maxima, places and the gradient of a sum that weighs each maximum differently."""
    x = x.clone().requires_grad_()
    values, places = ScatteredMaxPool()(x)
    (values * torch.arange(values.numel()).view_as(values)).sum().backward()
    assert x.grad is not None
    return values.detach(), places, x.grad


@pytest.mark.parametrize("shape", [(2, 3, 8, 6), (1, 2, 4, 6, 8)])
def test_same_bits_as_torchs_own(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    x = torch.randint(0, 4, shape).float()  # with ties
    plain = pooled(x)
    set_deterministic(True)
    try:
        for ours, theirs in zip(pooled(x), plain, strict=True):
            assert torch.equal(ours, theirs)
    finally:
        set_deterministic(False)
    pool = F.max_pool2d if len(shape) == 4 else F.max_pool3d
    assert torch.equal(plain[0], pool(x, 2))


@pytest.mark.usefixtures("deterministic")
@pytest.mark.parametrize(
    "settings",
    [
        NetworkSettings("acenet", 3, s=1, skull=True, filters=4, kernel=3),
        NetworkSettings("ffce-dense2", 3, filters=4, kernel=3),
        NetworkSettings("sdnet", 3, filters=4, kernel=3),
        NetworkSettings("unet2d", 3, filters=4, kernel=3),
        NetworkSettings("unet3d", 3, filters=4, kernel=3, patch=8),
    ],
    ids=lambda settings: settings.arch,
)
def test_every_kind_of_network_trains_deterministically(settings: NetworkSettings) -> None:
    """torch raises an error for what it cannot do so; on a CPU it knows the same list but for CUDA's own."""
    side = (8, 8, 8) if settings.patch else (32, 32)
    torch.manual_seed(0)
    network = build_network(settings)
    classes = torch.randint(0, 3, (2, *side), dtype=torch.uint8)
    stack = torch.randn(2, 1 if settings.patch else settings.channels, *side)
    with for_training(network):
        assert any(isinstance(module, ScatteredMaxPool) for module in network.modules())
        outputs = network(stack)
    total_loss(outputs, Batch(stack, classes, classes.clamp(max=1)), torch.ones(3)).backward()  # type: ignore[no-untyped-call]
    assert torch.are_deterministic_algorithms_enabled()


def test_it_can_be_switched_off() -> None:
    set_deterministic(True)
    set_deterministic(False)
    assert not torch.are_deterministic_algorithms_enabled()
