"""The table of controls: a paper's comparison, and the same with equal budgets beside it."""

from pathlib import Path

import pandas as pd
import pytest

from acenet.papers import behind_controls, controlled
from acenet.report import write_table_csv
from acenet.report.controls import build_controls, write_controls_markdown, write_controls_page
from tests.report.synthetic import EVALUATED, ORIGIN, PROVENANCE, long_table

COMPARISONS = [
    one for one in controlled() if one.claim.name in ("acenet_over_quicknatv2", "two_stages_are_best")
]
EPOCHS = {
    one: 100.0 if one.endswith(("quicknatv2", "stage1")) else 200.0 for one in behind_controls(COMPARISONS)
}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """The papers' networks are 0.2 apart; with as many epochs, the other is as good."""
    better = {one.pair.better for one in COMPARISONS} | {one.control for one in COMPARISONS}
    tables = {one: long_table(one, level=0.2 if one in better else 0.0) for one in EPOCHS}
    return build_controls(COMPARISONS, tables, epochs=EPOCHS, origin=ORIGIN, evaluated=EVALUATED)


def test_both_comparisons_stand_side_by_side(table: pd.DataFrame) -> None:
    assert len(table) == len(COMPARISONS) == 8
    assert set(table["verdict"]) == {"holds"} and (table["difference"] - 0.2).abs().max() < 0.05
    assert (table["control_verdict"] == "undecided").sum() >= 6 and table[
        "control_difference"
    ].abs().max() < 0.05
    assert set(table["better_epochs"]) == {200} == set(table["control_epochs"]) and set(
        table["worse_epochs"]
    ) == {100}
    assert (table["control_id"] == table["worse_id"] + "-long").all()
    assert set(table["n_subjects"]) == {6} == set(table["control_n_subjects"])


def test_pages_name_budgets_and_say_whose_the_controls_are(table: pd.DataFrame, tmp_path: Path) -> None:
    write_controls_markdown(table, tmp_path / "c.md", provenance=PROVENANCE)
    text = (tmp_path / "c.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")][2:]
    assert len(rows) == 8 and "no paper has them" in text and "not the paper's results" in text
    assert "| acenet-s5-skull-twostage (200) | quicknatv2 (100; control: 200) | +0.2" in rows[0]
    assert rows[0].count("(least 0.031)") == 2 and "holds" in rows[0] and "undecided" in rows[0]
    write_controls_page(table, tmp_path / "c.html", provenance=PROVENANCE)
    assert "control&#x27;s epochs" in (tmp_path / "c.html").read_text(encoding="utf-8").replace("'", "&#x27;")
    write_table_csv(table, tmp_path / "c.csv")
    assert len(pd.read_csv(tmp_path / "c.csv")) == 8


def test_without_comparisons_there_is_a_page_that_says_so(tmp_path: Path) -> None:
    nothing = build_controls([], {}, epochs={}, origin=ORIGIN)
    write_controls_markdown(nothing, tmp_path / "c.md", provenance=PROVENANCE)
    write_controls_page(nothing, tmp_path / "c.html", provenance=PROVENANCE)
    assert nothing.empty and (tmp_path / "c.html").stat().st_size
