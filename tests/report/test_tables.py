"""All tables of the papers, built from invented long tables whose summaries are known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from acenet.errors import InputError
from acenet.papers import load_cells, load_layouts, trainings_of
from acenet.report import build_table, write_table_csv
from tests.report.invented import (
    EMBEDDED,
    EVALUATED,
    LICENSED,
    TABLES,
    built,
    counts_of,
    long_table,
    long_tables,
)


@pytest.mark.parametrize("table", TABLES)
def test_each_table_has_its_cells_in_the_papers_order(table: str) -> None:
    frame, cells = built(table), load_cells(table)
    assert list(zip(frame["row"], frame["column"], frame["metric"], strict=True)) == [
        (cell.row, cell.column, cell.metric) for cell in cells
    ]
    measured = frame[frame["n_subjects"].notna()]
    assert len(measured) == sum(cell.measured for cell in cells)
    assert set(measured["training_id"]) == set(trainings_of(table))
    assert (frame["literature"] == [not cell.direct for cell in cells]).all()


@pytest.mark.parametrize("table", TABLES)
def test_ours_and_literature_are_never_mixed(table: str) -> None:
    frame = built(table)
    literature = frame["literature"]
    assert frame.loc[literature, ["ours_mean", "ours_std_pooled", "difference"]].isna().all(axis=None)
    assert (frame.loc[literature, "training_id"] == "").all()
    assert frame.loc[~literature, "ours_mean"].notna().all()  # no cell of the authors' own is left empty


def test_overlaps_and_their_differences() -> None:
    first = built("table04").iloc[0]  # MALC-27, First Stage: the paper prints 0.885 +- 0.065
    assert first["ours_mean"] == pytest.approx(0.75)
    assert first["ours_std_pooled"] == first["ours_std_between_subjects"] == pytest.approx(0.05)
    assert (first["published_mean"], first["published_std"]) == (0.885, 0.065)
    assert first["difference"] == pytest.approx(0.75 - 0.885)
    assert (first["n_subjects"], first["n_structures"], first["n_missing"]) == (2, 2, 0)
    assert (first["preset"], first["data"], first["seed"]) == ("demo", "embedded cohort", 7)


def test_distances_are_compared_in_the_papers_reading() -> None:
    frame = built("table08")
    row = frame[(frame["metric"] == "hausdorff_mm") & (frame["training_id"] == "malc27/quicknatv2")].iloc[0]
    assert row["ours_mean"] == pytest.approx(6.0)
    assert row["ours_directed_mean"] == pytest.approx(4.0)
    assert row["difference"] == pytest.approx(4.0 - 4.156)
    assert "directed" in row["note"]
    assert np.isnan(row["ours_mean_with_background"])


def test_validation_and_brain_mask_are_their_own_rows() -> None:
    frame = built("table11").set_index(["dataset", "row", "column"])
    assert frame.loc[("mindboggle62", "Dice (validation)", "ACEnet"), "ours_mean"] == pytest.approx(0.85)
    assert frame.loc[("mindboggle62", "Dice (validation)", "ACEnet"), "n_subjects"] == 1
    mask = frame.loc[("malc133", "Skull-stripping (Dice)", "ACEnet")]
    assert (mask["ours_mean"], mask["n_structures"]) == (pytest.approx(0.75), 1)


def test_background_is_only_in_its_own_reading() -> None:
    training_id = "malc27/quicknatv2-cw"
    tables = long_tables("table01")
    tables[training_id].loc[tables[training_id]["structure"] == 0, "value"] = 0.99
    frame = built("table01", measured=tables)
    row = frame[frame["training_id"] == training_id].iloc[0]
    assert row["ours_mean"] == pytest.approx(0.75)
    assert row["ours_mean_with_background"] == pytest.approx((2 * 0.75 + 0.99) / 3)


def test_parameters_come_from_counts() -> None:
    layout, cells = load_layouts()["table05"], load_cells("table05")
    frame = build_table(layout, cells, {}, counts=counts_of("table05"), provenance=LICENSED)
    first = frame.iloc[0]
    assert (first["ours_mean"], first["ours_parameters_used"]) == (3_565_488, 3_561_231)
    assert first["difference"] == pytest.approx(3_565_488 - 3.551e6)
    with pytest.raises(InputError, match="one parameter count of malc27/quicknatv2"):
        build_table(layout, cells, {}, counts=counts_of("table05").iloc[1:], provenance=LICENSED)
    with pytest.raises(InputError, match="parameter counts with columns"):
        build_table(layout, cells, {}, provenance=LICENSED)


def test_times_and_subjects_are_measured_by_us() -> None:
    frame = built("ffce_table02").set_index(["row", "column"])
    time = frame.loc[("Ours (Fused)", "Processing time")]
    assert time["ours_mean"] == pytest.approx(2.0)  # of 1.5 and 2.5 s; the validation scan does not count
    assert time["ours_hardware"] == "a processor, 2 threads"
    assert time["published_text"] == "6 secs" and np.isnan(time["difference"])  # of other hardware
    assert frame.loc[("QuickNAT", "Subjects (training)"), "ours_mean"] == 3
    assert frame.loc[("QuickNAT", "Subjects (testing)"), "difference"] == 2 - 15
    assert frame.loc["DeepNAT"]["ours_mean"].isna().all()
    layout, cells = load_layouts()["ffce_table02"], load_cells("ffce_table02")
    with pytest.raises(InputError, match="the split of malc; found none"):
        build_table(layout, cells, long_tables("ffce_table02"), provenance=EMBEDDED, evaluated=EVALUATED)


def test_what_was_not_measured_is_undefined_and_counted() -> None:
    tables = long_tables("table08")
    for (
        training_id,
        table,
    ) in tables.items():  # no validation subject at all, and no distances of one training
        table = table[table["split"] != "validation"]
        tables[training_id] = table[
            ~(table["metric"].str.startswith("hd") & (training_id == "malc27/quicknatv2"))
        ]
    frame = built("table08", measured=tables)
    nothing = frame[frame["n_subjects"] == 0]
    assert nothing[["dataset", "row"]].drop_duplicates().to_numpy().tolist() == [
        ["malc27", "Hausdorff Distance"],
        ["schizbull32", "Dice (validation)"],
    ]
    assert nothing["ours_mean"].isna().all() and len(nothing) == 3
    assert frame.loc[frame["n_subjects"] > 0, "ours_mean"].notna().all()


def test_one_test_subject_has_no_spread_between_subjects() -> None:
    tables = {one: table[table["subject"] != "b"] for one, table in long_tables("table08").items()}
    frame = built("table08", measured=tables).set_index(["dataset", "row", "column"])
    dice, mask = (frame.loc[("malc27", row, "ACEnet")] for row in ("Dice", "Skull-stripping (Dice)"))
    assert (dice["n_subjects"], dice["ours_mean"]) == (1, pytest.approx(0.7))
    assert dice["ours_std_pooled"] == pytest.approx(0) and np.isnan(dice["ours_std_between_subjects"])
    assert mask["ours_mean"] == pytest.approx(0.7) and np.isnan(mask["ours_std_pooled"])


def test_a_missing_or_exchanged_long_table_is_refused() -> None:
    tables = long_tables("table01")
    with pytest.raises(InputError, match="rows of malc27/quicknatv2-cw"):
        built("table01", measured={**tables, "malc27/quicknatv2": tables["malc27/quicknatv2-cw"]})
    del tables["malc27/acenet-s5-stage1"]
    with pytest.raises(InputError, match="a long table of malc27/acenet-s5-stage1"):
        built("table01", measured=tables)


def test_a_subject_that_lacks_a_structures_row_is_refused() -> None:
    tables = long_tables("table01")
    one = tables["malc27/quicknatv2"]
    tables["malc27/quicknatv2"] = one[~((one["subject"] == "b") & (one["structure"] == 2))]
    with pytest.raises(InputError, match="3 rows for 2 subjects and 2 structures"):
        built("table01", measured=tables)


def test_the_protocol_says_which_structures_count() -> None:
    cells = [cell for cell in load_cells("table01") if cell.training_id == "malc27/quicknatv2"]
    short = {"malc27/quicknatv2": long_table("malc27/quicknatv2")}
    with pytest.raises(InputError, match="2 subjects and 27 structures"):
        build_table(load_layouts()["table01"], cells, short, provenance=EMBEDDED)


def test_csv_keeps_every_digit_and_column(tmp_path: Path) -> None:
    frame = built("table08")
    path = tmp_path / "tables" / "table08.csv"
    write_table_csv(frame, path)
    again = pd.read_csv(path)
    assert list(again.columns) == list(frame.columns)
    assert again["ours_mean"].tolist() == pytest.approx(frame["ours_mean"].tolist(), rel=1e-15)
    assert again["n_subjects"].tolist() == frame["n_subjects"].tolist()
