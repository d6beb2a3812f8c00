"""Every program of `benchmarks` and `tools` can be started: what they import is there."""

import importlib
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
PROGRAMS = sorted(
    ".".join(path.relative_to(REPO).with_suffix("").parts)
    for folder in ("benchmarks", "tools")
    for path in (REPO / folder).rglob("*.py")
    if path.name != "__init__.py"
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_a_program_imports_is_there(name: str) -> None:
    assert importlib.import_module(name).__doc__
