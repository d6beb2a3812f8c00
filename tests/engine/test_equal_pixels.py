"""Where features are equal by construction: against features of direct convolutions in double precision."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from acenet.engine.equal_pixels import EqualPixels, max_pool
from acenet.engine.modes import for_prediction
from acenet.networks import NetworkSettings, build_network


def stripped(height: int = 48, width: int = 64) -> Tensor:
    """Two images of two channels, constant but for a blob that touches no border (first) or one (second)."""
    torch.manual_seed(1)
    x = torch.full((2, 2, height, width), -1.0)
    x[0, :, 20:30, 24:36] = torch.randn(2, 10, 12)
    x[1, 1, -8:, 5:9] = torch.randn(8, 4)
    return x


def equal_down(x: Tensor) -> Tensor:
    found = torch.zeros(len(x), *x.shape[2:], dtype=torch.bool)
    found[:, :-1] = (x[:, :, 1:] == x[:, :, :-1]).all(1)
    return found


def check(equal: EqualPixels, x: Tensor) -> None:
    """What is said to be equal is; and nearly all that is equal is said to be, each axis."""
    for said, values in ((equal.down, x), (equal.across.transpose(1, 2), x.transpose(2, 3))):
        true = equal_down(values)
        assert not (said & ~true).any()
        assert said.sum() > 0.9 * true.sum()


def test_equal_neighbours_follow_through_convolution_and_pooling() -> None:
    """Small whole numbers, whose sums are exact, so that equal features are equal bits."""
    x = (stripped() * 3).round().double()
    equal = EqualPixels.of(x)
    for kernel in (5, 3):
        weight = torch.randint(-4, 5, (3, x.shape[1], kernel, kernel)).double()
        assert equal is not None
        check(equal, x)
        x = F.conv2d(x, weight, torch.tensor([1.0, -2.0, 5.0]).double(), padding=kernel // 2)
        equal = equal.after(kernel // 2)
        assert equal is not None
        check(equal, x)
        x, equal = F.max_pool2d(x, 2), equal.pooled()
    assert equal is not None
    check(equal, x)


def test_an_image_without_repeats_has_none() -> None:
    assert EqualPixels.of(torch.randn(2, 3, 16, 16)) is None
    few = torch.randn(1, 1, 16, 16)
    few[..., 5, :] = few[..., 4, :]
    equal = EqualPixels.of(few)
    assert equal is not None and equal.after(1) is None


@pytest.mark.parametrize("arch", ["quicknatv2", "acenet", "sdnet"])
def test_rounding_does_not_decide_where_maxima_are(arch: str) -> None:
    """The same logits by FFT as by direct convolution, where most of the image is constant."""
    torch.manual_seed(2)
    network = build_network(NetworkSettings(arch, 5, s=0, filters=8, dropout=0))
    x = stripped(64, 96)[:, 1:]
    with torch.no_grad():
        for _ in range(3):
            network(torch.randn(2, 1, 64, 96))
        exact = network.double().eval()(x.double()).structures
    with torch.inference_mode(), for_prediction(network.float()):
        found = network(x).structures
    assert (found - exact).abs().max() < 1e-2 and ((found - exact).abs() > 1e-4).double().mean() < 1e-3


def test_a_tie_is_the_first_in_reading_order_in_spite_of_rounding() -> None:
    """All ways in which the four values of a window may be equal, with noise far below their differences."""
    patterns = torch.cartesian_prod(*[torch.arange(3.0)] * 4)
    x = patterns.view(-1, 2, 2).transpose(0, 1).reshape(1, 1, 2, -1)
    noisy = x + 1e-6 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    equal = EqualPixels.of(x)
    assert equal is not None
    expected, places = F.max_pool2d(x, 2, return_indices=True)
    pooled, found = max_pool(noisy, equal)
    torch.testing.assert_close(pooled, expected, rtol=0, atol=1e-5)
    corner, other = x[0, 0, 0, 0::2], x[0, 0, 1, 1::2]
    diagonal = (corner == other) & (x[0, 0, 0, 1::2] < corner) & (x[0, 0, 1, 0::2] < corner)
    crossed = (
        (x[0, 0, 0, 1::2] == x[0, 0, 1, 0::2]) & (corner < x[0, 0, 0, 1::2]) & (other < x[0, 0, 0, 1::2])
    )
    assert torch.equal(found[..., ~(diagonal | crossed)], places[..., ~(diagonal | crossed)])
    assert torch.equal(max_pool(x, None)[1], places)
