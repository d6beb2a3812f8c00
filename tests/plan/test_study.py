"""What trainings compute and what they read, from the configuration alone."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acenet.errors import InputError
from acenet.papers.sizes import Coarse
from acenet.plan.study import Study

Build = Callable[..., Study]
TABLE = "source_ids\tname\n17\tLeft Hippocampus\n53\tRight Hippocampus\n"


def test_settings_are_the_papers_resized_by_the_preset(demo: Study, study_of: Build) -> None:
    small = demo.settings("malc133", "acenet-s5-skull-twostage", 1)
    assert (small.epochs, small.batch, small.optimizer, small.network.filters) == (1.2, 3, "muon", 16)
    assert (small.network.s, small.network.skull, small.network.n_classes) == (5, True, 139)
    paper = study_of(preset="paper").settings("malc133", "acenet-s5-skull-twostage", 1)
    assert (paper.epochs, paper.optimizer, paper.network.filters, paper.network.kernel) == (100, "sgd", 64, 5)
    rates = [
        study_of(preset="paper").settings(dataset, "acenet-s5-stage1", 1).learning_rate
        for dataset in ("malc27", "malc133")
    ]
    assert rates == [0.01, 0.02]
    first = demo.settings("malc27", "acenet-s5-stage1", 1)
    assert demo.settings("malc27", "acenet-s5-skull-e2e", 1).epochs == first.epochs + small.epochs == 2.7
    assert (first.learning_rate, first.coarse) == (0.03, Coarse(0.6, 32, 32)) and small.coarse is None


def test_the_paper_preset_learns_as_the_papers_say(study_of: Build) -> None:
    for training in ("acenet-s5-stage1", "acenet-s5-skull-twostage", "sdnet", "unet3d"):
        paper = study_of(preset="paper").settings("malc27", training, 1)
        assert (paper.optimizer, paper.schedule, paper.warmup, paper.momentum) == ("sgd", "poly", 0, 0.9)
        assert (paper.coarse, paper.empty_slices, paper.initial_bias) == (None, True, "uniform")
        assert (paper.norm_statistics, paper.validation, paper.muon_rate) == ("running", "each_epoch", None)


def test_only_what_is_computed_with_decides_a_training(demo: Study, study_of: Build) -> None:
    """A note, a scheduler's memory, or how 3D networks draw patches retrain no network of slices."""
    name = ("malc27", "quicknatv2")
    told = demo.settings(*name, 1)
    noted = study_of()
    training = noted.trainings["/".join(name)]
    noted.trainings["/".join(name)] = replace(training, note="a typo mended")
    assert noted.settings(*name, 1) == told
    for section in (
        {"memory_mb": 1, "minutes": 1, "threads": 2, "workers": 3},
        {"patch": 32, "patches_per_volume": 1},
    ):
        assert study_of({"training": section}).settings(*name, 1) == told
    assert study_of({"training": {"filters": 8}}).settings(*name, 1) != told
    assert demo.settings(*name, 2) != told
    assert study_of(seed=2).settings(*name, 1) == told  # that one is of the data


def test_what_a_training_reads(demo: Study) -> None:
    volumes = demo.training_volumes("malc133")
    assert (
        len(volumes) == 4 * 8
        and volumes[1].endswith("/brainmask.nii")
        and volumes[2].endswith("/malc133.nii")
    )
    assert not set(volumes) & set(demo.held_out_volumes("malc133"))
    assert demo.split_file("malc133") == "results/splits/malc.csv"
    assert demo.first_stage("malc27", "acenet-s5-skull-twostage", 4) == [
        "results/trained/malc27/acenet-s5-stage1/seed4/model.pt"
    ]
    assert demo.first_stage("malc27", "quicknatv2", 4) == []


def test_augmented_trainings_read_every_warp(demo: Study, study_of: Build) -> None:
    name = ("malc27", "acenet-s5-skull-twostage-aug")
    wanted = demo.warped_volumes(*name)
    assert wanted[0] == "results/warped/malc/manifest.csv" and len(wanted) == 1 + 4 * 2 == len(set(wanted))
    assert demo.warped_volumes("malc27", "acenet-s5-skull-twostage") == []
    without = study_of({"augmentation": {"targets": 0}})
    assert not without.warps and without.warps.all() == []
    with pytest.raises(InputError, match="targets is 0"):
        without.warped_volumes(*name)


