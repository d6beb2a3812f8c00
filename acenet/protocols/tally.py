"""Counts and look-ups of large arrays of whole numbers, a piece that stays in a core's cache at a time.

Numpy first makes every such array one of 64-bit indices, eight times as large as a class map.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

PIECE = 1 << 16  # values


def tally(values: NDArray[Any], n: int, *, first: int = 0) -> NDArray[np.int64]:
    """How often each of the whole numbers first, first + 1, ... first + n - 1 occurs in an array of no others: (n,).

    >>> tally(np.array([[2, 0], [2, 1]], np.uint8), 4)
    array([1, 1, 2, 0])
    """
    counts = np.zeros(n, dtype=np.int64)
    for _, piece in _pieces(values.ravel(order="K")):
        counts += np.bincount(piece.astype(np.intp) - first, minlength=n)
    return counts


def look_up(table: NDArray[Any], values: NDArray[Any], *, first: int = 0) -> NDArray[Any]:
    """`table[values - first]` in the memory order of `values`, which may have any shape; beyond the table, its ends.

    >>> look_up(np.array([5, 6, 7], np.uint8), np.array([-1, 1, 9]))
    array([5, 6, 7], dtype=uint8)
    """
    found = np.empty_like(values, dtype=table.dtype)
    into = found.ravel(order="K")  # a view: what numpy makes alike has no gaps
    for start, piece in _pieces(values.ravel(order="K")):
        np.take(table, piece.astype(np.intp) - first, mode="clip", out=into[start : start + len(piece)])
    return found


def _pieces(flat: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    for start in range(0, len(flat), PIECE):
        yield start, flat[start : start + PIECE]
