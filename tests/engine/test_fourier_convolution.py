"""Convolutions by FFT, against direct ones in double precision."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from acenet.engine import fourier_convolution
from acenet.engine.fourier_convolution import FourierConv2d, has_nnpack, suits_nnpack

nnpack = pytest.mark.skipif(not has_nnpack(), reason="this build of torch has no NNPACK")


def drawn(
    n: int, channels: int, filters: int, kernel: int, side: tuple[int, int]
) -> tuple[FourierConv2d, torch.Tensor]:
    torch.manual_seed(kernel)
    return FourierConv2d(channels, filters, kernel, padding=kernel // 2), torch.randn(n, channels, *side)


@pytest.mark.parametrize(
    ("n", "channels", "filters", "kernel", "side"),
    [(1, 8, 8, 5, (32, 32)), (2, 20, 4, 5, (48, 33)), (2, 3, 9, 5, (33, 48)), (1, 1, 8, 7, (64, 64)),
     (3, 8, 8, 9, (24, 32)), (2, 3, 4, 5, (40, 40)), (2, 8, 8, 5, (8, 8)), (2, 8, 8, 3, (32, 32)),
     (1, 8, 8, 1, (32, 32))],
)  # fmt: skip
def test_values_and_gradients_are_those_of_direct_convolution(
    n: int, channels: int, filters: int, kernel: int, side: tuple[int, int]
) -> None:
    layer, x = drawn(n, channels, filters, kernel, side)
    upstream = torch.randn(n, filters, *side)
    exact = nn.Conv2d(channels, filters, kernel, padding=kernel // 2).double()
    exact.load_state_dict(layer.state_dict())
    leaf, exact_leaf = x.clone().requires_grad_(), x.double().requires_grad_()
    y, exact_y = layer(leaf), exact(exact_leaf)
    y.backward(upstream)
    exact_y.backward(upstream.double())
    with torch.inference_mode():
        predicted = layer(x)
    for found, wanted in (
        (y.detach(), exact_y.detach()),
        (predicted, exact_y.detach()),
        (leaf.grad, exact_leaf.grad),
        (layer.weight.grad, exact.weight.grad),
        (layer.bias.grad, exact.bias.grad),
    ):
        torch.testing.assert_close(found.double(), wanted, rtol=1e-5, atol=1e-5 * float(wanted.abs().max()))


def test_gradients_that_nobody_wants_are_not_made() -> None:
    layer, x = drawn(1, 8, 8, 5, (32, 32))
    layer(x).sum().backward()
    assert x.grad is None and layer.weight.grad is not None
    layer.requires_grad_(False)
    leaf = x.requires_grad_()
    layer.weight.grad = None
    layer(leaf).sum().backward()
    assert leaf.grad is not None and layer.weight.grad is None


@nnpack
def test_what_goes_to_nnpack() -> None:
    layer, x = drawn(1, 8, 4, 5, (32, 32))
    assert suits_nnpack(x, layer.weight)
    assert not suits_nnpack(x[..., :31], layer.weight) and not suits_nnpack(x[:, :7], layer.weight[:, :7])
    assert suits_nnpack(x[..., :24], torch.zeros(4, 8, 7, 7)) and not suits_nnpack(
        x[..., :23], torch.zeros(4, 8, 7, 7)
    )
    assert not suits_nnpack(x.double(), layer.weight.double())
    assert not suits_nnpack(x, torch.zeros(4, 8, 3, 3)) and not suits_nnpack(x, torch.zeros(4, 8, 5, 1))
    assert not suits_nnpack(x.to("meta"), layer.weight)
    with torch.autocast("cpu", torch.bfloat16):
        assert not suits_nnpack(x, layer.weight)
        assert layer(x).dtype == torch.bfloat16


@nnpack
@pytest.mark.parametrize(
    ("channels", "filters", "taken"),
    [(8, 8, [8, 8]), (1, 16, [16]), (11, 2, [11]), (4, 4, [])],
)
def test_each_direction_goes_the_way_of_its_own_channels(
    channels: int, filters: int, taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The convolution sums over the input's channels, its gradient to the input over the filters."""
    seen: list[int] = []

    def noted(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        seen.append(x.shape[1])
        return original(x, weight, bias)

    original = fourier_convolution.fourier_convolution
    monkeypatch.setattr(fourier_convolution, "fourier_convolution", noted)
    layer, x = drawn(1, channels, filters, 5, (32, 32))
    layer(x.requires_grad_()).sum().backward()
    assert seen == taken


@nnpack
def test_a_slice_is_computed_the_same_in_any_batch() -> None:
    layer, x = drawn(3, 8, 8, 5, (32, 32))
    with torch.inference_mode():
        together = layer(x)
        assert all(torch.equal(together[i : i + 1], layer(x[i : i + 1])) for i in range(3))


def test_without_nnpack_torchs_convolution_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, x = drawn(2, 8, 4, 5, (32, 32))
    monkeypatch.setattr(fourier_convolution, "has_nnpack", lambda: False)
    assert torch.equal(layer(x), F.conv2d(x, layer.weight, layer.bias, padding=2))
