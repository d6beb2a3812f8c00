"""Markdown and HTML of all tables: every printed value once, ours beside it, and what the notes must say."""

import csv
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from acenet.papers import load_layouts
from acenet.papers.records import FOLDER
from acenet.report import Provenance, mask_note, write_table
from tests.report.invented import EMBEDDED, LICENSED, TABLES, built, long_tables

PUBLISHED = list(csv.DictReader((FOLDER / "published.csv").read_text(encoding="utf-8").splitlines()))
NOT_IN_A_TABLE = {  # metric -> why no table prints it
    "p_value": "of the texts: the summary compares it",
    "pct_improvement": "of the texts: differences of values that tables print",
    "params_text": "of ACEnet's text: differences of values of its Table 5",
    "seconds": "of ACEnet's text: its networks' times are in the long tables",
}
DATA_NAMES = {
    "malc27": "MALC-27",
    "malc133": "MALC-133",
    "schizbull32": "SchizBull-32",
    "mindboggle62": "Mindboggle-101",
}


def markdown(
    table: str,
    folder: Path,
    provenance: Provenance = EMBEDDED,
    measured: dict[str, pd.DataFrame] | None = None,
) -> str:
    path, frame = folder / f"{table}.md", built(table, provenance, measured)
    write_table(frame, path, layout=load_layouts()[table], provenance=provenance)
    return path.read_text(encoding="utf-8")


def fields(line: str) -> list[str]:
    """The fields of a Markdown table's line, without escapes; an escaped bar is no border."""
    return [re.sub(r"\\(.)", r"\1", field.strip()) for field in re.split(r"(?<!\\)\|", line)[1:-1]]


def printed(row: dict[str, str]) -> str:
    """A published value as the paper prints it, from the text in published.csv."""
    if row["metric"] == "time_text":
        value = row["value"]
    elif row["metric"] == "params":
        value = str(float(row["value"]) / 1e6) if row["value"] else "–"
    else:
        value = f"{row['value']} ± {row['std']}" if row["std"] else row["value"]
    return value + (" †" if row["direct"] == "no" and value != "–" else "")


@pytest.mark.parametrize("table", TABLES)
def test_every_published_value_stands_in_its_place_exactly_once(table: str, tmp_path: Path) -> None:
    lines = [fields(line) for line in markdown(table, tmp_path).splitlines() if line.startswith("|")]
    n_labels = len(load_layouts()[table].row_headings)
    found = Counter(
        (tuple(label.removesuffix(" †") for label in line[:n_labels]), column, text)
        for line in lines[2:]
        for column, cell in zip(lines[0][n_labels:], line[n_labels:], strict=True)
        if cell
        for text in re.findall(r"\(paper: ([^;)]*)", cell)
    )
    expected = Counter()
    for row in (row for row in PUBLISHED if row["table"] == table):
        data = DATA_NAMES.get(row["dataset"], "")
        labels = tuple(row["row"].split("|"))
        if table in ("table08", "table11"):
            labels = (data, *labels)
        column = data if table == "table03" else row["column"]
        expected[labels, column, printed(row)] += 1
    assert found == expected


def test_values_outside_the_tables_have_a_reason() -> None:
    outside = {row["metric"] for row in PUBLISHED if row["table"] not in TABLES}
    assert outside == set(NOT_IN_A_TABLE)


@pytest.mark.parametrize("table", TABLES)
def test_literature_is_marked_in_its_row_and_in_its_value(table: str, tmp_path: Path) -> None:
    text = markdown(table, tmp_path)
    rows = {line[0]: line[1:] for line in map(fields, text.splitlines()) if len(line) > 1}
    quoted = {row["row"] for row in PUBLISHED if row["table"] == table and row["direct"] == "no"}
    assert {label.removesuffix(" †") for label in rows if label.endswith("†")} == quoted
    for label, cells in rows.items():
        assert all(cell.startswith("– (paper:") for cell in cells) == label.endswith("†") or label == "---"
    assert ("† Literature value" in text) == bool(quoted)


