"""Which code this is: the commit it was checked out from, and the versions of all installed packages."""

import subprocess
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

UNKNOWN = "unknown"


@dataclass(frozen=True)
class CodeVersion:
    """A commit, and whether tracked files differ from it; `unknown` outside a clone or without git."""

    commit: str
    changed: bool = False

    def __str__(self) -> str:
        return f"{self.commit} with changes" if self.changed else self.commit


def code_version(root: Path = Path(__file__).parents[2]) -> CodeVersion:
    """The version of the code in the folder `root`."""
    if not (root / ".git").exists():  # an installed copy, possibly inside somebody else's repository
        return CodeVersion(UNKNOWN)
    try:
        commit = _git(root, "rev-parse", "HEAD")
        changes = _git(root, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return CodeVersion(UNKNOWN)
    return CodeVersion(commit, bool(changes))


def package_versions() -> dict[str, str]:
    """Version of each installed package, by name in alphabetical order."""
    found = {str(one.metadata["Name"]).lower(): one.version for one in distributions()}
    return dict(sorted(found.items()))


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
