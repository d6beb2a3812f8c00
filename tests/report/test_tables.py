"""All tables of the papers, built from invented long tables whose summaries are known."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from acenet.errors import InputError
from acenet.experiments import load_cells, load_layouts, networks_of, trainings_of
from acenet.report import (
    Provenance,
    build_table,
    write_table_csv,
    write_table_latex,
    write_table_markdown,
)

TABLES = [*(f"table{n:02d}" for n in range(1, 12)), "ffce_table01", "ffce_table02", "ffce_table03"]
EMBEDDED = Provenance("demo", "embedded cohort", "64^3 voxels of 3 mm", "0.1_dev & more", "2.13", 7)
LICENSED = Provenance("paper", "licensed data", "256^3 voxels of 1 mm", "0.1")
EVALUATED = {"malc27": (1, 2), "malc133": (1, 2), "schizbull32": (1, 2), "mindboggle62": (1, 2)}
VALUES = {"dice": 0.75, "jaccard": 0.6, "hd_mm": 6.0, "hd_gt_to_pred_mm": 4.0}


def long_table(training_id: str, offset: float = 0.0) -> pd.DataFrame:
    """Two test subjects and a validation subject; subject a is `offset` - 0.05 off, b `offset` + 0.05."""
    dataset, model = training_id.split("/")
    rows = [
        (dataset, model, subject, split, structure, "name", metric, value + shift + offset, "ok")
        for subject, split, shift in (("a", "test", -0.05), ("b", "test", 0.05), ("v", "validation", 0.1))
        for structure in (-1, 0, 1, 2, 3)  # 3 does not count
        for metric, value in VALUES.items()
        if structure > 0 or metric in ("dice", "jaccard")
    ]
    columns = ["dataset", "model", "subject", "split", "structure", "name", "metric", "value", "status"]
    table = pd.DataFrame(rows, columns=columns)
    table.loc[table["structure"] == 3, "value"] = 99.0
    return table


def counts_of(table: str) -> pd.DataFrame:
    ids = networks_of(table)
    return pd.DataFrame({"training_id": ids, "parameters_all": 3_565_488, "parameters_used": 3_561_231})


def built(table: str, provenance: Provenance = EMBEDDED) -> pd.DataFrame:
    return build_table(
        load_layouts()[table],
        load_cells(table),
        {training_id: long_table(training_id) for training_id in trainings_of(table)},
        provenance=provenance,
        counts=counts_of(table),
        evaluated=EVALUATED,
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
    assert frame.loc[frame["literature"], "ours_mean"].isna().all()


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
    tables = {one: long_table(one) for one in trainings_of("table01")}
    tables[training_id].loc[tables[training_id]["structure"] == 0, "value"] = 0.99
    layout = load_layouts()["table01"]
    frame = build_table(layout, load_cells("table01"), tables, provenance=EMBEDDED, evaluated=EVALUATED)
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


def test_a_missing_or_exchanged_long_table_is_refused() -> None:
    layout, cells = load_layouts()["table01"], load_cells("table01")
    tables = {one: long_table(one) for one in trainings_of("table01")}
    exchanged = {**tables, "malc27/quicknatv2": tables["malc27/quicknatv2-cw"]}
    with pytest.raises(InputError, match="rows of malc27/quicknatv2-cw"):
        build_table(layout, cells, exchanged, provenance=EMBEDDED, evaluated=EVALUATED)
    del tables["malc27/acenet-s5-stage1"]
    with pytest.raises(InputError, match="a long table of malc27/acenet-s5-stage1"):
        build_table(layout, cells, tables, provenance=EMBEDDED, evaluated=EVALUATED)


def test_the_protocol_says_which_structures_count() -> None:
    cells = [cell for cell in load_cells("table01") if cell.training_id == "malc27/quicknatv2"]
    short = {"malc27/quicknatv2": long_table("malc27/quicknatv2")}
    with pytest.raises(InputError, match="2 subjects and 27 structures"):
        build_table(load_layouts()["table01"], cells, short, provenance=EMBEDDED)


def markdown(table: str, folder: Path, provenance: Provenance = EMBEDDED) -> str:
    path = folder / f"{table}.md"
    write_table_markdown(built(table, provenance), path, layout=load_layouts()[table], provenance=provenance)
    return path.read_text(encoding="utf-8")


def fields(line: str) -> list[str]:
    """The fields of a Markdown table's line; an escaped bar is no border."""
    return [field.strip() for field in re.split(r"(?<!\\)\|", line)[1:-1]]


