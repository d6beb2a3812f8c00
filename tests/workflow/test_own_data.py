"""A data set of one's own goes from a folder and a table of structures to a table of Dice, by configuration."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from acenet.datasets.splits import read_split
from acenet.imaging.io import write_volume
from acenet.models.model_file import load_model
from tests.workflow.conftest import Snakemake

AFFINE = np.array([[-4.0, 0, 0, 62], [0, 4, 0, -62], [0, 0, 4, -62], [0, 0, 0, 1]])
SPLIT = "results/splits/mine.csv"
TABLE = "source_ids\tname\n17\tLeft Hippocampus\n53\tRight Hippocampus\n1-3\tbackground\n"


def write_subject(root: Path, name: str, seed: int) -> None:
    """Two blocks, the left one at higher i since that axis runs to the left, and a stray id to ignore."""
    rng, labels = np.random.default_rng(seed), np.zeros((32, 32, 32), np.int16)
    labels[18:26, 8:20, 8 + seed : 20 + seed], labels[6:14, 8:20, 8:20] = 17, 53
    labels[16, 16, 16] = 2
    image = rng.integers(5, 60, labels.shape) + 4 * labels
    write_volume(root / "images" / f"{name}.nii.gz", image.astype(np.int16), AFFINE)
    write_volume(root / "labels" / f"{name}.nii.gz", labels.astype(np.float32), AFFINE)


@pytest.fixture
def config(tmp_path: Path, config_for: Callable) -> dict[str, object]:
    root = tmp_path / "my data"
    for seed, name in enumerate(("Ann", "Bob", "Cleo", "Dé")):
        write_subject(root, name, seed)
    (root / "labels.tsv").write_text(TABLE, encoding="utf-8")
    entry = {"name": "mine", "root": str(root), "protocol": str(root / "labels.tsv"), "like": "malc27"}
    own = [entry | {"models": ["quicknatv2", "acenet-s5-skull-twostage"]}]
    return {**config_for(root), "data": {}, "splits": {}, "own": own}


def test_from_a_folder_to_a_table(snakemake: Snakemake, config: dict, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run = snakemake("own", directory=folder, config=config)
    assert run.status == 0, run.text[-4000:]
    assert {rule: run.jobs[rule] for rule in ("conform_mine", "train", "measure", "own_table")} == {
        "conform_mine": 4,
        "train": 3,  # the first stage too
        "measure": 2,
        "own_table": 1,
    }
    table = pd.read_csv(folder / "results/tables/own/mine.csv")
    assert table["structure"].tolist() == ["Left Hippocampus", "Right Hippocampus", "all structures"]
    assert table["quicknatv2"].notna().all() and (table["quicknatv2 n"] == 1).all()
    model = load_model(folder / "results/trained/mine/acenet-s5-skull-twostage/seed3/model.pt")
    assert model.settings.n_classes == 3 and model.card["dataset"] == "mine"
    run = snakemake("own", directory=folder, config=config)
    assert run.nothing, run.text[-2000:]
    (tested,) = (s for s, part in read_split(folder / SPLIT).items() if part == "test")
    reference = folder / "results/conformed/mine" / tested / "mine.nii"
    content = bytearray(reference.read_bytes())
    content[-1] ^= 1  # a voxel's label
    reference.write_bytes(content)
    run = snakemake("own", directory=folder, config=config)
    assert run.status and f"{tested}/mine.nii: expected SHA-256" in run.text, run.text[-2000:]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"models": ["quicknetv2"]}, "training id: expected malc27/quicknatv2"),
        ({"name": "malc27"}, "malc27, which is taken"),
        ({"protocol": "/nowhere.tsv"}, "/nowhere.tsv: expected a protocol table; found no such file"),
        ({"root": "/nowhere"}, "/nowhere: expected files images/<subject>.nii.gz"),
        ({"like": "adni"}, "config, own > 0 > like: expected one of malc27"),
        ({"models": []}, "config, own > 0 > models: expected"),
        ({"name": "image"}, "config, own, name: expected a name of its own; found image, which is taken"),
        ({"root": "data/mine"}, "/run/data/mine: expected files images/<subject>.nii.gz"),
        ({"root": "~/of-mine"}, f"{Path.home()}/of-mine: expected files images/<subject>.nii.gz"),
        (
            {"protocol": "labels/mine.tsv"},
            "/run/labels/mine.tsv: expected a protocol table; found no such file",
        ),
        ({"split": "split.csv"}, "/run/split.csv: expected a split file; found no such file"),
        (
            {"freesurfer": "recon"},
            "/run/recon: expected files <subject>/mri/brainmask.mgz; found no such folder",
        ),
    ],
    ids=str,
)
def test_mistakes_are_named_before_anything_runs(
    snakemake: Snakemake, config: dict, tmp_path: Path, change: dict, said: str
) -> None:
    changed = yaml.safe_load(yaml.safe_dump(config))
    changed["own"][0] |= change
    run = snakemake("own", directory=tmp_path / "run", config=changed, options=["--dry-run"])
    assert run.status != 0 and said in run.text and not run.jobs, run.text[-2000:]


def test_contents_of_raw_files_count_and_not_their_dates(
    snakemake: Snakemake, config: dict, tmp_path: Path
) -> None:
    folder, root = tmp_path / "run", Path(config["own"][0]["root"])
    assert snakemake(SPLIT, directory=folder, config=config).status == 0
    for date in (1e9, 4e9):  # as after a checkout, a copy, or from a backup
        for path in (*root.rglob("*.gz"), root / "labels.tsv"):
            os.utime(path, (date, date))
        run = snakemake(SPLIT, directory=folder, config=config, options=["--dry-run"])
        assert run.nothing, run.text[-2000:]
    labels = root / "labels" / "Bob.nii.gz"
    sound = labels.read_bytes()
    write_subject(root, "Bob", 4)
    os.utime(labels, (1e9, 1e9))
    run = snakemake(SPLIT, directory=folder, config=config)
    assert run.status == 0 and run.jobs["conform_mine"] == run.jobs["record_split"] == 1, run.text[-2000:]
    labels.write_bytes(sound)
    run = snakemake("results/protocols/mine.tsv", directory=folder, config=config, options=["--dry-run"])
    assert run.nothing, run.text[-2000:]  # what was not asked for is not made


def test_a_table_of_structures_is_read_again_whatever_its_date(
    snakemake: Snakemake, config: dict, tmp_path: Path
) -> None:
    target, table = "results/protocols/mine.tsv", Path(config["own"][0]["protocol"])
    assert snakemake(target, directory=tmp_path / "run", config=config).status == 0
    table.write_text(TABLE.replace("1-3", "1-4"), encoding="utf-8")
    os.utime(table, (1e9, 1e9))
    run = snakemake(target, directory=tmp_path / "run", config=config)
    assert run.jobs["complete_protocol"] == 1 and "1-4" in (tmp_path / "run" / target).read_text(), run.text[
        -2000:
    ]


def test_a_split_or_table_that_was_cut_off_is_made_again(
    snakemake: Snakemake, config: dict, tmp_path: Path
) -> None:
    """Each would still be read: as fewer scans, or as a structure of another name."""
    folder, table = tmp_path / "run", "results/protocols/mine.tsv"
    assert snakemake(SPLIT, directory=folder, config=config).status == 0
    for path, lost in ((SPLIT, "Dé,"), (table, "1-3")):
        sound = (folder / path).read_text(encoding="utf-8")
        (folder / path).write_text(sound[: sound.index(lost)].rstrip() + "\n", encoding="utf-8")
        run = snakemake(SPLIT, directory=folder, config=config)
        assert run.status == 0 and (folder / path).read_text(encoding="utf-8") == sound, run.text[-2000:]
        run = snakemake(SPLIT, directory=folder, config=config, options=["--dry-run"])
        assert run.nothing, run.text[-2000:]


def test_scans_under_names_that_patterns_and_tables_would_misread(
    snakemake: Snakemake, config: dict, tmp_path: Path
) -> None:
    folder, root = tmp_path / "run", Path(config["own"][0]["root"])
    names = ["#1 $x$ %s", "-a,b;&|", "NA", "[*]?'\"\\~"]
    for old, new in zip(("Ann", "Bob", "Cleo", "Dé"), names, strict=True):
        for kind in ("images", "labels"):
            (root / kind / f"{old}.nii.gz").rename(root / kind / f"{new}.nii.gz")
    run = snakemake(SPLIT, directory=folder, config=config)
    assert run.status == 0, run.text[-3000:]
    assert set(read_split(folder / SPLIT)) == set(names)
    name = "NA"
    for refused in ("{4F2A}", "<logs>"):
        for kind in ("images", "labels"):
            (root / kind / f"{name}.nii.gz").rename(root / kind / f"{refused}.nii.gz")
        run = snakemake(SPLIT, directory=folder, config=config, options=["--dry-run"])
        said, name = f"found {refused!r}; rename it, to {refused[1:-1]} perhaps", refused
        assert run.status and said in run.text, run.text[-2000:]


def test_emptied_results_are_named(snakemake: Snakemake, config: dict, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert snakemake(SPLIT, directory=folder, config=config).status == 0
    (folder / SPLIT).write_text("")
    run = snakemake(SPLIT, directory=folder, config=config)
    assert (
        f"{SPLIT} is empty, which no step leaves behind: delete it and run the same command again" in run.text
    )
    (folder / SPLIT).unlink()
    assert snakemake(SPLIT, directory=folder, config=config).status == 0
    assert len(read_split(folder / SPLIT)) == 4
