"""Gradient of a convolution to its weights by FFT on CPUs: about half the time of the direct sum.

NNPACK, behind the other direction (acenet/engine/fourier_convolution.py), has no such function. Slices are cut into
tiles of 16 x 16, padded to 20 x 20 for a kernel of 5 x 5. Transforms so small are quickest as products with real
matrices; all tiles of a frequency make one matrix product.
"""

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

TILE = 16  # pixels of a side: slices of 256 are halved four times, so that no tile is cut
SMALLEST = 96  # side of the slice below which the direct sum is quicker
CHANNELS = 32  # c F / (c + F) below which the transforms cost what the products save (64 and 64 make 32)


def suits_fourier(x: Tensor, gradient: Tensor) -> bool:
    """Whether the way by FFT is quicker for x (N, c, H, W) and gradient (N, F, H, W); by their shapes alone."""
    channels = x.shape[1] * gradient.shape[1] / (x.shape[1] + gradient.shape[1])
    return min(x.shape[2:]) >= SMALLEST and channels >= CHANNELS


@dataclass(frozen=True)
class _Transforms:
    """Real matrices of the Fourier transform of T x T points, T = TILE + k - 1, and of its inverse at k x k offsets.

    Real and imaginary parts are rows of their own; of the frequencies along a row, half are enough.
    """

    along_rows: Tensor  # (T // 2 + 1) * 2, T
    along_columns: Tensor  # T * 2, 2 * T: parts of the frequency, parts of the input
    back_real: Tensor  # T // 2 + 1, k * k, T
    back_imaginary: Tensor

    @property
    def points(self) -> int:
        """T: points of a side."""
        return self.along_rows.shape[1]

    @classmethod
    @cache
    def of(cls, kernel: int) -> "_Transforms":
        points = TILE + kernel - 1
        half = points // 2 + 1
        index = torch.arange(points, dtype=torch.float64)
        angle = 2 * math.pi / points * index[:, None] * index
        cosine, sine = angle.cos(), angle.sin()
        columns = torch.stack([torch.cat([cosine, sine], 1), torch.cat([-sine, cosine], 1)], 1)
        twice = torch.full(
            (half,), 2.0, dtype=torch.float64
        )  # a frequency stands for its mirror image as well
        twice[0] = 1
        if points % 2 == 0:
            twice[-1] = 1
        offsets = angle[:kernel]
        phase = (
            offsets[:, None, None, :] + offsets[None, :, :half, None]
        )  # dy, dx, along a row, along a column
        scale = (twice / points**2)[:, None]
        return cls(
            along_rows=torch.stack([cosine[:half], -sine[:half]], 1).reshape(2 * half, points).float(),
            along_columns=columns.reshape(2 * points, 2 * points).float(),
            back_real=_by_frequency(phase.cos() * scale),
            back_imaginary=_by_frequency(-phase.sin() * scale),
        )


def _by_frequency(matrix: Tensor) -> Tensor:
    """(k, k, T // 2 + 1, T) to (T // 2 + 1, k * k, T)."""
    return matrix.flatten(0, 1).transpose(0, 1).contiguous().float()


def fourier_weight_gradient(x: Tensor, gradient: Tensor, kernel: int) -> Tensor:
    """Gradient to the weights (F, c, k, k) of a convolution padded by k // 2, summed over slices and pixels.

    x (N, c, H, W) is the convolution's input, gradient (N, F, H, W) that of the loss to its output; both float32.
    """
    transforms = _Transforms.of(kernel)
    c, height, width = x.shape[1:]
    outputs = gradient.shape[1]
    below, right = -height % TILE, -width % TILE
    before = kernel // 2
    after = kernel - 1 - before
    x = F.pad(x, (before, right + after, before, below + after))
    gradient = F.pad(gradient, (0, right, 0, below)) if below or right else gradient
    windows = [
        (_Windows(one, transforms.points, transforms), _Windows(its, TILE, transforms))
        for one, its in zip(x, gradient, strict=True)
    ]
    found = x.new_zeros(kernel**2, outputs * c)
    for frequency in range(len(transforms.back_real)):
        sums = x.new_zeros(transforms.points, 2 * outputs, 2 * c)
        for of_x, of_gradient in windows:
            sums.baddbmm_(of_gradient.at(frequency), of_x.at(frequency).transpose(1, 2))
        parts = sums.view(-1, 2, outputs, 2, c)
        real = (parts[:, 0, :, 0] + parts[:, 1, :, 1]).flatten(1)
        imaginary = (parts[:, 0, :, 1] - parts[:, 1, :, 0]).flatten(1)
        found.addmm_(transforms.back_real[frequency], real)
        found.addmm_(transforms.back_imaginary[frequency], imaginary)
    return found.view(kernel, kernel, outputs, c).permute(2, 3, 0, 1).contiguous()


class _Windows:
    """Transforms of the windows of `size` x `size` pixels, one every TILE pixels, of one slice (c, H, W)."""

    def __init__(self, one: Tensor, size: int, transforms: _Transforms) -> None:
        windows = one.unfold(2, size, TILE)  # c, H, across, size
        c, height, across, _ = windows.shape
        along = transforms.along_rows[:, :size] @ windows.reshape(-1, size).T
        self.rows = along.view(-1, 2, c, height, across)
        points = transforms.points
        self.columns = transforms.along_columns.view(2 * points, 2, points)[:, :, :size].reshape(
            2 * points, -1
        )
        down = (height - size) // TILE + 1
        self.tiles = one.new_empty(2, size, c, down, across)
        self.found = one.new_empty(2 * points, c * down * across)
        self.shape = (points, 2 * c, down * across)

    def at(self, frequency: int) -> Tensor:
        """Of a frequency along rows: (frequencies along columns, parts and channels, windows); valid until the next."""
        size = self.tiles.shape[1]
        self.tiles.copy_(self.rows[frequency].unfold(2, size, TILE).permute(0, 4, 1, 2, 3))
        torch.mm(self.columns, self.tiles.flatten(2).flatten(0, 1), out=self.found)
        return self.found.view(self.shape)
