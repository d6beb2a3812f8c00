"""The record of a run: trainings, data, software."""

from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import torch
import yaml

from acenet.errors import InputError
from acenet.models.model_file import TrainedModel, read_card, save_model
from acenet.networks import NetworkSettings, build_network
from acenet.report.run_record import (
    FinishedTraining,
    RunRecord,
    data_table,
    package_table,
    run_table,
    training_table,
    write_record,
)
from tests.support.manifests import write_for

CARD = {
    "dataset": "malc27",
    "settings": {"seed": 7},
    "subjects": {"train": ["a", "b"], "validation": []},
    "versions": {
        "acenet": "0.1",
        "torch": "2.13",
        "python": "3.11",
        "commit": "abc with changes",
        "code": "1a2b",
    },
    "device": "a processor",
    "threads": 2,
    "deterministic": True,
    "identity": "1234",
}
BENCHMARK = "s\th:m:s\tmax_rss\tmax_vms\tcpu_time\n10.5\t0:00:10\t{memory}\t900\t8.25\n"


def training(
    folder: Path, *, benchmark: str | None = None, card: dict[str, object] = CARD
) -> FinishedTraining:
    settings = NetworkSettings("quicknatv2", 3, filters=2, kernel=3)
    save_model(folder / "model.pt", TrainedModel(build_network(settings), settings, card))
    (folder / "log.csv").write_text(
        "epoch,loss,learning_rate,validation_dice,seconds\n1,2,0.1,,4.25\n2,1,0.1,,4\n"
    )
    if benchmark is not None:
        (folder / "benchmark.tsv").write_text(benchmark)
    return FinishedTraining("malc27/m", folder / "model.pt", folder / "log.csv", folder / "benchmark.tsv")


def test_a_training_is_recorded_with_its_cost(tmp_path: Path) -> None:
    row = training_table([training(tmp_path, benchmark=BENCHMARK.format(memory=431.8))]).iloc[0]
    assert row.to_dict() == {
        "training": "malc27/m",
        "seed": 7,
        "device": "a processor",
        "threads": 2,
        "n_train": 2,
        "n_validation": 0,
        "epochs": 2,
        "epoch_seconds": 8.25,
        "wall_seconds": 10.5,
        "cpu_seconds": 8.25,
        "peak_memory_mb": 431.8,
        "commit": "abc with changes",
        "acenet": "0.1",
        "torch": "2.13",
        "python": "3.11",
        "code": "1a2b",
        "packages": "",
        "deterministic": True,
        "identity": "1234",
    }


@pytest.mark.parametrize("benchmark", [None, "s\tmax_rss\n", BENCHMARK.format(memory="-")])
def test_costs_that_were_not_measured_stay_empty(tmp_path: Path, benchmark: str | None) -> None:
    row = training_table([training(tmp_path, benchmark=benchmark)]).iloc[0]
    assert pd.isna(row["peak_memory_mb"]) and row["epoch_seconds"] == 8.25


def test_a_card_without_these_facts_is_recorded_too(tmp_path: Path) -> None:
    row = training_table([training(tmp_path, card={"dataset": "malc27"})]).iloc[0]
    assert pd.isna(row["seed"]) and pd.isna(row["threads"]) and row["commit"] == ""


def test_a_card_is_read_without_the_network(tmp_path: Path) -> None:
    files = training(tmp_path)
    assert read_card(files.model) == CARD
    files.model.write_bytes(b"damaged")
    with pytest.raises(InputError, match=r"model\.pt: expected a trained model"):
        read_card(files.model)


def manifest(folder: Path, source: str, subject: str, sha256: dict[str, str]) -> Path:
    path = folder / source / subject / "conform.json"
    path.parent.mkdir(parents=True)
    write_for(path.parent, sha256=sha256)
    return path


def test_data_are_recorded_file_by_file(tmp_path: Path) -> None:
    paths = [
        manifest(tmp_path, "malc", "1000", {"a.nii.gz": "00", "b.nii.gz": "11"}),
        manifest(tmp_path, "adni", "x", {"c.nii": "22"}),
    ]
    table = data_table(paths, {"malc": {"1000": "train"}}, {"malc": "embedded cohort"})
    assert table.to_numpy().tolist() == [
        ["malc", "embedded cohort", "1000", "train", "a.nii.gz", "00"],
        ["malc", "embedded cohort", "1000", "train", "b.nii.gz", "11"],
        ["adni", "", "x", "", "c.nii", "22"],
    ]
    bad = manifest(tmp_path, "malc", "1001", {})
    bad.write_text('{"subject": "1001"}')
    with pytest.raises(
        InputError,
        match=r"1001/conform\.json: expected .*; found something else .no grid, affine, sha256",
    ):
        data_table([bad], {}, {})


class Tables(HTMLParser):
    """Number of rows of each table of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name in ("src", "href") for name, _ in attrs)
        if tag == "table":
            self.rows.append(-1)  # the heading is no row
        if tag == "tr":
            self.rows[-1] += 1


def test_a_record_is_written_as_files_and_as_one_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: f"GPU {number}")
    # a driver that is too old for torch: devices are counted, and asking for their names would be an error
    assert run_table({})["value"][run_table({})["what"] == "GPUs"].tolist() == ["none"]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    settings = {"preset": "demo", "presets": {"demo": {"grid": [1, 2]}}}
    data = pd.DataFrame({"file": [f"<{n}>" for n in range(70)]})  # more than pandas shows by itself
    record = RunRecord(
        run=run_table({"seed": 7}),
        trainings=training_table([training(tmp_path)]),
        data=data,
        packages=package_table(),
        settings=settings,
    )
    write_record(record, tmp_path / "provenance")
    run = pd.read_csv(tmp_path / "provenance/run.csv").set_index("what")["value"]
    assert (run["seed"], run["GPUs"]) == ("7", "GPU 0, GPU 1") and run["commit"] and run["processor"]
    assert yaml.safe_load((tmp_path / "provenance/settings.yaml").read_text()) == settings
    assert len(pd.read_csv(tmp_path / "provenance/data.csv")) == 70
    page = (tmp_path / "provenance/provenance.html").read_text()
    tables = Tables()
    tables.feed(page)
    assert tables.rows == [len(record.run), 1, 70, len(record.packages)]
    assert "&lt;69&gt;" in page and "preset: demo" in page and ">nan<" not in page.lower()


def test_what_a_training_counted_itself_goes_before_what_was_sampled(tmp_path: Path) -> None:
    """Snakemake's benchmark is of the last sitting and misses its end; the log has all of them."""
    files = training(tmp_path, benchmark=BENCHMARK.format(memory=431.8))
    files.log.write_text(
        "epoch,loss,learning_rate,validation_dice,seconds,cpu_seconds,peak_memory_mb\n"
        "1,2,0.1,,4.25,20.5,500.25\n2,1,0.1,,4,30.25,450\n"
    )
    row = training_table([files]).iloc[0]
    assert (row["cpu_seconds"], row["peak_memory_mb"], row["wall_seconds"]) == (50.75, 500.2, 10.5)
