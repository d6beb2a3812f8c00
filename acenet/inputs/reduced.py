"""Volumes with smaller slices: the same anatomy in fewer pixels."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

Uint8 = NDArray[np.uint8]

QUARTERS = (-0.25, 0.25)  # where a smaller pixel is asked for its class, from its centre, in its own size


def averaged(image: Uint8, shape: tuple[int, int]) -> Uint8:
    """Grey values (X, Y, Z) on fewer pixels: bilinear, widened to the larger pixels so that none is skipped."""
    coronal = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[:, None]  # (Z, 1, X, Y)
    small = F.interpolate(coronal.float(), size=shape, mode="bilinear", antialias=True, align_corners=False)
    return _volume(small[:, 0].round().clamp(0, 255).byte().numpy())


def voted(labels: Uint8, shape: tuple[int, int]) -> Uint8:
    """Labels (X, Y, Z) on fewer pixels: of the labels in the middles of a pixel's quarters, the most frequent.

    Of equally frequent ones, the first in the order of the axes.
    """
    coronal = labels.transpose(2, 0, 1)
    rows, columns = (_places(n, small) for n, small in zip(labels.shape, shape, strict=False))
    found = np.stack([coronal[:, r[:, None], c] for r in rows for c in columns])  # (4, Z, x, y)
    votes = (found[:, None] == found[None]).sum(1)
    winner = votes.argmax(0)[None]  # numpy's is the first of equals
    return _volume(np.take_along_axis(found, winner, 0)[0])


def _places(n: int, small: int) -> list[NDArray[np.intp]]:
    """Of n pixels, those that hold the middles of both halves of each of `small` pixels."""
    centres = np.arange(small) + 0.5
    return [((centres + half) * n / small).astype(np.intp) for half in QUARTERS]


def _volume(coronal: Uint8) -> Uint8:
    return np.asfortranarray(coronal.transpose(1, 2, 0))
