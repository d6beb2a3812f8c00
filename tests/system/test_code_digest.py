"""Digests of code change with what is computed, and with nothing else."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from acenet.engine.modes import OF_NETWORKS
from acenet.networks import NETWORKS
from acenet.papers import load_trainings
from acenet.system import code_digest as module
from acenet.system.code_digest import behind, code_digest

REPO = Path(__file__).parents[2]
CACHED = ("code_digest", "_read", "_passed_on", "_modules", "_data_files", "_version")
FILES = {
    "work.py": "import torch\nfrom acenet.parts import wheel\nfrom acenet.bolts import turn\nprint(wheel(turn(2)))\n",
    "acenet/__init__.py": '__version__ = "1"\n',
    "acenet/parts/__init__.py": "from acenet.parts.wheels import wheel\nfrom acenet.parts.doors import door\n",
    "acenet/parts/wheels.py": "import numpy\nfrom acenet.logs import logger\ndef wheel(x):\n    return x + 1\n",
    "acenet/parts/doors.py": "import scipy\ndef door(x):\n    return x + 2\n",
    "acenet/bolts.py": 'T = "bolts.csv"\nN = {"a": "acenet.nuts", "b": "acenet.keys"}\ndef turn(x):\n    return x\n',
    "acenet/nuts.py": 'PAGE = "bolt.md.j2"\ndef nut(): return 1\n',
    "acenet/keys.py": "def key(): return 1\n",
    "acenet/bolts.csv": "a,b\n1,2\n",
    "acenet/system/job_log.py": "def logger(): pass\n",
    "acenet/templates/bolt.md.j2": '{% extends "base.md.j2" %}{% block a %}x{% endblock %}\n',
    "acenet/templates/base.md.j2": "{% from 'macros.j2' import m %}{% block a %}{% endblock %}\n",
    "acenet/templates/macros.j2": "{% macro m() %}{% endmacro %}\n",
    "acenet/templates/other.md.j2": "nobody's\n",
}


def forget() -> None:
    for name in CACHED:
        getattr(module, name).cache_clear()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small package of that name."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    forget()
    yield tmp_path
    forget()


def code(root: Path, *named: str) -> str:
    forget()
    return code_digest(root / "work.py", frozenset(named) if named else None).code


def edit(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new))


def test_what_is_behind_a_script(root: Path) -> None:
    assert set(behind(root / "work.py")) == {
        *("work.py", "acenet.parts.wheels", "acenet.bolts", "acenet.nuts", "acenet.keys")
    }
    found = code_digest(root / "work.py").packages
    assert [one.split()[0] for one in found.split(", ")] == ["numpy", "torch"] and "+" not in found


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("acenet/parts/wheels.py", "x + 1", "x + 3"),
        ("acenet/parts/wheels.py", "return x", "x = x * 2\n    return x"),
        ("acenet/bolts.csv", "1,2", "1,3"),
        ("acenet/templates/bolt.md.j2", "x", "y"),
        ("acenet/templates/base.md.j2", "\n", "b\n"),  # which it extends
        ("acenet/templates/macros.j2", "m()", "m(a)"),  # which that imports from
        ("acenet/keys.py", "return 1", "return 2"),
        ("work.py", "turn(2)", "turn(3)"),
    ],
)
def test_a_change_of_what_is_computed_shows(root: Path, name: str, old: str, new: str) -> None:
    before = code(root)
    edit(root, name, old, new)
    assert code(root) != before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("acenet/parts/wheels.py", "return x + 1", "# why\n    return (x\n            + 1)"),
        ("acenet/parts/wheels.py", "def wheel(x):", 'def wheel(x: int) -> int:\n    """Turns."""'),
        ("acenet/parts/wheels.py", "return x", 'logger.info("turning %s", x)\n    return x'),
        ("acenet/parts/doors.py", "x + 2", "x + 3"),  # passed on by the package, not used
        ("acenet/system/job_log.py", "pass", "return 1"),
        ("acenet/__init__.py", '"1"', '"2"'),
        ("acenet/templates/other.md.j2", "nobody", "somebody"),
    ],
)
def test_other_changes_do_not(root: Path, name: str, old: str, new: str) -> None:
    before = code(root)
    edit(root, name, old, new)
    assert code(root) == before


def test_words_of_an_error_do_not_count_but_when_it_is_raised_does(root: Path) -> None:
    edit(root, "acenet/parts/wheels.py", "return", 'if x < 0:\n        raise ValueError("no")\n    return')
    before = code(root)
    edit(root, "acenet/parts/wheels.py", '"no"', '"not below zero"')
    assert code(root) == before
    edit(root, "acenet/parts/wheels.py", "x < 0", "x < 1")
    assert code(root) != before


def test_of_a_register_only_what_is_used_counts(root: Path) -> None:
    before = code(root, "acenet.nuts")
    edit(root, "acenet/keys.py", "return 1", "return 2")
    assert code(root, "acenet.nuts") == before
    edit(root, "acenet/nuts.py", "return 1", "return 2")
    assert code(root, "acenet.nuts") != before


def test_what_a_register_names_for_a_module_counts_with_it(root: Path) -> None:
    """However the two are come by: the register before the module that it is for, or after it."""
    (root / "acenet/oil.py").write_text(
        'FOR = {"acenet.nuts": "acenet.rust", "acenet.keys": "acenet.dust"}\n'
    )
    for name in ("rust", "dust"):
        (root / f"acenet/{name}.py").write_text("def cover(): return 1\n")
    for name in ("acenet/bolts.py", "acenet/nuts.py", "acenet/parts/wheels.py"):
        original = (root / name).read_text()
        (root / name).write_text("import acenet.oil\n" + original)
        before = code(root, "acenet.nuts")
        assert "acenet.dust" not in behind(root / "work.py", frozenset(["acenet.nuts"]))
        edit(root, "acenet/rust.py", "return 1", "return 1 + 1")
        assert code(root, "acenet.nuts") != before
        edit(root, "acenet/rust.py", "return 1 + 1", "return 1")
        (root / name).write_text(original)


def test_where_the_repository_lies_does_not_matter(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = code(root)
    moved = root.rename(root.with_name("elsewhere"))
    monkeypatch.setattr(module, "ROOT", moved)
    assert code(moved) == before
    moved.rename(root)


def test_trainings_depend_on_what_trains_and_on_their_own_network() -> None:
    forget()
    networks = {one.module for one in NETWORKS.values()}
    for training in ("malc27/quicknatv2", "malc27/acenet-s5-skull-twostage", "malc27/unet3d"):
        own = NETWORKS[load_trainings()[training].arch].module
        found = set(behind(REPO / "workflow_scripts/train.py", frozenset([own])))
        assert {
            "acenet.training.loop",
            "acenet.training.losses",
            "acenet.inputs.stacks",
            "acenet.networks.blocks",
        } - found <= {"acenet.networks.blocks"}
        assert found & networks == {own}
        assert {
            "acenet.engine.modes",
            "acenet.engine.fourier_convolution",
            "acenet.engine.equal_pixels",
        } <= found
        beside = {OF_NETWORKS[own]} if own in OF_NETWORKS else set()
        assert found & set(OF_NETWORKS.values()) == beside
        assert not {name for name in found if name.startswith(("acenet.report", "acenet.cohort"))}
        assert "acenet.augmentation.warp" not in found


def test_tables_depend_on_no_training_code() -> None:
    found = set(behind(REPO / "workflow_scripts/table.py"))
    assert {
        "acenet.report.tables",
        "acenet.report.rendering",
    } <= found and "acenet.report.claims" not in found
    assert not {name for name in found if "training." in name or "models" in name}


TEMPLATES = {
    "table.py": {"table.md.j2", "table.tex.j2", "table.html.j2", "page.html.j2"},
    "tables_document.py": {"document.tex.j2"},
    "own_table.py": {"own.md.j2"},
    "claims.py": {"claims.md.j2", "report.html.j2", "section.html.j2", "page.html.j2"},
    "summary.py": {"report.html.j2", "section.html.j2", "page.html.j2"},
    "record_provenance.py": {"report.html.j2", "section.html.j2", "page.html.j2"},
    "model_card.py": {"card.md.j2"},
}


@pytest.mark.parametrize("script", TEMPLATES)
def test_rules_depend_on_the_templates_that_they_fill(script: str) -> None:
    forget()
    files = {path for source in behind(REPO / "workflow_scripts" / script).values() for path in source.data}
    found = {path.name for path in files if path.suffix == ".j2"}
    assert found >= TEMPLATES[script]
    assert script == "model_card.py" or "card.md.j2" not in found


def test_an_installation_has_every_kind_of_data() -> None:
    settings = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(settings["tool"]["setuptools"]["package-data"]["*"]) == {
        f"*{ending}" for ending in module.DATA
    }


def test_no_template_is_behind_a_training() -> None:
    forget()
    for script in ("train.py", "predict.py", "measure.py", "conform.py"):
        sources = behind(REPO / "workflow_scripts" / script).values()
        assert not [path for source in sources for path in source.data if path.suffix == ".j2"]
