"""A model file that all tests of this folder share."""

from pathlib import Path

import pytest

from tests.support.small_model import write_model


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "model.pt")
