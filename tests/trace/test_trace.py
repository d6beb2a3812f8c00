"""`acenet trace`: before anything is made, with a run's results, and with files that are not what they should be."""

import importlib
import inspect
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import IO

import pandas as pd
import pytest

import acenet
from acenet.cli.main import main
from acenet.metrics.long_table import write_long_table
from acenet.metrics.registry import MEASURED, find_metric
from acenet.networks import NETWORKS
from acenet.papers import get_training, load_cells, load_layouts, trainings_of
from acenet.plan import paths
from acenet.report import Provenance, build_table, write_table_csv
from acenet.system.code_digest import code_digest
from acenet.trace.address import find_cell, find_layout
from acenet.trace.functions import ROOT, functions_behind
from tests.report.invented import EMBEDDED, counts_of
from tests.report.scores import long_table, scores
from tests.support.small_model import write_model

QUICKNAT = "malc27/quicknatv2"
SEED = EMBEDDED.seed


def trace(*arguments: object) -> int:
    return main(["trace", *map(str, arguments)])


@pytest.mark.parametrize("table", load_layouts())
def test_every_cell_leads_to_functions_that_are_where_it_says(table: str) -> None:
    seen = set()
    for cell in load_cells(table):
        key = (cell.metric, cell.training_id and get_training(cell.training_id).arch)
        if key in seen:
            continue
        seen.add(key)
        found = functions_behind(cell)
        assert bool(found) == (cell.training_id is not None)
        for one in found:
            lines = (ROOT / one.file).read_text(encoding="utf-8").splitlines()
            start = [line.split("(")[0].strip() for line in lines[one.line - 1 : one.line + 2]]
            name = one.name.split(".")[-1]
            assert {f"def {name}", f"class {name}"} & set(start), one
        if found and find_metric(cell.metric).source == MEASURED:
            (network,) = (one for one in found if one.what == "network")
            assert network.file == NETWORKS[key[1]].module.replace(".", "/") + ".py"
            assert hasattr(importlib.import_module(NETWORKS[key[1]].module), network.name)
            assert {one.what for one in found} >= {"table", "summary", "metric", "prediction", "training"}


@pytest.mark.parametrize(
    ("row", "metric", "summary"),
    [
        ("MALC-27, Dice", ["dice"], "summarise_overlap"),
        ("MALC-27, Jaccard", ["jaccard"], "summarise_overlap"),
        (
            "MALC-27, Hausdorff Distance",
            ["SurfaceDistances.reference_to_prediction", "SurfaceDistances.hausdorff"],
            "summarise_distance",
        ),
        ("MALC-27, Skull-stripping (Dice)", ["dice"], "summarise_single"),
    ],
)
def test_the_formula_is_that_of_the_cells_measure(row: str, metric: list[str], summary: str) -> None:
    found = functions_behind(find_cell(find_layout("table08"), row, "ACEnet"))
    assert [one.name for one in found if one.what == "metric"] == metric
    assert [one.name for one in found if one.what == "summary"] == [summary]


