"""Every value of a Markdown or HTML table names the training that it is of, as cells.csv has it."""

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from acenet.papers import load_layouts
from acenet.papers.records import FOLDER
from acenet.report import write_table
from acenet.report.arrange import Arranged, CellText, RowText
from acenet.report.legend import Entry, legend
from acenet.report.markdown import to_markdown
from tests.report.invented import EMBEDDED, TABLES, built
from tests.report.test_layout import DATA_NAMES, fields

CELLS = list(csv.DictReader((FOLDER / "cells.csv").read_text(encoding="utf-8").splitlines()))
Place = tuple[tuple[str, ...], str]


def expected(table: str) -> dict[Place, str]:
    """The training of each place, from cells.csv and what the layouts call rows and columns."""
    found = {}
    for cell in (one for one in CELLS if one["table"] == table):
        data, labels = DATA_NAMES.get(cell["dataset"], ""), tuple(cell["row"].split("|"))
        rows = (data, *labels) if table in ("table08", "table11") else labels
        found[rows, data if table == "table03" else cell["column"]] = cell["training_id"]
    return found


class Titles(HTMLParser):
    """The rows of a page's table: text and title of each cell."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[tuple[str, str]]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append(("", dict(attrs).get("title") or ""))
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            text, title = self.rows[-1][-1]
            self.rows[-1][-1] = (text + data, title)


@pytest.mark.parametrize("table", TABLES)
def test_html_cells_have_their_training_as_title(table: str, tmp_path: Path) -> None:
    layout, path = load_layouts()[table], tmp_path / "table.html"
    write_table(built(table), path, layout=layout, provenance=EMBEDDED)
    page = Titles()
    page.feed(path.read_text(encoding="utf-8"))
    n_labels = len(layout.row_headings)
    columns = [text for text, _ in page.rows[0][n_labels:]]
    titles = {
        (tuple(text for text, _ in row[:n_labels]), column): title
        for row in page.rows[1:]
        for column, (_, title) in zip(columns, row[n_labels:], strict=True)
        if title
    }
    assert titles == expected(table)


@pytest.mark.parametrize("table", TABLES)
def test_the_markdown_legend_leads_from_each_value_to_its_training(table: str, tmp_path: Path) -> None:
    layout, path = load_layouts()[table], tmp_path / "table.md"
    write_table(built(table), path, layout=layout, provenance=EMBEDDED)
    text = path.read_text(encoding="utf-8")
    lines = text[text.index(f"Trainings (`acenet trace {table} ROW COLUMN`") :].splitlines()[2:]
    entries = {}
    for line in lines:
        label, ids = re.sub(r"\\(.)", r"\1", line).removeprefix("- ").split(": ", 1)
        entries[label] = [re.fullmatch(r"(?:(.+) )?`(.+)`", one).groups() for one in ids.split("; ")]
    shown = {}
    n_labels = len(layout.row_headings)
    head, _, *rows = [fields(line) for line in text.splitlines() if line.startswith("|")]
    for row in rows:
        labels = tuple(row[:n_labels])
        of_columns = entries.get(", ".join(labels)) or entries.get(labels[0]) or []
        for column, cell in zip(head[n_labels:], row[n_labels:], strict=True):
            named = [one for where, one in of_columns if where in (None, column)]
            if cell and named and not cell.startswith("–"):
                (shown[labels, column],) = named
    assert shown == expected(table)


def arranged(*rows: tuple[str, str, str, str]) -> Arranged:
    """A table with two columns of labels and two of values; the last two of each row are trainings."""
    cells = [
        RowText((a, b), tuple(CellText("1", "", "2", "", training=one) for one in ids), starts_group=False)
        for a, b, *ids in rows
    ]
    return Arranged("caption", ("Data", "Measure", "X", "Y_1"), 2, tuple(cells), ("note",), "table08")


def test_rows_are_told_apart_only_where_their_trainings_differ() -> None:
    alike = arranged(("A", "Dice", "d/x", "d/y"), ("A", "Time", "d/x", ""), ("B", "Dice", "e/x", "e/x"))
    assert legend(alike) == [Entry("A", (("X", "d/x"), ("Y_1", "d/y"))), Entry("B", (("", "e/x"),))]
    differing = arranged(("A", "Dice", "d/x", "d/y"), ("A", "Time", "d/z", "d/y"))
    assert [entry.rows for entry in legend(differing)] == ["A, Dice", "A, Time"]
    assert "- A: X `d/x`; Y\\_1 `d/y`\n- B: `e/x`\n" in to_markdown(alike)


def test_a_table_of_quoted_values_alone_has_no_legend() -> None:
    quoted = arranged(("A", "Dice", "", ""))
    assert legend(quoted) == [] and to_markdown(quoted).endswith("- note\n")
