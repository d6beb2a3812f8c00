"""The gradient to a convolution's weights by FFT, against the direct sum in double precision."""

import pytest
import torch
from torch.nn import functional as F

from acenet.engine.fourier_convolution import FourierConv2d, has_nnpack
from acenet.engine.fourier_weight_gradient import fourier_weight_gradient, suits_fourier


def direct(x: torch.Tensor, gradient: torch.Tensor, kernel: int) -> torch.Tensor:
    """By torch, in double precision."""
    weight = torch.zeros(gradient.shape[1], x.shape[1], kernel, kernel, dtype=torch.float64)
    weight.requires_grad_()
    F.conv2d(x.double(), weight, padding=kernel // 2).backward(gradient.double())
    assert weight.grad is not None
    return weight.grad


@pytest.mark.parametrize(
    ("n", "channels", "filters", "kernel", "side"),
    [(1, 1, 1, 5, (16, 16)), (2, 3, 5, 5, (64, 48)), (2, 5, 3, 5, (33, 70)), (1, 4, 4, 7, (40, 31)),
     (3, 2, 4, 9, (20, 20)), (1, 2, 3, 3, (17, 16))],
)  # fmt: skip
def test_equals_the_direct_sum(
    n: int, channels: int, filters: int, kernel: int, side: tuple[int, int]
) -> None:
    torch.manual_seed(kernel)
    x, gradient = torch.randn(n, channels, *side), torch.randn(n, filters, *side)
    wanted = direct(x, gradient, kernel)
    found = fourier_weight_gradient(x, gradient, kernel)
    assert found.shape == (filters, channels, kernel, kernel) and found.is_contiguous()
    torch.testing.assert_close(found.double(), wanted, rtol=0, atol=2e-6 * float(wanted.abs().max()))


def test_is_nearer_to_the_exact_sum_than_torchs_own() -> None:
    torch.manual_seed(0)
    x, gradient = torch.randn(1, 8, 128, 128), torch.randn(1, 8, 128, 128)
    wanted = direct(x, gradient, 5)
    weight = torch.zeros(8, 8, 5, 5, requires_grad=True)
    F.conv2d(x, weight, padding=2).backward(gradient)
    assert weight.grad is not None
    error = float((fourier_weight_gradient(x, gradient, 5) - wanted).norm())
    assert error < float((weight.grad - wanted).norm())


def test_one_pixel_sees_one_offset() -> None:
    """A gradient at one pixel picks the input around it: w[dy, dx] = x[y + dy - 2, x + dx - 2]."""
    x = torch.arange(32.0 * 32.0).view(1, 1, 32, 32)
    gradient = torch.zeros(1, 1, 32, 32)
    gradient[0, 0, 15, 16] = 1  # where tiles meet
    torch.testing.assert_close(
        fourier_weight_gradient(x, gradient, 5)[0, 0], x[0, 0, 13:18, 14:19], rtol=0, atol=1e-3
    )


@pytest.mark.parametrize(
    ("channels", "filters", "side", "wanted"),
    [
        (64, 64, 128, True),
        (128, 64, 96, True),
        (64, 64, 64, False),
        (11, 64, 256, False),
        (16, 16, 96, False),
        (64, 32, 128, False),
    ],
)
def test_small_slices_and_few_channels_are_left_to_torch(
    channels: int, filters: int, side: int, wanted: bool
) -> None:
    x, gradient = (torch.empty(1, n, side, side, device="meta") for n in (channels, filters))
    assert suits_fourier(x, gradient) is wanted


@pytest.mark.skipif(not has_nnpack(), reason="this build of torch has no NNPACK")
def test_a_layer_of_many_channels_takes_this_way(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []

    def noted(x: torch.Tensor, gradient: torch.Tensor, kernel: int) -> torch.Tensor:
        taken.append(kernel)
        return fourier_weight_gradient(x, gradient, kernel)

    monkeypatch.setattr("acenet.engine.fourier_convolution.fourier_weight_gradient", noted)
    torch.manual_seed(0)
    layer, x = FourierConv2d(96, 48, 5, padding=2), torch.randn(1, 96, 96, 96)
    upstream = torch.randn(1, 48, 96, 96)
    layer(x).backward(upstream)
    assert taken == [5] and layer.weight.grad is not None and layer.bias is not None
    wanted = direct(x, upstream, 5)
    torch.testing.assert_close(
        layer.weight.grad.double(), wanted, rtol=0, atol=1e-5 * float(wanted.abs().max())
    )
    torch.testing.assert_close(layer.bias.grad, upstream.sum((0, 2, 3)), rtol=1e-5, atol=1e-3)
