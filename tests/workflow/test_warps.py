"""Augmentation through the workflow: what is planned, what a failed target costs, what is done again."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from acenet.augmentation.failures import failure
from acenet.augmentation.warp_rows import read_warp_rows
from acenet.datasets import raw_subject
from acenet.imaging.io import write_volume
from acenet.models.model_file import load_model
from tests.workflow.conftest import AFFINE, SHAPE, Run, Snakemake, write_head

TRAINING = "results/trained/malc27/acenet-s5-stage1-aug/seed3/model.pt"
MANIFEST = "results/warped/malc/manifest.csv"


def write_target(root: Path, subject_id: str, *, empty: bool) -> None:
    """An image without labels, as data.adni has them; made of a MALC head of another person."""
    image = root / raw_subject("adni", subject_id).image
    if empty:
        write_volume(image, np.zeros(SHAPE, np.int16), AFFINE)
        return
    write_head(root / "made", "1005")
    image.parent.mkdir(parents=True)
    shutil.move(root / "made" / raw_subject("malc", "1005").image, image)
    shutil.rmtree(root / "made")


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory, raw_malc: Path, config_for: Callable) -> dict:
    """The tiny preset with two targets, of which one is empty."""
    root = tmp_path_factory.mktemp("adni")
    write_target(root, "A", empty=False)
    write_target(root, "E", empty=True)
    found: dict = config_for(raw_malc)
    found["data"]["adni"] = str(root)
    return found


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, snakemake: Snakemake, config: dict) -> tuple[Path, Run]:
    """A folder in which one pair was warped, then a training on all of them made; not to be changed by tests."""
    folder = tmp_path_factory.mktemp("warps")
    first = snakemake("results/warped/malc/1000_A", directory=folder, config=config)
    assert first.status == 0 and first.jobs["warp"] == 1, first.text[-5000:]
    second = snakemake(TRAINING, "results/figures/warps.png", directory=folder, config=config)
    assert second.status == 0, second.text[-5000:]
    return folder, second


def test_a_run_that_stopped_redoes_no_warp_that_finished(built: tuple[Path, Run]) -> None:
    _, second = built
    assert (second.jobs["warp"], second.jobs["conform_adni"], second.jobs["judge_warps"]) == (3, 1, 2)


def test_an_empty_target_is_listed_and_stops_nothing(built: tuple[Path, Run]) -> None:
    folder, _ = built
    rows = {row["subject"]: row for row in read_warp_rows(folder / MANIFEST)}
    assert {name: row["accepted"] for name, row in rows.items()} == {
        "1000_A": "yes",
        "1001_A": "yes",
        "1000_E": "no",
        "1001_E": "no",
    }
    assert "expected an image with contrast" in rows["1000_E"]["reason"]
    assert rows["1000_E"]["reason"].startswith("target E: ") and failure(folder / "results/conformed/adni/E")
    assert (folder / "results/figures/warps.png").stat().st_size > 5000


def test_the_training_sees_the_training_scans_and_the_accepted_warps(built: tuple[Path, Run]) -> None:
    card = load_model(built[0] / TRAINING).card
    assert card["subjects"]["train"] == ["1000", "1001", "1000_A", "1001_A"]


def again(snakemake: Snakemake, folder: Path, config: dict, **changes: object) -> Run:
    """A dry-run of the same training with a changed section `augmentation`."""
    tiny = config["presets"]["tiny"]
    changed = {**config, "presets": {"tiny": {**tiny, "augmentation": {**tiny["augmentation"], **changes}}}}
    return snakemake(TRAINING, directory=folder, config=changed, options=["--dry-run"])


def test_other_thresholds_judge_again_and_warp_nothing(
    snakemake: Snakemake, built: tuple[Path, Run], config: dict, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(built[0], tmp_path / "copy"))
    assert again(snakemake, copy, config).nothing
    assert again(snakemake, copy, config, threads=2, memory_mb=1234, minutes=7).nothing
    strict = config["presets"]["tiny"]["augmentation"]["accept"] | {"similarity": 0.999}
    jobs = again(snakemake, copy, config, accept=strict).jobs
    assert (jobs["judge_warps"], jobs["list_warps"], jobs["train"], jobs["warp"]) == (2, 1, 1, 0)
    assert again(snakemake, copy, config, spacing_mm=6.0).jobs["warp"] == 4


def test_a_missing_warp_alone_is_made_again(
    snakemake: Snakemake, built: tuple[Path, Run], config: dict, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(built[0], tmp_path / "copy"))
    shutil.rmtree(copy / "results/warped/malc/1001_A")
    jobs = snakemake("warped", directory=copy, config=config, options=["--dry-run"]).jobs
    assert (jobs["warp"], jobs["judge_warps"], jobs["conform_malc"], jobs["conform_adni"]) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"warp": 300, "register_scan": 0, "conform_adni": 20, "judge_warps": 20}),
        ({"mode": "template"}, {"warp": 300, "register_scan": 35, "conform_adni": 20}),
        ({"targets": ["synthetic_007"], "atlases": 4}, {"warp": 4, "conform_adni": 1}),
    ],
    ids=["direct", "template", "a target of one's own choice"],
)
def test_the_papers_size_is_300_warps(
    snakemake: Snakemake, tmp_path: Path, changes: dict, expected: dict[str, int]
) -> None:
    config = {"preset": "paper", "presets": {"paper": {"augmentation": changes}}}
    jobs = snakemake("warped", directory=tmp_path, config=config, options=["--dry-run"]).jobs
    assert {rule: jobs[rule] for rule in expected} == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"targets": 0},
            "table06: expected networks and data for its trainings; found no augmented data for malc27/acenet-s5",
        ),
        ({"targets": 21}, "augmentation > targets: expected at most 20"),
        ({"targets": ["042_S_0042"]}, "found 042_S_0042"),
        ({"atlases": 9}, "augmentation > atlases: expected at most 8"),
        ({"transform": "Affine"}, "augmentation > transform: expected one of SyN"),
        ({"accept": {"folds": 2}}, "accept > folds: expected at most 1; found 2"),
    ],
    ids=str,
)
def test_a_mistake_is_named_before_anything_runs(
    snakemake: Snakemake, tmp_path: Path, changes: dict, message: str
) -> None:
    config = {"presets": {"demo": {"augmentation": changes}}}
    run = snakemake("results/tables/table06.csv", directory=tmp_path, config=config, options=["--dry-run"])
    assert run.status != 0 and message in run.text, run.text[-3000:]


def test_public_heads_take_the_place_of_adni(snakemake: Snakemake, tmp_path: Path) -> None:
    config = {"data": {"adni": "heads"}}
    jobs = snakemake("warped", directory=tmp_path / "run", config=config, options=["--dry-run"]).jobs
    names = ("fetch_heads", "extract_heads", "conform_adni", "warp", "embed_adni")
    assert [jobs[name] for name in names] == [1, 1, 2, 8, 0]
