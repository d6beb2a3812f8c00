"""A small subject on disk, and a bit to flip."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.small_scan import LEFT, RIGHT, SHAPE, Case


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """A sound subject, written."""
    labels = np.zeros(SHAPE, np.int16)
    labels[14:18, 5:12, 6:15], labels[6:10, 5:12, 6:15] = LEFT, RIGHT
    mask = np.zeros(SHAPE, np.uint8)
    mask[5:19, 4:13, 5:16] = 1
    noise = np.random.default_rng(0).integers(1, 50, SHAPE)
    return Case(tmp_path, (noise + 40 * mask + labels).astype(np.int16), labels, mask).write()


@pytest.fixture
def flip() -> Callable[[Path, int], None]:
    """Flips one bit of a file."""

    def flip_bit(path: Path, bit: int) -> None:
        content = bytearray(path.read_bytes())
        content[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(bytes(content))

    return flip_bit
