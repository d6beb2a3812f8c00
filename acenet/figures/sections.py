"""Coronal sections of conformed volumes as pictures: which slice, which part of it, and in which colours.

A picture has rows from top to bottom and columns from the subject's left to its right: left of the picture is
left (neurological convention). Conformed volumes have axes (R->L, S->I, P->A).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from acenet.errors import InputError

Colour = tuple[int, int, int]
Bools = NDArray[np.bool_]
Uint8 = NDArray[np.uint8]
Scalar = TypeVar("Scalar", bound=np.generic)

RICH = 0.9  # of the most structures in any slice: what counts as a slice with many


def section(volume: NDArray[Scalar], k: int) -> NDArray[Scalar]:
    """Coronal slice k of a conformed volume (X, Y, Z) as a picture (Y, X)."""
    return upright(volume[:, :, k])


def upright(coronal: NDArray[Scalar]) -> NDArray[Scalar]:
    """A coronal slice (X, Y), or a map of one, as a picture (Y, X)."""
    return coronal[::-1].T


@dataclass(frozen=True)
class Box:
    """A rectangle on a picture in pixels, pixel (row, column) covering [row - 0.5, row + 0.5): edges, not centres.

    It may reach beyond the picture.
    """

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    def contains(self, other: "Box") -> bool:
        """Whether `other` lies inside, edges included."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom


def bounds(mask: Bools) -> Box:
    """The smallest box around the True pixels of a picture (Y, X); ValueError where none is True."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        raise ValueError("no pixel to put a box around")
    left, top = columns[0] - 0.5, rows[0] - 0.5
    return Box(float(left), float(top), float(columns[-1] + 0.5 - left), float(rows[-1] + 0.5 - top))


def grow(box: Box, margin: float) -> Box:
    """The box with `margin` pixels more on each side."""
    return Box(box.left - margin, box.top - margin, box.width + 2 * margin, box.height + 2 * margin)


def widen(box: Box, *, aspect: float, least: float = 0.0) -> Box:
    """The smallest box of a shape (`aspect`: width over height) around `box` and its centre, `least` wide or wider."""
    width = max(box.width, aspect * box.height, least)
    height = width / aspect
    return Box(box.left + (box.width - width) / 2, box.top + (box.height - height) / 2, width, height)


def shift_inside(box: Box, outer: Box) -> Box:
    """The box moved into `outer` where it fits, and centred on it where it is larger; each direction by itself."""
    starts = []
    for start, size, low, side in (
        (box.left, box.width, outer.left, outer.width),
        (box.top, box.height, outer.top, outer.height),
    ):
        room = side - size
        starts.append(low + room / 2 if room < 0 else min(max(start, low), low + room))
    return Box(starts[0], starts[1], box.width, box.height)


def whole(picture: NDArray[Any]) -> Box:
    """The box of a picture (Y, X)."""
    return Box(-0.5, -0.5, float(picture.shape[1]), float(picture.shape[0]))


def join(first: Box, second: Box) -> Box:
    """The smallest box around both."""
    left, top = min(first.left, second.left), min(first.top, second.top)
    right, bottom = max(first.right, second.right), max(first.bottom, second.bottom)
    return Box(left, top, right - left, bottom - top)


def fullest_slice(classes: Uint8, structures: Sequence[int]) -> int | None:
    """The coronal slice with most voxels of the structures together; of equals the most posterior, None for none."""
    counts = is_any(classes, structures).sum(axis=(0, 1))
    return int(counts.argmax()) if counts.any() else None


def rich_slice(classes: Uint8, random: np.random.Generator) -> int:
    """One of the coronal slices of a class map with at least `RICH` of the most structures that any slice has."""
    numbers = np.array([len(np.unique(classes[:, :, k])) for k in range(classes.shape[2])]) - 1
    if numbers.max() < 1:
        raise InputError("class map", expected="at least one structure", found="background alone")
    return int(random.choice(np.flatnonzero(numbers >= RICH * numbers.max())))


def is_any(classes: Uint8, structures: Sequence[int]) -> Bools:
    """Where a class map of any shape has one of the structures."""
    wanted = np.zeros(256, dtype=bool)
    wanted[list(structures)] = True
    chosen: Bools = wanted[classes]
    return chosen


def grey_levels(image: NDArray[Any], brain: NDArray[Any]) -> NDArray[np.float64]:
    """An image (any shape) as 0..1, white from the 99.5th percentile of the brain's values on."""
    inside = image[brain > 0]
    white = float(np.percentile(inside, 99.5)) if inside.size else float(image.max())
    levels: NDArray[np.float64] = np.clip(image / max(white, 1.0), 0.0, 1.0)
    return levels


def overlay(
    grey: NDArray[np.float64], classes: Uint8, colours: Mapping[int, Colour], *, opacity: float
) -> NDArray[np.float64]:
    """Grey levels 0..1 (Y, X) with each class of `colours` laid over it; RGB 0..1 (Y, X, 3)."""
    picture = np.repeat(grey[..., np.newaxis], 3, axis=2)
    table = np.zeros((256, 3))
    coloured = is_any(classes, list(colours))
    table[list(colours)] = np.array(list(colours.values())).reshape(-1, 3) / 255
    picture[coloured] = (1 - opacity) * picture[coloured] + opacity * table[classes[coloured]]
    return picture


def outline(mask: Bools) -> NDArray[np.float64]:
    """The edges of the True pixels of a picture (Y, X) as lines (n, 2 ends, (x, y)), along the pixels' edges."""
    padded = np.pad(mask, 1)
    lines: list[NDArray[np.float64]] = []
    for axis in (0, 1):
        rows, columns = np.nonzero(np.diff(padded, axis=axis))
        # A change between rows r-1 and r of the picture is an edge at y = r - 0.5, one pixel long in x.
        x, y = (columns - 1.5, rows - 0.5) if axis == 0 else (columns - 0.5, rows - 1.5)
        ends = np.stack((x, y), axis=1)
        lines.append(np.stack((ends, ends + ((1, 0) if axis == 0 else (0, 1))), axis=1))
    return np.concatenate(lines)


def min_max(values: NDArray[Any]) -> NDArray[np.float64]:
    """Scale to [0, 1] over the whole array; a constant array becomes 0."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.zeros(values.shape)
    scaled: NDArray[np.float64] = (values.astype(np.float64) - low) / (high - low)
    return scaled
