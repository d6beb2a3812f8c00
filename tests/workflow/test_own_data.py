"""A data set of one's own goes from a folder and a table of structures to a table of Dice, by configuration."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from acenet.models.storage import load_model
from acenet.volumes import write_volume
from tests.workflow.conftest import Snakemake

AFFINE = np.array([[-4.0, 0, 0, 62], [0, 4, 0, -62], [0, 0, 4, -62], [0, 0, 0, 1]])
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
    model = load_model(folder / "results/trained/mine/acenet-s5-skull-twostage/model.pt")
    assert model.settings.n_classes == 3 and model.card["dataset"] == "mine"
    run = snakemake("own", directory=folder, config=config)
    assert run.nothing, run.text[-2000:]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"models": ["quicknetv2"]}, "training id: expected malc27/quicknatv2"),
        ({"name": "malc27"}, "malc27, which is taken"),
        ({"protocol": "/nowhere.tsv"}, "/nowhere.tsv: expected a protocol table; found no such file"),
        ({"root": "/nowhere"}, "/nowhere: expected files images/<subject>.nii.gz"),
        ({"like": "adni"}, "config, own > 0 > like: expected one of malc27"),
        ({"models": []}, "config, own > 0 > models: expected"),
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
