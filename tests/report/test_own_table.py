"""The table of one's own data holds the means of its long tables."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from acenet.metrics.long_table import COLUMNS
from acenet.protocols import Protocol, parse_protocol
from acenet.report.own_table import own_table, write_own_table

NAN = float("nan")


@pytest.fixture
def protocol() -> Protocol:
    header = "index\tsource_ids\tnative_id\tname\themisphere\tR\tG\tB\tevaluated\tnote"
    rows = [f"{k}\t{k}\t{k}\t{name}\tM\t1\t1\t{k}\t{k % 3 > 0:d}\t" for k, name in enumerate("abc", start=1)]
    return parse_protocol("mine", [header, *rows])


def long_table(training: str, values: dict[tuple[str, int], float]) -> pd.DataFrame:
    blank = dict.fromkeys(COLUMNS, "")
    rows = [
        blank
        | {"training": training, "seed": 1, "subject": subject, "split": "test", "structure": structure}
        | {"metric": "dice", "value": value, "status": "ok"}
        for (subject, structure), value in values.items()
    ]
    return pd.DataFrame(rows)


def test_means_over_subjects_and_structures(tmp_path: Path, protocol: Protocol) -> None:
    values = {("s", 0): 0.9, ("s", 1): 0.2, ("s", 2): 0.4, ("s", 3): 1.0}
    values |= {("t", 0): 0.9, ("t", 1): 0.4, ("t", 2): float("nan"), ("t", 3): 1.0}
    table = own_table({"mine/x": long_table("mine/x", values)}, protocol)
    assert table["structure"].tolist() == ["a", "b", "all structures"]  # c is not evaluated
    assert table["x"].tolist() == pytest.approx([0.3, 0.4, (0.2 + 0.4 + 0.4) / 3])
    assert table["x std"].iloc[-1] == pytest.approx(0.05)  # of 0.3 and 0.4
    assert table["x n"].tolist() == [2, 2, 2]
    write_own_table(table, tmp_path / "t.csv", tmp_path / "t.md", title="mine: preset demo")
    text = (tmp_path / "t.md").read_text()
    assert text.startswith("# mine: preset demo\n") and "| b | 0.400 |" in text
    assert "x: n = 2, std 0.050." in text
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "t.csv"), table)


def test_names_stay_in_their_cells_and_one_subject_has_no_spread(tmp_path: Path) -> None:
    names = ["CA1|left", "a\\b", "<b>x</b>", "*y*_z_", "all structures"]
    table = pd.DataFrame({"structure": names, "net": 0.8, "net std": NAN, "net n": 1})
    table.loc[1, "net"] = NAN
    write_own_table(table, tmp_path / "t.csv", tmp_path / "t.md", title="mine")
    text = (tmp_path / "t.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    cells = [re.findall(r"(?:\\.|[^|\\])+", row) for row in rows]
    assert [re.sub(r"\\(.)", r"\1", name).strip() for name, _ in cells] == names
    assert [value.strip() for _, value in cells] == ["0.800", "n/a", "0.800", "0.800", "0.800"]
    assert "net: n = 1, std n/a." in text and "nan" not in text
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "t.csv"), table)


def test_the_last_row_has_a_name_of_its_own(protocol: Protocol) -> None:
    renamed = [replace(s, name="all structures") if s.name == "a" else s for s in protocol.structures]
    values = {("s", 0): 0.9, ("s", 1): 0.2, ("s", 2): 0.4, ("s", 3): 1.0}
    measured = {"mine/x": long_table("mine/x", values)}
    table = own_table(measured, replace(protocol, structures=tuple(renamed)))
    assert table["structure"].tolist() == ["all structures", "b", "mean of all structures"]
