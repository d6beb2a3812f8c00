"""quality.tsv: a row for each segmented scan of a folder, from its record."""

import csv
import json
from pathlib import Path

import pytest

from acenet.cli.main import main
from acenet.segment.find_scans import ScanFile
from acenet.segment.quality_table import add_to_quality_table
from acenet.segment.result_names import ResultNames, result_names
from tests.support.small_model import write_head


@pytest.fixture(autouse=True)
def quick_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    place = "acenet.segment.segmented_scan.draw_segmentation"
    monkeypatch.setattr(place, lambda *_, path, **__: path.write_bytes(b""))


def rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / "quality.tsv").open(encoding="utf-8", newline="") as stream:
        return {row["labels"]: row for row in csv.DictReader(stream, delimiter="\t")}


def finished(out: Path, name: str, quality: object) -> ResultNames:
    """The label map and the record of a scan."""
    names = result_names(ScanFile(Path(f"{name}.nii"), name), "malc27")
    out.mkdir(exist_ok=True)
    (out / names.labels).write_bytes(b"")
    (out / names.record).write_text(json.dumps({"Quality": quality}))
    return names


def test_a_folder_has_a_row_of_each_scan_and_a_file_none(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture
) -> None:
    for name in "ab":
        write_head(tmp_path / "in" / f"{name}.nii.gz")
    run = ["--model", str(model), "--device", "cpu", "--out"]
    assert main(["segment", str(tmp_path / "in" / "a.nii.gz"), *run, str(tmp_path / "one")]) == 0
    assert (
        "a.nii.gz: quality: brain " in capsys.readouterr().err and not (tmp_path / "one/quality.tsv").exists()
    )
    out = tmp_path / "out"
    assert main(["segment", str(tmp_path / "in"), *run, str(out)]) == 0
    found = rows(out)
    assert list(found) == ["a_labels.nii.gz", "b_labels.nii.gz"]
    record = json.loads((out / "a_labels.json").read_text())
    assert found["a_labels.nii.gz"]["brain_ml"] == str(record["Quality"]["brain_ml"])
    assert found["a_labels.nii.gz"]["missing"] == str(len(record["Quality"]["missing"]))
    assert found["a_labels.nii.gz"]["doubts"] == str(len(record["Notes"])) == str(record["Quality"]["doubts"])
    (out / "quality.tsv").unlink()
    assert main(["segment", str(tmp_path / "in"), *run, str(out)]) == 0  # both were done before
    assert rows(out) == found


def test_rows_are_replaced_and_those_of_lost_results_left_out(tmp_path: Path) -> None:
    out = tmp_path / "out"
    b, a = (
        finished(out, "b", {"brain_ml": 1200.5, "is_stripped": True, "missing": ["x", "y"]}),
        finished(out, "a", {}),
    )
    for names in (b, a):
        add_to_quality_table(out, names)
    assert list(rows(out)) == ["a_labels.nii.gz", "b_labels.nii.gz"]
    row = rows(out)["b_labels.nii.gz"]
    assert (row["brain_ml"], row["is_stripped"], row["missing"], row["looks"]) == ("1200.5", "1", "2", "n/a")
    (out / b.labels).unlink()
    add_to_quality_table(out, finished(out, "a", {"looks": 3}))
    assert {key: row["looks"] for key, row in rows(out).items()} == {"a_labels.nii.gz": "3"}


@pytest.mark.parametrize("there", [b"", b"labels\n", b"\xff\xfe\x00", b"other\ttable\n1\t2\n", b'"\n'])
def test_what_is_no_table_of_ours_is_replaced_by_one(tmp_path: Path, there: bytes) -> None:
    names = finished(tmp_path, "a", {"looks": 1})
    (tmp_path / "quality.tsv").write_bytes(there)
    add_to_quality_table(tmp_path, names)
    assert list(rows(tmp_path)) == ["a_labels.nii.gz"]


def test_names_that_are_not_utf8_and_records_without_figures(tmp_path: Path) -> None:
    names = finished(tmp_path, "m\udcfcller", [1])
    add_to_quality_table(tmp_path, names)
    add_to_quality_table(tmp_path, finished(tmp_path, "z", None))
    found = rows(tmp_path)
    assert list(found) == ["m\\xfcller_labels.nii.gz", "z_labels.nii.gz"]
    assert set(found["z_labels.nii.gz"].values()) == {"z_labels.nii.gz", "n/a"}


def test_a_table_that_cannot_be_written_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    names = finished(tmp_path, "a", {})
    (tmp_path / "quality.tsv").mkdir()
    add_to_quality_table(tmp_path, names)
    assert "quality.tsv: not written" in caplog.text
