"""Fixtures of scans in folders of their own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.head_shapes import AFFINE, phantom, write_scan


@pytest.fixture
def atlas(tmp_path: Path) -> Path:
    return write_scan(tmp_path / "1000", phantom())


@pytest.fixture
def target_like(tmp_path: Path) -> Callable[..., Path]:
    """Makes a target (image only) from volumes."""

    def make(name: str, volumes: dict[str, np.ndarray], affine: np.ndarray = AFFINE) -> Path:
        return write_scan(tmp_path / name, {"image": volumes["image"]}, affine)

    return make