CAVEATS = {
    "table05": ["ten times"],
    "table06": ["all 15 MALC test subjects", "25 structures", "0.077", "0.810"],
    "table08": ["0.067", "fractions of ACEnet's"],
    "table09": ["all 15 MALC test subjects", "error rate", "coarse-grained", "0.687", "1.243"],
    "table10": ["63 structures"],
    "table11": ["137 structures", "0.687"],
    "table01": ["0.884"],
    "table02": ["0.884", "0.733"],
    "ffce_table01": ["0.887", "1.67"],
    "ffce_table02": ["25 structures", "0.869", "0.887", "a processor, 2 threads"],
    "ffce_table03": ["134", "0.742", "error rate"],
}


@pytest.mark.parametrize("table", CAVEATS)
def test_caveats_and_contradictions_are_in_the_notes(table: str, tmp_path: Path) -> None:
    notes = "\n".join(line for line in markdown(table, tmp_path).splitlines() if line.startswith("- "))
    assert [caveat for caveat in CAVEATS[table] if caveat not in notes] == []


def test_ours_the_papers_and_the_difference_stand_together(tmp_path: Path) -> None:
    text = markdown("table04", tmp_path)
    assert "| MALC-27 | **0.750 ± 0.050** (paper: 0.885 ± 0.065; Δ −0.135) |" in text
    assert "MALC-133: 2 test subjects × 2 structures" in text
    distances = markdown("table08", tmp_path)
    shown = "**6.000 ± 0.050** (directed 4.000 ± 0.050) (paper: 4.156 ± 0.620; Δ −0.156)"
    assert f"| MALC-27 | Hausdorff Distance | {shown} |" in distances
    parameters = markdown("table09", tmp_path)
    assert "| Seg-Net † | – (paper: 30.56 †) | – (paper: 0.725 ± 0.163 †) |" in parameters
    assert "3.565 (3.561 used) (paper: 7.687; Δ −4.122)" in parameters
    times = markdown("ffce_table02", tmp_path)
    assert "| 2 s (paper: 7 secs) | 3 (paper: 15; Δ −12) | 2 (paper: 15; Δ −13) |" in times


def test_captions_tell_where_the_numbers_come_from(tmp_path: Path) -> None:
    embedded = markdown("table02", tmp_path)
    assert "Preset demo, embedded cohort: not the paper's results." in embedded.splitlines()[0]
    assert "64^3 voxels of 3 mm" in embedded and "not comparable with them" in embedded
    licensed = markdown("table02", tmp_path, LICENSED)
    assert "Preset paper, licensed data." in licensed.splitlines()[0]
    assert "not the paper's results" not in licensed
    assert "not the paper's results" not in markdown("table05", tmp_path)  # counts need no data


def bold(text: str) -> list[str]:
    return [cell for line in text.splitlines() for cell in re.findall(r"\*\*(.*?)\*\*", line)]


def shifted(table: str, offsets: dict[str, float]) -> dict[str, pd.DataFrame]:
    tables = long_tables(table)
    for training_id, offset in offsets.items():
        tables[training_id]["value"] += offset
    return tables


def test_bold_is_the_best_of_ours_and_shared_by_those_that_print_alike(tmp_path: Path) -> None:
    offsets = {"malc27/quicknat": 0.1, "malc27/sdnet": 0.1003, "malc27/unet2d": 0.0994}
    text = markdown("table06", tmp_path, measured=shifted("table06", offsets))
    assert bold(text) == ["0.850 ± 0.050", "0.850 ± 0.050"]  # 0.894 of DeepNAT is no value of ours
    assert all(re.search(rf"\| {name} \|.*\*\*0.850", text) for name in ("QuickNAT", "SD-Net"))
    assert not re.search(r"\| U-Net \(2D\) \|.*\*\*", text)


def test_of_distances_the_smaller_is_the_best(tmp_path: Path) -> None:
    text = markdown("table08", tmp_path, measured=shifted("table08", {"malc27/quicknatv2": 0.1}))
    rows = {tuple(line[:2]): line[2:] for line in map(fields, text.splitlines()) if len(line) == 4}
    assert [cell.startswith("**") for cell in rows["MALC-27", "Dice"]] == [True, False]
    assert [cell.startswith("**") for cell in rows["MALC-27", "Hausdorff Distance"]] == [False, True]
    assert not any(cell.startswith("**") for cell in rows["MALC-27", "Skull-stripping (Dice)"])  # alone
    assert not bold(markdown("table05", tmp_path))


