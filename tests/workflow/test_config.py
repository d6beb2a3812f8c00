"""Mistakes in the configuration and in the data folder end the run before it begins, by name."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflow.conftest import Snakemake, scans_of_the_cohort


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"preset": "demoo"}, "expected one of demo, lite, real3, real2, paper; found demoo"),
        (
            {"presets": {"demo": {"training": {"epoch": 3}}}},
            "demo > training > epoch: expected epochs, perhaps",
        ),
        (
            {"presets": {"mine": {"grid": {"shape": [64, 64, 64]}}}},
            "presets > mine > cohort: expected a value",
        ),
        ({"data": {"malc": "/nowhere/malc"}}, "/nowhere/malc: expected files"),
    ],
    ids=str,
)
def test_a_mistake_is_named_before_anything_runs(
    snakemake: Snakemake, tmp_path: Path, config: dict[str, object], named: str
) -> None:
    run = snakemake("results/tables", directory=tmp_path, config=config)
    assert run.status != 0 and named in run.text, run.text[-3000:]
    assert (
        '.py", line' not in run.text
    )  # Snakemake adds at most the lines of the rules that asked for the data
    assert not run.jobs and not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        ("training-labels/1001_3_glm.nii.gz", "1001_3_glm.nii.gz: expected the labels of subject 1001"),
        ("testing-images/1003_3.nii.gz", "1003_3.nii.gz: expected the image of subject 1003"),
    ],
)
def test_unpaired_scans_are_named_before_anything_runs(
    snakemake: Snakemake, raw_malc: Path, config_for: Callable, tmp_path: Path, lost: str, message: str
) -> None:
    root = tmp_path / "malc"
    shutil.copytree(raw_malc, root)
    (root / lost).unlink()
    run = snakemake("conformed", directory=tmp_path / "run", config=config_for(root))
    assert run.status != 0 and message in run.text, run.text[-3000:]
    assert not run.jobs and not (tmp_path / "run" / "results").exists()


def test_a_key_of_ones_own_file_replaces_only_itself(snakemake: Snakemake, tmp_path: Path) -> None:
    config = {"presets": {"demo": {"cohort": {"subjects": {"schizbull": 5}}}}}
    run = snakemake("conformed", directory=tmp_path, config=config, options=["--dry-run"])
    assert run.status == 0, run.text[-3000:]
    expected = scans_of_the_cohort("demo") | {"schizbull": 5}
    assert {source: run.jobs[f"conform_{source}"] for source in expected} == expected
