"""Where features are equal by construction, so that pooling takes the first of them whatever rounding says.

Around a stripped brain, and where a scan ends within the conformed grid, an image is constant. So are the features
of a convolution there, and along the image's border every row (or column) repeats. In a direct convolution
such values are equal to the last bit; in one by FFT they are not, and the places of maxima, which unpooling uses, would
be drawn by rounding errors.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from acenet.engine.swap import Substitute
from acenet.networks.blocks import Encoder, EncoderFeatures, MaxPool


class EqualPixels(NamedTuple):
    """Which features of a batch equal their neighbour, all channels of them; bool, the features' height and width.

    Attributes
    ----------
    down
        (N, H, W) equal to the pixel below; False in the last row.
    across
        (N, H, W) equal to the pixel to the right; False in the last column.
    """

    down: Tensor
    across: Tensor

    @classmethod
    def of(cls, x: Tensor) -> "EqualPixels | None":
        """Of an input (N, c, H, W); None where there are too few for any convolution to keep one."""
        down, across = (
            torch.zeros_like(x[:, 0], dtype=torch.bool),
            torch.zeros_like(x[:, 0], dtype=torch.bool),
        )
        down[:, :-1] = (x[:, :, 1:] == x[:, :, :-1]).all(1)
        across[:, :, :-1] = (x[..., 1:] == x[..., :-1]).all(1)
        return cls(down, across)._or_none()

    def after(self, reach: int) -> "EqualPixels | None":
        """Of what convolutions make that see `reach` pixels in each direction, zeros beyond the border."""
        down = _everywhere(self.down, reach, outside=(False, True))
        across = _everywhere(self.across, reach, outside=(True, False))
        return EqualPixels(down, across)._or_none()

    def pooled(self) -> "EqualPixels | None":
        """Of the 2 x 2 maxima: windows are equal where all rows (columns) from one to the next are."""
        down = self.down[..., 0::2] & self.down[..., 1::2]  # (N, H, W/2)
        down = down[:, 0::2] & down[:, 1::2] & _next(down[:, 0::2], 1)
        across = self.across[:, 0::2] & self.across[:, 1::2]
        across = across[..., 0::2] & across[..., 1::2] & _next(across[..., 0::2], 2)
        return EqualPixels(down, across)._or_none()

    def _or_none(self) -> "EqualPixels | None":
        return self if bool(self.down.any() or self.across.any()) else None


def max_pool(x: Tensor, equal: EqualPixels | None) -> tuple[Tensor, Tensor]:
    """`F.max_pool2d(x, 2, return_indices=True)`, of equal values the first, in a third of the time.

    Parameters
    ----------
    equal
        Which values are equal but for rounding.
    """
    height, width = x.shape[2:]
    left, right = x[..., 0::2], x[..., 1::2]
    is_right, of_row = right > left, torch.maximum(left, right)
    upper, lower = of_row[..., 0::2, :], of_row[..., 1::2, :]
    is_lower = lower > upper
    if equal is not None:
        across, down = equal.across[:, None, :, 0::2], equal.down[:, None, 0::2]
        in_right, in_left = is_right | across, ~is_right | across  # where a row's maximum is found
        is_right &= ~across
        same_right = in_right[..., 0::2, :] & in_right[..., 1::2, :] & down[..., 1::2]
        same_left = in_left[..., 0::2, :] & in_left[..., 1::2, :] & down[..., 0::2]
        is_lower &= ~(same_right | same_left)
    is_right = torch.where(is_lower, is_right[..., 1::2, :], is_right[..., 0::2, :])
    corners = torch.arange(0, height, 2)[:, None] * width + torch.arange(0, width, 2)
    return torch.maximum(upper, lower), corners + is_lower * width + is_right


class EqualMaxPool(Substitute, MaxPool):
    """`MaxPool` that heeds what is equal by construction, while somebody follows it (`following`)."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """As `MaxPool`."""
        return max_pool(x, getattr(self, "equal", None)) if x.ndim == 4 else super().forward(x)


@contextmanager
def following(x: Tensor, pools: Sequence[MaxPool], *, reach: int) -> Iterator[None]:
    """Tell each pool what is equal in its input, of a network of which `x` (N, c, H, W) is the input.

    It follows from the network's input alone, for all levels. reach : pixels in each direction that the convolutions
    before each pool see.
    """
    equal = EqualPixels.of(x)
    try:
        for pool in pools:
            equal = equal and equal.after(reach)
            pool.equal = equal  # type: ignore[assignment]
            equal = equal and equal.pooled()
        yield
    finally:
        for pool in pools:
            pool.__dict__.pop("equal", None)


class EqualEncoder(Substitute, Encoder):
    """`Encoder` whose pools are told what is equal."""

    def forward(self, x: Tensor) -> EncoderFeatures:
        """As `Encoder`."""
        reach = 2 * (self.bottleneck.conv1.kernel_size[0] // 2)  # of the two convolutions of a dense block
        pools = [module for module in self.blocks.modules() if isinstance(module, MaxPool)]
        with following(x, pools, reach=reach):
            return super().forward(x)


def _next(mask: Tensor, axis: int) -> Tensor:
    """The mask's values one further along an axis; False beyond its end."""
    moved = torch.zeros_like(mask)
    moved.narrow(axis, 0, mask.shape[axis] - 1).copy_(mask.narrow(axis, 1, mask.shape[axis] - 1))
    return moved


def _everywhere(mask: Tensor, reach: int, *, outside: tuple[bool, bool]) -> Tensor:
    """Whether a mask (N, H, W) holds all over the square around each pixel, and by `outside` beyond rows, columns."""
    broken = (~mask).float()[:, None]
    for axis, holds in enumerate(outside):
        around = (0, 0, reach, reach) if axis == 0 else (reach, reach, 0, 0)
        window = (2 * reach + 1, 1) if axis == 0 else (1, 2 * reach + 1)
        broken = F.max_pool2d(F.pad(broken, around, value=0.0 if holds else 1.0), window, stride=1)
    return broken[:, 0] == 0
