"""What a change of code repeats: what it reaches, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

from tests.workflow.conftest import Run

TARGET = "results/warped/malc/targets.csv"  # one job of a second


def run(clone: Path, folder: Path, *options: str) -> Run:
    """Snakemake of the copy, with the copy's own package."""
    command = [
        sys.executable,
        "-m",
        "snakemake",
        TARGET,
        "--cores",
        "1",
        "--directory",
        str(folder),
        *options,
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=clone,
        env={**os.environ, "PYTHONPATH": str(clone)},
    )
    return Run(done.returncode, done.stdout + done.stderr)


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_a_change_of_code_repeats_what_it_reaches(clone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first = run(clone, folder)
    assert first.status == 0 and first.jobs == {"record_targets": 1}, first.text[-3000:]
    append(clone / "acenet/datasets/adni.py", "\n# a remark\n")
    append(clone / "acenet/metrics/surface.py", "\nUNUSED = 1\n")
    assert run(clone, folder, "--dry-run").nothing
    script = clone / "workflow_scripts/record_targets.py"
    script.write_text(script.read_text().replace("with logged", "NEW = 1\nwith logged"), encoding="utf-8")
    again = run(clone, folder, "--dry-run")
    assert again.jobs == {"record_targets": 1} and "params have changed" in again.text.lower(), again.text[
        -3000:
    ]
    adopted = run(clone, folder, "--touch")
    assert adopted.status == 0, adopted.text[-3000:]
    assert run(clone, folder, "--dry-run").nothing
