"""Digests of code change with what is computed, and with nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from acenet import fingerprint as module
from acenet.engine.modes import OF_NETWORKS
from acenet.experiments import load_trainings
from acenet.fingerprint import behind, fingerprint
from acenet.models import NETWORKS

REPO = Path(__file__).parents[1]
CACHED = ("fingerprint", "_read", "_passed_on", "_modules", "_data_files", "_version")
FILES = {
    "work.py": "import torch\nfrom acenet.parts import wheel\nfrom acenet.bolts import turn\nprint(wheel(turn(2)))\n",
    "acenet/__init__.py": '__version__ = "1"\n',
    "acenet/parts/__init__.py": "from acenet.parts.wheels import wheel\nfrom acenet.parts.doors import door\n",
    "acenet/parts/wheels.py": "import numpy\nfrom acenet.logs import logger\ndef wheel(x):\n    return x + 1\n",
    "acenet/parts/doors.py": "import scipy\ndef door(x):\n    return x + 2\n",
    "acenet/bolts.py": 'T = "bolts.csv"\nN = {"a": "acenet.nuts", "b": "acenet.keys"}\ndef turn(x):\n    return x\n',
    "acenet/nuts.py": "def nut(): return 1\n",
    "acenet/keys.py": "def key(): return 1\n",
    "acenet/bolts.csv": "a,b\n1,2\n",
    "acenet/logs.py": "def logger(): pass\n",
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
    return fingerprint(root / "work.py", frozenset(named) if named else None).code


def edit(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new))


def test_what_is_behind_a_script(root: Path) -> None:
    assert set(behind(root / "work.py")) == {
        *("work.py", "acenet.parts.wheels", "acenet.bolts", "acenet.nuts", "acenet.keys")
    }
    found = fingerprint(root / "work.py").packages
    assert [one.split()[0] for one in found.split(", ")] == ["numpy", "torch"] and "+" not in found


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("acenet/parts/wheels.py", "x + 1", "x + 3"),
        ("acenet/parts/wheels.py", "return x", "x = x * 2\n    return x"),
        ("acenet/bolts.csv", "1,2", "1,3"),
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
        ("acenet/logs.py", "pass", "return 1"),
        ("acenet/__init__.py", '"1"', '"2"'),
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
    networks = set(NETWORKS.values())
    for training in ("malc27/quicknatv2", "malc27/acenet-s5-skull-twostage", "malc27/unet3d"):
        own = NETWORKS[load_trainings()[training].arch]
        found = set(behind(REPO / "workflow_scripts/train.py", frozenset([own])))
        assert {
            "acenet.training.loop",
            "acenet.training.losses",
            "acenet.slices",
            "acenet.models.blocks",
        } - found <= {"acenet.models.blocks"}
        assert found & networks == {own}
        assert {
            "acenet.engine.modes",
            "acenet.engine.fourier_convolution",
            "acenet.engine.equal_pixels",
        } <= found
        beside = {OF_NETWORKS[own]} if own in OF_NETWORKS else set()
        assert found & set(OF_NETWORKS.values()) == beside
        assert not {name for name in found if name.startswith(("acenet.report", "acenet.cohort"))}
        assert "acenet.registration.warp" not in found


def test_tables_depend_on_no_training_code() -> None:
    found = set(behind(REPO / "workflow_scripts/table.py"))
    assert "acenet.report.tables" in found and not {
        name for name in found if "training." in name or "models" in name
    }