def test_a_moved_function_is_found_where_it_is_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = tmp_path / "moved.py"
    moved.write_text("\n\n\ndef other_dice(histogram):\n    return histogram\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    function = importlib.import_module("moved").other_dice
    monkeypatch.setattr("acenet.trace.functions.MEASURES", {"dice": function})
    found = functions_behind(find_cell(find_layout("table08"), "malc27 dice", "acenet"))
    (metric,) = (one for one in found if one.what == "metric")
    assert (metric.name, metric.line, metric.file) == ("other_dice", 4, inspect.getsourcefile(function))


def test_before_anything_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trace("table08", "malc-27, dice", "quicknat", "--directory", tmp_path) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("table08 (ACEnet, Table 8): MALC-27, Dice: QuickNAT V2\n")
    assert "paper       0.876 ± 0.077\n" in shown and "ours        not made yet" in shown
    for path in (
        "tables/table08.csv",
        f"measured/{QUICKNAT}/seed1.csv",
        f"trained/{QUICKNAT}/seed1/model.pt",
    ):
        assert f"results/{path}  (not made yet)" in shown
    assert f"snakemake --cores all results/tables/table08.csv --directory {tmp_path}\n" in shown
    assert list(tmp_path.iterdir()) == []


def test_a_two_stage_training_leads_to_its_first_stage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trace("table08", "malc-27, dice", "acenet", "--directory", tmp_path) == 0
    assert "first stage results/trained/malc27/acenet-s5-stage1/seed1/model.pt" in capsys.readouterr().out


def invented(training: str, *, seed: int) -> pd.DataFrame:
    """A long table with Dice indices of three test subjects, the background's 1."""
    table = long_table(training, scores(training.split("/")[0], 3, seed=seed), SEED)
    first = table[(table["structure"] == 1) & (table["metric"] == "dice")]
    return pd.concat([first.assign(structure=0, name="background", value=1.0), table], ignore_index=True)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a run: Table 8 of invented long tables, with the model and the predictions of one training."""
    folder = tmp_path_factory.mktemp("run")
    tables = {}
    for number, training in enumerate(trainings_of("table08")):
        table = tables[training] = invented(training, seed=number)
        (folder / paths.measured(training, SEED)).parent.mkdir(parents=True, exist_ok=True)
        write_long_table(table, folder / paths.measured(training, SEED))
    cells = [cell for cell in load_cells("table08") if cell.metric == "dice"]
    built = build_table(load_layouts()["table08"], cells, tables, provenance=EMBEDDED)
    (folder / "results/tables").mkdir()
    write_table_csv(built, folder / paths.table("table08", "csv"))
    (folder / paths.predicted(QUICKNAT, SEED)).mkdir(parents=True)
    for subject in ("a", "b", "c"):
        (folder / paths.predicted(QUICKNAT, SEED) / f"{subject}_classes.nii.gz").touch()
    (folder / paths.model(QUICKNAT, SEED)).parent.mkdir(parents=True)
    write_model(
        folder / paths.model(QUICKNAT, SEED),
        versions={"commit": "0123abc", "code": "c0de", "packages": "numpy 1, torch 2"},
    )
    (folder / paths.training_log(QUICKNAT, SEED)).write_text("epoch,loss\n1,2\n2,1\n")
    return folder


def test_with_results(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trace("table8", "malc27 dice", "quicknat", "--directory", finished) == 0
    shown = capsys.readouterr().out
    values = scores("malc27", 3, seed=trainings_of("table08").index(QUICKNAT))
    ours = f"{values.mean():.3f} ± {values.std():.3f}"
    assert f"  ours        {ours}\n" in shown
    assert f"  long table  {ours} (metric dice, split test, 3 subjects x 27 structures)\n" in shown
    assert f"  difference  {values.mean() - 0.876:+.3f}\n".replace("-", "−") in shown
    assert (
        "Preset demo, embedded cohort, 64^3 voxels of 3 mm; acenet 0.1_dev & more, torch 2.13, seed 7."
        in shown
    )
    assert "not comparable with them" in shown  # the embedded cohort's warning
    assert "class maps: 3" in shown and "epochs: 2" in shown
    assert "commit 0123abc, code c0de" in shown and "packages numpy 1, torch 2" in shown
    assert "trained by other code than is here (commit " in shown
    assert "of malc27/small, not of this training" in shown


def test_a_model_of_the_present_code_is_told_from_an_older_one(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(finished, tmp_path / "copy")
    code = code_digest(ROOT / "workflow_scripts/train.py", frozenset(["acenet.networks.quicknat"])).code
    for versions, expected in (
        ({"commit": "0123abc", "code": code}, "trained by the same code as is here\n"),
        ({"commit": "0123abc"}, "made by another commit than this, "),
    ):
        write_model(tmp_path / "copy" / paths.model(QUICKNAT, SEED), versions=versions)
        assert trace("table08", "malc27 dice", "quicknat", "--directory", tmp_path / "copy") == 0
        assert expected in capsys.readouterr().out
    write_model(tmp_path / "copy" / paths.model(QUICKNAT, SEED), versions={})
    assert trace("table08", "malc27 dice", "quicknat", "--directory", tmp_path / "copy") == 0
    shown = capsys.readouterr().out
    assert "commit unknown, code unknown" in shown and "than is here" not in shown


def test_a_long_table_that_is_newer_than_the_table_is_noticed(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = finished / paths.measured("schizbull32/quicknatv2", SEED)
    write_long_table(invented("schizbull32/quicknatv2", seed=99), path)
    assert trace("table08", "schizbull-32, dice (test)", "quicknat", "--directory", finished) == 0
    assert "; the table was made of another\n" in capsys.readouterr().out


def test_what_is_older_than_what_it_is_made_of_is_noticed(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(finished, tmp_path / "copy")
    chain = [
        paths.model(QUICKNAT, SEED),
        paths.predicted(QUICKNAT, SEED),
        paths.measured(QUICKNAT, SEED),
        paths.table("table08", "csv"),
    ]

    def shown(*times: int) -> str:
        for path, time in zip(chain, times, strict=True):
            place = tmp_path / "copy" / path
            for file in place.iterdir() if place.is_dir() else [place]:
                os.utime(file, (time, time))
        assert trace("table08", "malc27 dice", "quicknat", "--directory", tmp_path / "copy") == 0
        return capsys.readouterr().out

    assert "older than" not in shown(1, 2, 3, 4) and "older than" not in shown(1, 1, 1, 1)
    assert f"older than {chain[0]}: made of another one?" in shown(5, 2, 3, 4)
    assert shown(1, 5, 3, 4).count("older than") == 1
    assert f"older than {chain[2]}" in shown(1, 2, 5, 4)


def test_a_damaged_model_is_named(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = finished / paths.model("malc27/acenet-s5-skull-twostage", SEED)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no model")
    assert trace("table08", "malc27 dice", "acenet", "--directory", finished) == 2
    assert str(path) in capsys.readouterr().err


def test_parameters_and_numbers_of_subjects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results/tables").mkdir(parents=True)
    table = build_table(
        load_layouts()["table05"],
        load_cells("table05"),
        {},
        provenance=Provenance("paper", "licensed data", "a grid", "0.1"),
        counts=counts_of("table05"),
    )
    write_table_csv(table, tmp_path / paths.table("table05", "csv"))
    assert trace("table05", "number", "baseline", "--directory", tmp_path) == 0
    shown = capsys.readouterr().out
    assert "ours        3.565 (3.561 used)\n" in shown and "paper       3.551\n" in shown
    assert "results/measured/parameters.csv  (not made yet)" in shown and "count_parameters" in shown
    assert "QuickNAT\n" in shown and "model.pt" not in shown
    assert trace("ffce_table02", "ours (fused)", "test", "--directory", tmp_path) == 0
    assert "results/splits/malc.csv" in capsys.readouterr().out


def test_a_quoted_value_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trace("table06", "slant8", "dice", "--directory", tmp_path) == 0
    shown = capsys.readouterr().out
    assert "was not measured here" in shown and "†" in shown and "Code" not in shown


def test_wrong_input_is_answered_with_the_choices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trace("table99", "x", "y") == 2
    assert "table01" in capsys.readouterr().err
    assert trace("table08", "dice (", "y") == 2
    assert "'SchizBull-32, Dice (validation)'" in capsys.readouterr().err
    assert trace("table08", "malc27 dice", "acenet", "--directory", tmp_path / "nowhere") == 2
    assert "no such folder" in capsys.readouterr().err


@pytest.mark.parametrize("path", [paths.training_log(QUICKNAT, SEED), paths.table("table08", "csv")])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\0", b"a,b\n1,2\n3\n4,5,6\n"])
def test_files_that_are_damaged_are_named(
    tmp_path: Path, path: str, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_bytes(content)
    assert trace("table08", "malc-27, dice", "quicknat", "--directory", tmp_path) == 2
    error = capsys.readouterr().err
    assert f"{tmp_path / path}: expected" in error and "unexpected" not in error


def test_a_directory_may_begin_with_a_tilde_and_is_not_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert trace("table06", "slant8", "dice", "--directory=~") == 0
    with pytest.raises(SystemExit):
        trace("table06", "slant8", "dice", "--directory", "")
    assert "--directory: expected a path" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stdout", "status", "said"),
    [("/dev/full", 2, "stdout: No space left"), ("a pipe", 0, ""), ("ascii", 0, "")],
)
def test_streams_that_take_little_or_nothing(tmp_path: Path, stdout: str, status: int, said: str) -> None:
    command = [sys.executable, "-m", "acenet", "trace", "table06", "slant8", "dice"]
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path(acenet.__file__).parents[1])}
    reader, writer = os.pipe()
    if stdout == "a pipe":
        os.close(reader)
        target: IO[bytes] = os.fdopen(writer, "wb")
    else:
        target = Path(stdout if stdout.startswith("/") else tmp_path / "out").open("wb")  # noqa: SIM115
    with target:
        done = subprocess.run(command, stdout=target, stderr=subprocess.PIPE, env=env, text=True, check=False)
    assert done.returncode == status and said in done.stderr and bool(done.stderr) == bool(said)
    if stdout == "ascii":
        assert "\\u2020" in (tmp_path / "out").read_text("ascii")


def test_every_seed_of_a_training_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables, seeds = {}, (2, 5)
    for training in trainings_of("table08"):
        parts = [invented(training, seed=seed).assign(seed=seed) for seed in seeds]
        tables[training] = pd.concat(parts, ignore_index=True)
        for seed, part in zip(seeds, parts, strict=True):
            path = tmp_path / paths.measured(training, seed)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_long_table(part, path)
    trace(
        "table08", "malc27 dice", "quicknat", "--directory", tmp_path
    )  # no table yet: seeds are those found
    assert f"{paths.measured(QUICKNAT, 5)}\n" in (shown := capsys.readouterr().out)
    assert "(metric dice, split test, 2 trainings x 3 subjects x 27 structures)" in shown
    cells = [cell for cell in load_cells("table08") if cell.metric == "dice"]
    origin = replace(EMBEDDED, seeds=[2, 5, 9])
    (tmp_path / "results/tables").mkdir()
    table = build_table(load_layouts()["table08"], cells, tables, provenance=origin)
    write_table_csv(table, tmp_path / paths.table("table08", "csv"))
    trace("table08", "malc27 dice", "quicknat", "--directory", tmp_path)
    shown = capsys.readouterr().out
    assert "seed 7, trainings with seeds 2, 5, 9." in shown
    assert f"{paths.model(QUICKNAT, 9)}  (not made yet)" in shown and paths.measured(QUICKNAT, 1) not in shown