def test_absent_structures_are_summed_up_per_data_set(tmp_path: Path) -> None:
    tables = long_tables("table02")
    for training_id, subjects in {"malc27/acenet-s0-stage1": "a", "malc27/acenet-s5-stage1": "ab"}.items():
        table = tables[training_id]
        absent = (table["structure"] == 2) & table["subject"].isin(list(subjects))
        table.loc[absent & (table["metric"] == "dice"), "value"] = 0.0
        table.loc[absent, "status"] = "prediction_empty"
    text = markdown("table02", tmp_path, measured=tables)
    assert "n\\_empty): MALC-27: 1 to 2 of 4 in 2 of 6 networks, most in s=5." in text
    assert "left out." not in text.split("n\\_empty)")[1].split("\n")[0]
    tables["malc27/acenet-s0-stage1"].loc[absent, ["value", "status"]] = [np.nan, "both_empty"]
    text = markdown("table02", tmp_path, measured=tables)
    assert "in 2 of 6 networks, 0 to 2 of them in neither and left out." in text
    assert "Every structure is in the reference" in markdown("table01", tmp_path)


def test_unequal_numbers_of_subjects_are_told_by_training(tmp_path: Path) -> None:
    tables = long_tables("table07")
    short = tables["schizbull32/sdnet"]
    tables["schizbull32/sdnet"] = short[short["subject"] != "a"]
    text = markdown("table07", tmp_path, measured=tables)
    assert "1 test subject × 2 structures (sdnet)" in text
    assert "2 test subjects × 2 structures (acenet-s5-skull-twostage, quicknatv2, unet2d, unet3d)" in text


def test_undefined_values_print_as_such_and_are_named(tmp_path: Path) -> None:
    tables = {one: table[table["split"] == "test"] for one, table in long_tables("table11").items()}
    everything = tables["malc133/quicknatv2"]
    everything.loc[everything["structure"] > 0, ["value", "status"]] = [np.nan, "both_empty"]
    text = markdown("table11", tmp_path, measured=tables)
    assert "| Mindboggle-101 | Dice (validation) | n/a (paper: 0.763 ± 0.103) |" in text
    assert "| MALC-133 | Dice | n/a (paper: 0.689 ± 0.161) | 0.750" in text  # a lone value is not the best
    assert re.search(
        r"n/a, no subject with a value: MALC-133, Dice, QuickNAT V2; .*Dice \(validation\)", text
    )
    assert not re.search(r"\bnan\b", text)


class Cells(HTMLParser):
    """The texts of a page's table cells, and every tag that is open at the end or loads something."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [name for name, _ in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data


@pytest.mark.parametrize("table", TABLES)
def test_html_stands_alone_and_has_every_cell(table: str, tmp_path: Path) -> None:
    path, layout = tmp_path / f"{table}.html", load_layouts()[table]
    write_table(built(table), path, layout=layout, provenance=EMBEDDED)
    text = path.read_text(encoding="utf-8")
    page = Cells()
    page.feed(text)
    assert page.open == [] and page.loads == [] and "<script" not in text and "http" not in text
    assert tuple(page.cells[: len(layout.row_headings)]) == layout.row_headings
    values = [row for row in PUBLISHED if row["table"] == table]
    assert sum("paper " in cell for cell in page.cells) == len(values)
    shown = Counter(re.split(r"paper |;", cell)[1] for cell in page.cells if "paper " in cell)
    assert shown == Counter(map(printed, values))
    assert "0.1_dev &amp; more" in text


def test_the_brain_masks_are_named_where_they_are_not_the_papers() -> None:
    note = mask_note({"malc133": "FreeSurfer's", "mindboggle62": "the data set's own, closed by 3 mm"})
    assert note.startswith(
        "Brain masks, MALC-133: FreeSurfer's; Mindboggle-101: the data set's own, closed by 3 mm."
    )
    assert "two quantities" in note
    assert mask_note({"malc27": "FreeSurfer's"}) == "Brain masks, MALC-27: FreeSurfer's."
