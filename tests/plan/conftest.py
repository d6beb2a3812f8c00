"""Studies of configurations that need no data: everything embedded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from acenet.config import Configuration
from acenet.networks import NETWORKS
from acenet.plan.study import Study

REPO = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def file() -> dict[str, Any]:
    """config.yaml as it is shipped."""
    found: dict[str, Any] = yaml.safe_load((REPO / "config.yaml").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def study_of(file: dict[str, Any]) -> Callable[..., Study]:
    """The study of config.yaml with some top-level keys changed, and sections of the preset demo."""

    def build(sections: dict[str, dict[str, Any]] | None = None, **keys: Any) -> Study:
        demo = {
            name: {**section, **(sections or {}).get(name, {})}
            for name, section in file["presets"]["demo"].items()
        }
        presets = {**file["presets"], "demo": demo}
        return Study(Configuration.model_validate({**file, "presets": presets, **keys}), NETWORKS)

    return build


@pytest.fixture(scope="session")
def demo(study_of: Callable[..., Study]) -> Study:
    return study_of()
