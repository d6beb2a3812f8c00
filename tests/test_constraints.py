"""constraints.txt pins what an installation with all extras brings in."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from acenet.errors import WORKFLOW_ALONE

REPO = Path(__file__).parents[1]


def pins() -> dict[str, Version]:
    lines = (REPO / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    found = {canonicalize_name(name): Version(version) for name, version in pairs}
    assert len(found) == len(pairs), "a name twice"
    return found


def project() -> dict[str, dict]:
    return tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))


def named() -> list[Requirement]:
    """Everything that pyproject.toml names, but for extras of its own that are parts of others."""
    table = project()["project"]
    lists = [table["dependencies"], *table["optional-dependencies"].values()]
    every = [Requirement(text) for requirements in lists for text in requirements]
    return [one for one in every if canonicalize_name(one.name) != table["name"]]


def installed_behind(requirements: list[Requirement]) -> dict[str, Version]:
    """Installed distributions that the requirements bring in, with their own requirements and so on."""
    found: dict[str, Version] = {}
    waiting = [(requirement, extra) for requirement in requirements for extra in ("", *requirement.extras)]
    seen = set()
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (name, extra) in seen or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        seen.add((name, extra))
        installed = distribution(name)
        found[name] = Version(installed.version)
        for text in installed.requires or ():
            child = Requirement(text)
            if child.marker is None or child.marker.evaluate({"extra": extra}):
                child.marker = None
                waiting += [(child, one) for one in ("", *child.extras)]
    return found


def test_every_named_dependency_is_pinned_within_its_range() -> None:
    known = pins()
    for requirement in named():
        name = canonicalize_name(requirement.name)
        assert name in known, f"{name} is not in constraints.txt"
        assert requirement.specifier.contains(known[name]), f"{requirement} excludes its pin {known[name]}"


def test_every_installed_dependency_is_pinned() -> None:
    try:
        installed = installed_behind(named())
    except PackageNotFoundError as error:
        pytest.skip(f"not installed with all extras: {error}")
    known = pins()
    assert len(installed) > len(named())
    assert sorted(set(installed) - set(known)) == []


def test_pins_are_exact_and_fit_every_build() -> None:
    text = (REPO / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []


def test_the_build_tool_is_pinned() -> None:
    assert all("==" in text for text in project()["build-system"]["requires"])


def test_packages_asked_for_by_name_are_those_of_the_extra() -> None:
    """What a light installation lacks, and a message names, is in the extra `workflow` and nowhere in the rest."""
    names = {"ants": "antspyx"}
    table = project()["project"]
    extra, rest = (
        {canonicalize_name(Requirement(text).name) for text in texts}
        for texts in (table["optional-dependencies"]["workflow"], table["dependencies"])
    )
    wanted = {names.get(name, name) for name in WORKFLOW_ALONE}
    assert wanted <= extra and not extra & rest
