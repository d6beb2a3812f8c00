"""What keeps a run from starting ends with one message that says what to do; then the same command goes on."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.workflow.conftest import Snakemake

TARGET = "results/warped/malc/targets.csv"  # one job of a second


def test_a_lock_left_behind_is_named_with_its_remedy(snakemake: Snakemake, tmp_path: Path) -> None:
    locks = tmp_path / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    (locks / "0.output.lock").write_text(f"{tmp_path / TARGET}\n{TARGET}\n")
    run = snakemake(TARGET, directory=tmp_path)
    assert run.status != 0 and "--unlock" in run.text and "Traceback" not in run.text, run.text[-3000:]
    assert snakemake(directory=tmp_path, options=["--unlock"]).status == 0
    run = snakemake(TARGET, directory=tmp_path)
    assert run.status == 0 and (tmp_path / TARGET).is_file(), run.text[-3000:]


def test_a_folder_that_cannot_be_written_is_named(snakemake: Snakemake, tmp_path: Path) -> None:
    """A results folder of another user, or on a disk that was mounted read-only."""
    results = tmp_path / "results"
    results.mkdir()
    results.chmod(0o555)
    if os.access(results, os.W_OK):  # the superuser's permissions are not looked at
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", str(results)], check=False)
        if mounted.returncode:
            pytest.skip("neither permissions nor mounts make a folder read-only here")
    try:
        run = snakemake(TARGET, directory=tmp_path)
        assert run.status != 0 and "Traceback" not in run.text, run.text[-3000:]
        assert "results" in run.text and "--directory" in run.text, run.text[-3000:]
    finally:
        subprocess.run(["umount", str(results)], check=False, capture_output=True)
        results.chmod(0o755)
    run = snakemake(TARGET, directory=tmp_path)
    assert run.status == 0, run.text[-3000:]


def test_a_full_disk_is_named_before_anything_runs(snakemake: Snakemake, tmp_path: Path) -> None:
    """Snakemake itself would end with tracebacks, of its lock and of its log."""
    small = ["mount", "-t", "tmpfs", "-o", "size=100k", "none", str(tmp_path)]
    if subprocess.run(small, check=False, capture_output=True).returncode:
        pytest.skip("small file systems cannot be mounted here")
    try:
        with pytest.raises(OSError, match="No space left"):
            (tmp_path / "filling").write_bytes(bytes(200_000))
        run = snakemake(TARGET, directory=tmp_path)
        assert run.status != 0 and "the disk is full. Make room there" in run.text, run.text[-3000:]
        assert "Traceback" not in run.text
        subprocess.run(["mount", "-o", "remount,size=20m", str(tmp_path)], check=True)
        run = snakemake(TARGET, directory=tmp_path)
        assert run.status == 0 and (tmp_path / TARGET).is_file(), run.text[-3000:]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