def test_warps_go_through_the_template_where_it_is_asked_for(demo: Study, study_of: Build) -> None:
    assert demo.warps.through("1000", "t") == []
    composed = study_of({"augmentation": {"mode": "template", "targets": ["synthetic_003"]}}).warps
    assert composed.targets == ["synthetic_003"]
    assert composed.through("1000", "t") == ["results/registered/target/t", "results/registered/atlas/1000"]
    assert composed.scan_to_register("target", "t") == ["results/conformed/adni/t"]
    assert composed.scan_to_register("atlas", "1000")[0] == "results/conformed/malc/1000/image.nii"
    assert composed.template() == "results/raw/anatomy/base-head.nii"


@pytest.fixture
def entry(tmp_path: Path) -> dict[str, Any]:
    """An entry of `own` whose table is there."""
    (tmp_path / "labels.tsv").write_text(TABLE, encoding="utf-8")
    table = str(tmp_path / "labels.tsv")
    return {
        "name": "mine",
        "root": str(tmp_path),
        "protocol": table,
        "like": "malc27",
        "models": ["quicknatv2"],
    }


def test_data_of_ones_own_are_a_source_and_a_data_set(study_of: Build, entry: dict[str, Any]) -> None:
    study = study_of(own=[entry])
    assert study.datasets[-1] == "mine" and study.source_of("mine") is study.source("mine")
    assert study.settings("mine", "quicknatv2", 1).network.n_classes == 3
    assert study.protocol("mine") == "results/protocols/mine.tsv" and study.protocol("malc27") == "malc27"
    assert study.tables_of_source("mine") == ["results/protocols/mine.tsv"]
    assert study.own_measurements("mine") == ["results/measured/mine/quicknatv2/seed1.csv"]
    assert study.source("mine").prepared_with == "prepare_own"
    assert study.captions.data_of_model("mine", "quicknatv2") == "data of one's own (mine)"


def test_a_name_that_is_taken_and_a_training_that_there_is_not(
    study_of: Build, entry: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match="malc, which is taken"):
        study_of(own=[entry | {"name": "malc"}])
    with pytest.raises(InputError, match="quicknatv2"):
        study_of(own=[entry | {"models": ["quicknetv2"]}])
    with pytest.raises(InputError, match="malc27/acenet"):
        study_of().training("malc27", "acenett-s5-stage1")


def test_the_plan_loads_nothing_heavy(file: dict[str, Any]) -> None:
    """Snakemake makes the plan at each start, and again in each of its jobs."""
    program = (
        "import json, sys\nfrom acenet.config import Configuration\nfrom acenet.networks import NETWORKS\n"
        "from acenet.plan.study import Study\n"
        "study = Study(Configuration.model_validate(json.load(sys.stdin)), NETWORKS)\n"
        "for table in study.results.tables: study.captions.masks(table), study.results.table_measurements(table)\n"
        "print(*{'torch', 'scipy', 'nibabel', 'matplotlib', 'statsmodels'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(file), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_recorded_splits_and_tables_are_compared_with_what_they_should_say(
    demo: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert demo.keeps_split("malc")  # nothing there to be wrong
    path = tmp_path / "results/splits/malc.csv"
    path.parent.mkdir(parents=True)
    rows = [f"{subject},{part}" for subject, part in demo.split("malc").items()]
    for lines, kept in (
        (rows, True),
        (rows[::-1], True),
        (rows[:-1], False),
        ([*rows, "x"], False),
        ([], False),
    ):
        path.write_text("\n".join(["subject,split", *lines]), encoding="utf-8")
        assert demo.keeps_split("malc") == kept
    path.write_bytes(b"\xff\xfe\x00")
    assert not demo.keeps_split("malc")


def test_each_training_is_made_once_for_each_seed(study_of: Build) -> None:
    study = study_of(seeds=[4, 2])
    files = study.results.table_measurements("table01")
    first = "results/measured/malc27/quicknatv2-cw"
    assert files[:2] == [f"{first}/seed4.csv", f"{first}/seed2.csv"]
    assert len(files) == 2 * len(study_of().results.table_measurements("table01"))
    assert len(study.results.recorded) == 2 * 65 == len(study.results.recorded_models)
    (maps,) = study.results.of_kind("maps")
    assert [path.split("/")[-2] for path in study.results.figure_models(maps)] == [
        "seed4"
    ]  # pictures: the first
    start = "results/trained/malc27/acenet-s5-stage1/seed2/model.pt"
    assert study.first_stage("malc27", "acenet-s5-skull-twostage", 2) == [start]
    assert study.settings("malc27", "quicknatv2", 2) == study_of(seed=2).settings("malc27", "quicknatv2", 2)
    assert study.captions.of_table("table01").seeds == [4, 2] and study.captions.of_table("table01").seed == 1
    assert study.captions.used_config()["seeds"] == [4, 2] and study_of().captions.used_config()["seeds"] == [
        1
    ]
