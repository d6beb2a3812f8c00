"""Trainings with two seeds, from raw scans to MALC's part of a table and of figures."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from acenet.metrics.long_table import read_long_tables
from acenet.models.model_file import load_model
from tests.workflow.conftest import Snakemake

QUICKNAT, ACENET = "malc27/quicknatv2", "malc27/acenet-s5-skull-twostage"
TARGETS = (
    "results/tables/malc/table08.md",
    "results/figures/malc/figure04.png",
    "results/figures/malc/ffce_figure03.png",
    f"results/trained/{QUICKNAT}/seed4/card.md",
)
NOWHERE = {"mindboggle": "/nowhere", "schizbull": "/nowhere"}  # data that MALC's part does not need


@pytest.fixture(scope="module")
def config(raw_malc: Path, config_for: Callable) -> dict[str, object]:
    plain = config_for(raw_malc)
    return plain | {"seeds": [4, 3], "data": plain["data"] | NOWHERE}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, snakemake: Snakemake, config: dict[str, object]) -> Path:
    folder = tmp_path_factory.mktemp("seeds")
    run = snakemake(*TARGETS, directory=folder, config=config)
    assert run.status == 0, run.text[-5000:]
    # QuickNAT V2 and both stages of ACEnet twice, and the two other networks of FFCE's figure once
    assert run.jobs["train"] == 8 and run.jobs["measure"] == 4
    return folder


def test_a_cell_is_the_mean_over_seeds(built: Path) -> None:
    files = [built / f"results/measured/{QUICKNAT}/seed{seed}.csv" for seed in (3, 4)]
    long = read_long_tables(files)[QUICKNAT]
    scores = long[(long["metric"] == "dice") & (long["structure"] > 0)].groupby("seed")["value"].mean()
    table = pd.read_csv(built / "results/tables/malc/table08.csv")
    assert set(table["dataset"]) == {"malc27"} and set(table["seeds"]) == {"4, 3"}
    row = table[(table["training_id"] == QUICKNAT) & (table["metric"] == "dice")].iloc[0]
    assert row["ours_mean"] == pytest.approx(scores.mean(), rel=1e-9) and row["n_trainings"] == 2
    assert row["ours_std_between_trainings"] > 0
    text = (built / "results/tables/malc/table08.md").read_text(encoding="utf-8")
    assert "means over 2 trainings of each network (seeds 4, 3)" in text and "SchizBull-32" not in text
    assert "further values, of data sets that this one leaves out" in text


def test_each_seed_is_a_training_of_its_own(built: Path) -> None:
    first, second = (load_model(built / f"results/trained/{ACENET}/seed{seed}/model.pt") for seed in (3, 4))
    assert [one.card["settings"]["seed"] for one in (first, second)] == [3, 4]
    weights = [next(iter(one.network.state_dict().values())) for one in (first, second)]
    assert not bool((weights[0] == weights[1]).all())
    assert '"seed": 4' in (built / f"results/trained/{QUICKNAT}/seed4/card.json").read_text(encoding="utf-8")


def test_one_more_seed_trains_that_one_alone(
    snakemake: Snakemake, built: Path, config: dict[str, object]
) -> None:
    options = ["--dry-run"]
    assert snakemake(*TARGETS, directory=built, config=config, options=options).nothing
    more = config | {"seeds": [4, 3, 5]}
    jobs = snakemake(*TARGETS, directory=built, config=more, options=options).jobs
    assert (jobs["train"], jobs["predict"], jobs["measure"]) == (3, 2, 2)
    assert "conform_malc" not in jobs and "model_card" not in jobs
    snakemake(*TARGETS, directory=built, config=config, options=options)  # the configuration as it was
