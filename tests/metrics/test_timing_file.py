"""Times of scans: from the prediction's file to the long table."""

from pathlib import Path

import pandas as pd
import pytest

from acenet.errors import InputError
from acenet.metrics.aggregate import summarise_scans
from acenet.metrics.long_table import read_long_table, write_long_table
from acenet.metrics.timing import time_rows
from acenet.metrics.timing_file import ScanTime, read_times, write_times

TIMES = [
    ScanTime("1003", 1.25, "Processor, of a kind", 2),
    ScanTime("1004", 0.75, "Processor, of a kind", 2),
    ScanTime("1007", 9.0, "Processor, of a kind", 2),
]
SPLIT = {"1003": "test", "1004": "test", "1007": "validation", "1000": "train"}


def test_times_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_times(TIMES, tmp_path / "times.csv")
    assert read_times(tmp_path / "times.csv") == TIMES
    assert TIMES[0].hardware == "Processor, of a kind, 2 threads"
    assert ScanTime("a", 1, "GPU", 1).hardware == "GPU, 1 thread"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("subject,seconds\n1003,1\n", "columns"),
        ("subject,seconds,device,threads\n1003,fast,x,1\n", "numbers"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "times.csv").write_text(text)
    with pytest.raises(InputError, match=rf"times\.csv: expected .*{expected}"):
        read_times(tmp_path / "times.csv")


def test_a_long_table_takes_the_times_and_gives_their_mean(tmp_path: Path) -> None:
    write_times([*TIMES, ScanTime("1000", 99.0, "x", 1)], tmp_path / "times.csv")  # of no held-out scan
    rows = time_rows("malc27/m", SPLIT, seed=1, predicted=tmp_path)
    assert set(rows["name"]) == {"scan (Processor, of a kind, 2 threads)"} and set(rows["structure"]) == {-2}
    write_long_table(rows, tmp_path / "m.csv")
    again = read_long_table(tmp_path / "m.csv")
    pd.testing.assert_frame_equal(again, rows)
    test = summarise_scans(again, "prediction_seconds", split="test")
    assert (test.mean, test.n_subjects, test.std_between_subjects) == (1.0, 2, 0.25)
    assert summarise_scans(again, "prediction_seconds", split="validation").mean == 9.0


def test_without_times_there_is_no_row(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = time_rows("malc27/m", SPLIT, seed=1, predicted=tmp_path)
    assert rows.empty and "times.csv: no times of scans" in caplog.text
