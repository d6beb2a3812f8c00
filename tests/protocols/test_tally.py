"""Counts and look-ups by pieces equal numpy's of the whole array, in any memory order and past a piece's end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acenet.protocols import tally as module
from acenet.protocols.tally import look_up, tally


@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(0, 7), st.integers(0, 6), st.integers(0, 5)),
    order=st.sampled_from("CF"),
    kind=st.sampled_from([np.uint8, np.int16, np.int32]),
    first=st.integers(0, 40),
)
def test_pieces_add_up_to_the_whole(
    seed: int, shape: tuple[int, int, int], order: str, kind: type, first: int
) -> None:
    values = np.random.default_rng(seed).integers(first, first + 50, shape).astype(kind, order=order)
    table = np.random.default_rng(seed + 1).integers(0, 256, 50).astype(np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PIECE", 13)
        counts, found = tally(values, 50, first=first), look_up(table, values, first=first)
    np.testing.assert_array_equal(counts, np.bincount(values.ravel().astype(int) - first, minlength=50))
    np.testing.assert_array_equal(found, table[values.astype(int) - first])
    assert found.dtype == np.uint8 and found.flags.f_contiguous == values.flags.f_contiguous


def test_strided_views_are_read_where_they_lie() -> None:
    values = np.arange(60, dtype=np.int16).reshape(3, 4, 5)[::-1, ::2, 1:4]
    np.testing.assert_array_equal(look_up(np.arange(60), values), values)
    assert tally(values, 60).sum() == values.size
