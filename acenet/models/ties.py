"""Where features are equal by construction, so that pooling takes the first of them whatever rounding says.

Around a stripped brain, and where a scan ends within the conformed grid, an image is constant. So are the features
of a convolution there, and along the image's border every row (or column) repeats. In a direct convolution
such values are equal to the last bit; in one by FFT they are not, and the places of maxima, which unpooling uses, would
be drawn by rounding errors.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F


class Ties(NamedTuple):
    """Which features of a batch equal their neighbour, all channels of them; bool, the features' height and width.

    down : (N, H, W) equal to the pixel below; False in the last row.
    across : (N, H, W) equal to the pixel to the right; False in the last column.
    """

    down: Tensor
    across: Tensor

    @classmethod
    def of(cls, x: Tensor) -> "Ties | None":
        """Of an input (N, c, H, W); None where there are too few for any convolution to keep one."""
        down, across = (
            torch.zeros_like(x[:, 0], dtype=torch.bool),
            torch.zeros_like(x[:, 0], dtype=torch.bool),
        )
        down[:, :-1] = (x[:, :, 1:] == x[:, :, :-1]).all(1)
        across[:, :, :-1] = (x[..., 1:] == x[..., :-1]).all(1)
        return cls(down, across)._or_none()

    def after(self, reach: int) -> "Ties | None":
        """Of what convolutions make that see `reach` pixels in each direction, zeros beyond the border."""
        down = _everywhere(self.down, reach, outside=(False, True))
        across = _everywhere(self.across, reach, outside=(True, False))
        return Ties(down, across)._or_none()

    def pooled(self) -> "Ties | None":
        """Of the 2 x 2 maxima: windows are equal where all rows (columns) from one to the next are."""
        down = self.down[..., 0::2] & self.down[..., 1::2]  # (N, H, W/2)
        down = down[:, 0::2] & down[:, 1::2] & _next(down[:, 0::2], 1)
        across = self.across[:, 0::2] & self.across[:, 1::2]
        across = across[..., 0::2] & across[..., 1::2] & _next(across[..., 0::2], 2)
        return Ties(down, across)._or_none()

    def _or_none(self) -> "Ties | None":
        return self if bool(self.down.any() or self.across.any()) else None


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
