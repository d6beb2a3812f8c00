"""What `pip install acenet` alone has to do, and how little of it a command loads before its work begins."""

import subprocess
import sys
from pathlib import Path

import pytest

from acenet.errors import WORKFLOW_ALONE
from tests.support.small_model import write_model

ABSENT = WORKFLOW_ALONE - {"filelock"}  # which torch asks for
START = f"""
import sys
for name in {sorted(ABSENT)}:
    sys.modules[name] = None  # importing it fails as if it were not installed
from acenet.cli.main import main
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START + code, *arguments], capture_output=True, text=True, check=False
    )


def test_without_the_workflow_s_packages_every_command_works(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model.pt")
    commands = [
        ["models", "--directory", str(tmp_path)],
        ["trace", "table08", "malc-27, dice", "acenet", "--directory", str(tmp_path)],
        ["card", str(model), "--out", str(tmp_path / "card")],
    ]
    done = run(f"for words in {commands!r}:\n    assert main(words) == 0, words")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "card" / "card.md").is_file() and "table08" in done.stdout


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("try: main(['--help'])\nexcept SystemExit: pass", {"numpy", "torch", "platformdirs"}),
        ("assert main(['models']) == 0", {"torch", "pandas", "matplotlib"}),
        (
            "import acenet.segment.many_scans, acenet.segment.segmenter, acenet.segment.known_models",
            {"pandas", "matplotlib", "jinja2", "yaml"},
        ),
    ],
)
def test_nothing_is_loaded_that_is_not_needed(code: str, absent: set[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START + code + f"\nprint('loaded', {absent} & set(sys.modules))"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "loaded set()", done.stdout + done.stderr
