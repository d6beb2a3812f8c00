"""Lays the rows of a built table out as the paper's table: a text for each place, captions and footnotes.

Texts are plain Unicode; `markdown` and `latex` set them.
"""

import math
from dataclasses import dataclass

import pandas as pd

from acenet.experiments import Layout
from acenet.report.footnotes import footnotes
from acenet.report.labels import Record, column_label, row_labels
from acenet.report.provenance import Provenance

DASH = "–"


@dataclass(frozen=True)
class CellText:
    """One place of the table: ours, the paper's value, and the difference ('' where there is none)."""

    ours: str
    paper: str
    difference: str


@dataclass(frozen=True)
class Arranged:
    """A table ready to be set.

    Attributes
    ----------
    headings : of the row labels' columns, then of the cells' columns.
    n_labels : how many of the headings belong to row labels.
    rows : (labels, cells) of each row; None for a place the paper leaves empty.
    """

    caption: str
    headings: tuple[str, ...]
    n_labels: int
    rows: tuple[tuple[tuple[str, ...], tuple[CellText | None, ...]], ...]
    footnotes: tuple[str, ...]


def arrange(table: pd.DataFrame, layout: Layout, provenance: Provenance) -> Arranged:
    """Arrange a table of `acenet.report.build_table` as `layout` says."""
    places: dict[tuple[str, ...], dict[str, CellText]] = {}
    columns: dict[str, None] = {}
    for record in table.to_dict("records"):
        column = column_label(record, layout)
        columns[column] = None
        places.setdefault(row_labels(record, layout), {})[column] = cell_text(record)
    rows = tuple((labels, tuple(texts.get(column) for column in columns)) for labels, texts in places.items())
    return Arranged(
        caption=_caption(table, layout, provenance),
        headings=(*layout.row_headings, *columns),
        n_labels=len(layout.row_headings),
        rows=rows,
        footnotes=footnotes(table, layout),
    )


def cell_text(record: Record) -> CellText:
    """The texts of one row of a built table."""
    metric = record["metric"]
    paper = record["published_text"] or _value(metric, record["published_mean"], record["published_std"])
    if record["literature"]:
        paper += " †"
    difference = record["difference"]
    if math.isnan(difference):
        return CellText(_ours(record), paper, "")
    scaled = round(difference / 1e6 if metric == "params" else difference, 3) + 0.0  # no "-0.000"
    return CellText(_ours(record), paper, f"{scaled:+.3f}".replace("-", "−"))


def _ours(record: Record) -> str:
    metric, mean = record["metric"], record["ours_mean"]
    if not record["training_id"]:
        return DASH
    if metric == "params":
        return f"{_value(metric, mean)} ({_value(metric, record['ours_parameters_used'])} used)"
    if metric == "hausdorff_mm":
        symmetric = _value(metric, mean, record["ours_std_between_subjects"])
        directed = _value(metric, record["ours_directed_mean"], record["ours_directed_std_between_subjects"])
        return f"{symmetric} (directed {directed})"
    return _value(metric, mean, record["ours_std_pooled"])


def _value(metric: str, mean: float, std: float = math.nan) -> str:
    """A number as the papers print it; parameters in millions."""
    if math.isnan(mean):
        return "n/a" if metric != "params" else DASH
    if metric == "params":
        return f"{mean / 1e6:.3f}"
    if metric in ("n_train", "n_test"):
        return f"{mean:.0f}"
    return f"{mean:.3f}" if math.isnan(std) else f"{mean:.3f} ± {std:.3f}"


def _caption(table: pd.DataFrame, layout: Layout, provenance: Provenance) -> str:
    measured = bool(table["n_subjects"].notna().any())  # parameters are counted without any data
    parts = [
        f"{layout.title} ({layout.paper}, Table {layout.number}).",
        "Each cell has our value, then the paper's value and the difference Δ of ours from it.",
        provenance.sentence,
        provenance.warning if measured else "",
    ]
    return " ".join(part for part in parts if part)
