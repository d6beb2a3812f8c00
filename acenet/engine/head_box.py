"""Where a conformed image holds a head, from its grey levels alone; the rest is air, whose class is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from acenet.inputs.stacks import Uint8

BLOCK = 4  # voxels a side: means over 64 voxels tell tissue from noise
RIM = 1  # blocks around the head that still count as such; the brain lies deeper


@dataclass(frozen=True)
class HeadBox:
    """Rows top to bottom and columns left to right of a slice, the ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    def of(self, x: Tensor) -> Tensor:
        """The box of features (N, F, H, W)."""
        return x[..., self.top : self.bottom, self.left : self.right]

    def grown(self, by: int, height: int, width: int) -> "HeadBox":
        """The box with a rim, within the slice."""
        return HeadBox(
            max(0, self.top - by),
            min(height, self.bottom + by),
            max(0, self.left - by),
            min(width, self.right + by),
        )

    def within(self, other: "HeadBox") -> "HeadBox":
        """The box as seen from another one's corner."""
        return HeadBox(
            self.top - other.top, self.bottom - other.top, self.left - other.left, self.right - other.left
        )


def head_boxes(image: Uint8) -> dict[int, HeadBox]:
    """The box around the head in each coronal slice of an image (X, Y, Z) uint8 that holds any of it.

    Blocks brighter than half of Otsu's threshold between air and tissue, the largest connected group of them, and a
    rim. Too large a box costs time, too small a one voxels: docs/performance.md says what was found outside.
    """
    from scipy import ndimage  # a tenth of a second, for those who ask for it

    from acenet.imaging.masks import largest_part

    blocks = _block_means(image)
    bright = blocks > otsu_threshold(np.bincount(image.ravel(order="K"), minlength=256)) / 2
    head = ndimage.binary_dilation(
        largest_part(bright, corners=True), np.ones((3, 3, 3), bool), iterations=RIM
    )
    boxes: dict[int, HeadBox] = {}
    for k in range(image.shape[2]):
        rows, columns = np.nonzero(head[:, :, k // BLOCK])
        if rows.size:
            top, bottom = rows.min() * BLOCK, min(image.shape[0], (rows.max() + 1) * BLOCK)
            left, right = columns.min() * BLOCK, min(image.shape[1], (columns.max() + 1) * BLOCK)
            boxes[k] = HeadBox(int(top), int(bottom), int(left), int(right))
    return boxes


def otsu_threshold(histogram: NDArray[np.int64]) -> int:
    """The grey level that divides a histogram into two groups of least variance (Otsu 1979)."""
    below = np.cumsum(histogram) / max(1, histogram.sum())
    sums = np.cumsum(histogram * np.arange(len(histogram))) / max(1, histogram.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (sums[-1] * below - sums) ** 2 / (below * (1 - below))
    return int(np.nanargmax(np.append(between[:-1], 0.0)))


def _block_means(image: Uint8) -> NDArray[np.float32]:
    """Means of blocks; those at the far ends may be smaller."""
    sums = image.astype(np.float32)
    for axis in range(3):
        starts = np.arange(0, image.shape[axis], BLOCK)
        sizes = np.diff(np.append(starts, image.shape[axis])).astype(np.float32)
        sums = np.add.reduceat(sums, starts, axis=axis)
        sums /= sizes.reshape([-1 if i == axis else 1 for i in range(3)])
    return sums
