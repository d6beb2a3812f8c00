"""The numbers the papers print, each with the training that measures it again, and the tables' layouts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from acenet.errors import InputError
from acenet.metrics.registry import COUNTED, find_metric
from acenet.papers.records import FOLDER, number, read_records, yes_no
from acenet.papers.trainings import DATASETS, load_trainings

KEY = ("table", "dataset", "row", "column", "metric")
TEXTS = ("text", "ffce_text")
"""Values printed in the papers' texts instead of a table."""
BEST = ("row", "column", "none")

Key = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Cell:
    """One published value.

    Attributes
    ----------
    table
        'table01' to 'table11' (ACEnet), 'ffce_table01' to 'ffce_table03', 'text', 'ffce_text'.
    dataset
        As in training ids; '' where the value belongs to none.
    row, column
        As printed; a row of several parts joins them by '|'.
    metric
        Name of a measure of `acenet.metrics.registry`.
    training_id
        The training (for `params`: the network) that measures it; None for values quoted only.
    published_mean, published_std
        None where the paper prints none.
    published_text
        The printed text of a value that is no number ('7 secs').
    direct
        The paper's authors measured it; False marks values they took from the literature (dagger).
    against_id
        The second training of a comparison (`p_value`).
    """

    table: str
    dataset: str
    row: str
    column: str
    metric: str
    training_id: str | None
    published_mean: float | None
    published_std: float | None
    note: str
    direct: bool
    published_text: str = ""
    against_id: str | None = None

    @property
    def measured(self) -> bool:
        """Whether a long table gives the value."""
        return self.training_id is not None and find_metric(self.metric).measured


@dataclass(frozen=True)
class Layout:
    """How one table is set: see the head of layouts.yaml."""

    table: str
    paper: str
    number: str
    title: str
    row_keys: tuple[str, ...]
    row_headings: tuple[str, ...]
    column_keys: tuple[str, ...]
    best: str
    metrics: tuple[str, ...]
    notes: tuple[str, ...]


def load_cells(table: str | None = None) -> list[Cell]:
    """The published values of one table (all without `table`) in the paper's order."""
    cells = _all_cells()
    if table is None:
        return list(cells)
    chosen = [cell for cell in cells if cell.table == table]
    if not chosen:
        names = dict.fromkeys(cell.table for cell in cells)
        raise InputError("table", expected=f"one of {', '.join(names)}", found=repr(table))
    return chosen


def cells_of(datasets: Collection[str], cells: Sequence[Cell]) -> list[Cell]:
    """The cells of some data sets, and those that belong to none."""
    return [cell for cell in cells if cell.dataset in ("", *datasets)]


@cache
def load_layouts(path: Path = FOLDER / "layouts.yaml") -> dict[str, Layout]:
    """The layouts of all tables by table, checked against the cells."""
    with path.open(encoding="utf-8") as stream:
        entries: dict[str, dict[str, Any]] = yaml.safe_load(stream)
    layouts = {table: _layout(path, table, entry) for table, entry in entries.items()}
    tables = {cell.table for cell in _all_cells()} - set(TEXTS)
    if tables != set(layouts):
        raise InputError(path, expected=f"a layout for each of {sorted(tables)}", found=str(sorted(layouts)))
    return layouts


def trainings_of(table: str) -> list[str]:
    """Ids of the trainings whose long tables `table` needs, each once, in the order of its cells."""
    return list(
        dict.fromkeys(cell.training_id for cell in load_cells(table) if cell.training_id and cell.measured)
    )


def networks_of(table: str) -> list[str]:
    """Ids of the trainings whose networks' parameters `table` counts, each once, in its cells' order."""
    counted = (cell for cell in load_cells(table) if find_metric(cell.metric).source == COUNTED)
    return list(dict.fromkeys(cell.training_id for cell in counted if cell.training_id))


@cache
def _all_cells() -> tuple[Cell, ...]:
    trainings = _training_ids(FOLDER / "cells.csv")
    path = FOLDER / "published.csv"
    cells: dict[Key, Cell] = {}
    for where, row in read_records(path, (*KEY, "value", "std", "direct", "note")):
        key: Key = (row["table"], row["dataset"], row["row"], row["column"], row["metric"])
        if key in cells:
            raise InputError(where, expected="each cell once", found=" / ".join(key))
        if row["dataset"] not in (*DATASETS, ""):
            raise InputError(where, expected=f"a data set of {DATASETS}", found=row["dataset"])
        textual = find_metric(row["metric"], where).as_text
        training_id, against_id = trainings.get(key, (None, None))
        cells[key] = Cell(
            *key,
            training_id=training_id,
            published_mean=None if textual else number(where, row["value"]),
            published_std=number(where, row["std"]),
            note=row["note"],
            direct=yes_no(where, row["direct"]),
            published_text=row["value"] if textual else "",
            against_id=against_id,
        )
    if unknown := set(trainings) - set(cells):
        raise InputError(path, expected="every cell of cells.csv", found=f"none for {sorted(unknown)}")
    return tuple(cells.values())


def _training_ids(path: Path) -> dict[Key, tuple[str, str | None]]:
    """The training (and the one it is compared with) of each cell."""
    known = load_trainings()
    found: dict[Key, tuple[str, str | None]] = {}
    for where, row in read_records(path, (*KEY, "training_id", "against_id")):
        key: Key = (row["table"], row["dataset"], row["row"], row["column"], row["metric"])
        if key in found:
            raise InputError(where, expected="each cell once", found=" / ".join(key))
        for training_id in filter(None, (row["training_id"], row["against_id"])):
            if training_id not in known:
                raise InputError(where, expected="an id of trainings.csv", found=training_id)
            if row["dataset"] not in ("", known[training_id].dataset):
                raise InputError(where, expected=f"a training on {row['dataset']}", found=training_id)
        found[key] = (row["training_id"], row["against_id"] or None)
    return found


def _layout(path: Path, table: str, entry: dict[str, Any]) -> Layout:
    where = f"{path}: {table}"
    lists = ("row_keys", "row_headings", "column_keys", "metrics", "notes")
    if set(entry) != {"paper", "number", "title", "best", *lists}:
        expected = f"paper, number, title, best, {', '.join(lists)}"
        raise InputError(where, expected=expected, found=", ".join(entry))
    if entry["best"] not in BEST:
        raise InputError(where, expected=f"best one of {', '.join(BEST)}", found=str(entry["best"]))
    layout = Layout(
        table=table,
        paper=entry["paper"],
        number=entry["number"],
        title=entry["title"],
        best=entry["best"],
        **{name: tuple(entry[name]) for name in lists},
    )
    cells = load_cells(table)
    metrics = {cell.metric for cell in cells}
    if metrics != set(layout.metrics):
        raise InputError(
            where, expected=f"the metrics of its cells, {sorted(metrics)}", found=str(layout.metrics)
        )
    places = {tuple(getattr(cell, key) for key in (*layout.row_keys, *layout.column_keys)) for cell in cells}
    if len(places) != len(cells):
        raise InputError(
            where, expected="row and column keys that tell all cells apart", found="two cells in one place"
        )
    parts = len(cells[0].row.split("|")) + ("dataset" in layout.row_keys)
    if parts != len(layout.row_headings):
        raise InputError(where, expected=f"{parts} row headings", found=str(layout.row_headings))
    return layout
