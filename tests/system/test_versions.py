"""The commit of a clone, told apart from a changed clone and from no clone."""

import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from acenet.system.versions import CodeVersion, code_version, package_versions

NAMES = ["-c", "user.name=a", "-c", "user.email=a@example.org"]


@pytest.mark.skipif(shutil.which("git") is None, reason="no git on this machine")
def test_commit_and_changes(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tmp_path), *NAMES, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    git("init")
    (tmp_path / "code.py").write_text("1\n")
    git("add", ".")
    git("commit", "-m", "first")
    commit = git("rev-parse", "HEAD")
    assert code_version(tmp_path) == CodeVersion(commit) and str(code_version(tmp_path)) == commit
    (tmp_path / "result.csv").write_text("not of the code\n")
    assert not code_version(tmp_path).changed
    (tmp_path / "code.py").write_text("2\n")
    assert code_version(tmp_path).changed and str(code_version(tmp_path)) == f"{commit} with changes"


def test_without_a_clone_or_git_the_commit_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "site-packages"
    inside.mkdir()
    assert code_version(inside) == CodeVersion("unknown")
    (tmp_path / ".git").mkdir()  # no repository
    assert code_version(tmp_path) == CodeVersion("unknown")
    assert code_version(inside) == CodeVersion(
        "unknown"
    )  # a clone around an installed copy is somebody else's
    monkeypatch.setenv("PATH", "")
    assert code_version(tmp_path) == CodeVersion("unknown")


def test_packages_are_those_installed() -> None:
    packages = package_versions()
    assert packages["torch"] == version("torch") and list(packages) == sorted(packages)