@pytest.mark.parametrize("table", TABLES)
def test_markdown_is_laid_out_as_the_paper(table: str, tmp_path: Path) -> None:
    lines = markdown(table, tmp_path).splitlines()
    rows = [fields(line) for line in lines if line.startswith("|")]
    layout, cells = load_layouts()[table], load_cells(table)
    n_labels = len(layout.row_headings)
    assert {len(row) for row in rows} == {len(rows[0])}
    assert tuple(rows[0][:n_labels]) == layout.row_headings
    assert sum(bool(field) for row in rows[2:] for field in row[n_labels:]) == len(cells)
    assert all("(paper: " in field for row in rows[2:] for field in row[n_labels:] if field)
    for note in layout.notes:
        assert note[:40].replace("*", r"\*") in "\n".join(lines)


def test_markdown_shows_ours_the_papers_and_the_difference(tmp_path: Path) -> None:
    text = markdown("table04", tmp_path)
    assert "| MALC-27 | 0.750 ± 0.050 (paper: 0.885 ± 0.065; Δ −0.135) |" in text
    assert "MALC-133: 2 test subjects × 2 structures." in text
    distances = markdown("table08", tmp_path)
    shown = "6.000 ± 0.050 (directed 4.000 ± 0.050) (paper: 4.156 ± 0.620; Δ −0.156)"
    assert f"| MALC-27 | Hausdorff Distance | {shown} |" in distances
    literature = markdown("table09", tmp_path)
    assert "| Seg-Net | – (paper: 30.560 †) | – (paper: 0.725 ± 0.163 †) |" in literature
    assert "3.565 (3.561 used) (paper: 7.687; Δ −4.122)" in literature
    assert r"| ACEnet\* |" in literature


def test_captions_tell_where_the_numbers_come_from(tmp_path: Path) -> None:
    embedded = markdown("table02", tmp_path).splitlines()[0]
    assert "Preset demo, embedded cohort" in embedded
    assert "not the paper's results" in embedded
    licensed = markdown("table02", tmp_path, LICENSED).splitlines()[0]
    assert "Preset paper, licensed data" in licensed and "not the paper's results" not in licensed
    assert "not the paper's results" not in markdown("table05", tmp_path)  # counts need no data


def test_absent_structures_are_told(tmp_path: Path) -> None:
    tables = {one: long_table(one) for one in trainings_of("table01")}
    one = tables["malc27/quicknatv2-cw"]
    absent = (one["structure"] == 2) & (one["subject"] == "a")
    tables["malc27/quicknatv2-cw"].loc[absent, ["value", "status"]] = [np.nan, "both_empty"]
    layout = load_layouts()["table01"]
    frame = build_table(layout, load_cells("table01"), tables, provenance=EMBEDDED, evaluated=EVALUATED)
    assert frame.iloc[0]["n_missing"] == 1
    write_table_markdown(frame, tmp_path / "t.md", layout=layout, provenance=EMBEDDED)
    assert "s=0, no, yes, Dice 1 of 4 (1 left out)." in (tmp_path / "t.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", TABLES)
def test_latex_is_well_formed(table: str, tmp_path: Path) -> None:
    path = tmp_path / f"{table}.tex"
    write_table_latex(built(table), path, layout=load_layouts()[table], provenance=EMBEDDED)
    text = path.read_text(encoding="utf-8")
    assert text.isascii()  # every ±, −, ×, Δ and † became a command
    body = text.split("\n", 1)[1]
    plain = re.sub(r"\\[\\{}$&#%_]", "", body)  # without escaped characters
    assert plain.count("{") == plain.count("}")
    plain = re.sub(r"\\label{[\w:]+}|\\ensuremath{\^{\\dagger}}", "", plain)
    assert not re.search(r"[$#%_^~]", plain)
    opened, closed = (re.findall(rf"\\{word}{{(\w+)}}", body) for word in ("begin", "end"))
    assert opened == ["table", "tabular", "minipage"] and sorted(opened) == sorted(closed)
    columns = re.search(r"\\begin{tabular}{([lc]+)}", body)
    assert columns is not None
    rows = body.split("\\toprule\n")[1].split("\\bottomrule")[0].replace("\\midrule\n", "").splitlines()
    assert {len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows} == {len(columns[1])}
    assert all(row.endswith(r" \\") for row in rows)
    assert r"0.1\_dev \& more" in body and rf"\label{{tab:{table}}}" in body


def test_csv_keeps_every_digit_and_column(tmp_path: Path) -> None:
    frame = built("table08")
    path = tmp_path / "tables" / "table08.csv"
    write_table_csv(frame, path)
    again = pd.read_csv(path)
    assert list(again.columns) == list(frame.columns)
    assert again["ours_mean"].tolist() == pytest.approx(frame["ours_mean"].tolist(), rel=1e-15)
    assert again["n_subjects"].tolist() == frame["n_subjects"].tolist()
