"""Operations of a training step against torch's own, in value and gradient."""

import pytest
import torch
from torch import nn

from acenet.engine.operations import LargerProduct, QuickPReLU, TrainedSE
from acenet.networks.blocks import SpatialChannelSE


@pytest.mark.parametrize("slope", [0.25, 1.5, -0.3])
def test_quick_prelu_equals_torchs(slope: float) -> None:
    x = torch.randn(3, 4, 5, 5)
    x[0, 0, 0, 0] = 0
    upstream = torch.randn(x.shape)
    results = []
    for layer in (QuickPReLU(init=slope), nn.PReLU(init=slope)):
        leaf = x.clone().requires_grad_()
        y = layer(leaf)
        y.backward(upstream)
        results.append((y.detach(), leaf.grad, layer.weight.grad))
        with torch.no_grad():
            torch.testing.assert_close(layer(x), y, rtol=0, atol=0)
    (ours, our_x, our_slope), (theirs, their_x, their_slope) = results
    assert torch.equal(ours, theirs) and torch.equal(our_x, their_x)
    torch.testing.assert_close(our_slope, their_slope)
    assert not QuickPReLU.suits(nn.PReLU(3))


def gated(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """x (N, F, H, W) of both signs, gates of channels and of space in 0..1, double precision."""
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(2, 3, 4, 5, generator=draw, dtype=torch.float64)
    channel = torch.rand(2, 3, 1, 1, generator=draw, dtype=torch.float64)
    spatial = torch.rand(2, 1, 4, 5, generator=draw, dtype=torch.float64)
    return tuple(t.requires_grad_() for t in (x, channel, spatial))  # type: ignore[return-value]


def test_larger_product_has_the_gradient_of_its_value() -> None:
    assert torch.autograd.gradcheck(LargerProduct.apply, gated())


def test_larger_product_equals_the_maximum_of_two_products() -> None:
    results = []
    for function in (LargerProduct.apply, lambda x, c, s: torch.maximum(x * c, x * s)):
        leaves = gated(1)
        y = function(*leaves)
        y.backward(torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y))
        results.append([y.detach(), *(leaf.grad for leaf in leaves)])
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_larger_product_of_zero_is_zero() -> None:
    x = torch.zeros(1, 1, 2, 2)
    assert not LargerProduct.apply(x, torch.full((1, 1, 1, 1), 0.3), torch.rand(1, 1, 2, 2)).any()


def test_scse_has_the_values_and_gradients_of_the_plain_block() -> None:
    torch.manual_seed(0)
    plain, x = SpatialChannelSE(6), torch.randn(2, 6, 4, 4)
    faster = TrainedSE(6)
    faster.load_state_dict(plain.state_dict())
    results = []
    for block in (plain, faster):
        leaf = x.clone().requires_grad_()
        y = block(leaf)
        y.square().sum().backward()
        results.append([y.detach(), leaf.grad, *(parameter.grad for parameter in block.parameters())])
    for theirs, ours in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs)
    with torch.no_grad():
        assert torch.equal(faster(x), plain(x))
