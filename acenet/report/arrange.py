"""Lays the rows of a built table out as the paper's table: a text for each place, a caption and footnotes.

Texts are plain Unicode; `markdown`, `latex` and `html` set them.
"""

import math
from dataclasses import dataclass

import pandas as pd

from acenet.metrics.registry import COUNTED, DASH, find_metric
from acenet.papers import Layout
from acenet.report.best import best_places
from acenet.report.footnotes import footnotes
from acenet.report.labels import Record, column_label, row_labels
from acenet.report.provenance import Provenance

DAGGER = " †"
UNDEFINED = "n/a"


@dataclass(frozen=True)
class CellText:
    """One place of the table.

    Attributes
    ----------
    ours
        Our value; a dash where the paper's is only quoted.
    extra
        Another reading of ours, in words, or ''.
    paper
        The printed value; a dagger marks one that the paper took from the literature.
    difference
        Ours less the paper's; '' where there is none.
    best
        Ours is the best of its row or column.
    quoted
        Nothing was to be measured here.
    training
        Id of the training that ours is of; '' where there is none.
    """

    ours: str
    extra: str
    paper: str
    difference: str
    best: bool = False
    quoted: bool = False
    training: str = ""


@dataclass(frozen=True)
class RowText:
    """One row: its labels, its places (None for one that the paper leaves empty); whether it starts a group."""

    labels: tuple[str, ...]
    cells: tuple[CellText | None, ...]
    starts_group: bool


@dataclass(frozen=True)
class Arranged:
    """A table ready to be set.

    Attributes
    ----------
    headings
        Of the row labels' columns, then of the cells' columns.
    n_labels
        How many of the headings belong to row labels.
    table
        Its name.
    """

    caption: str
    headings: tuple[str, ...]
    n_labels: int
    rows: tuple[RowText, ...]
    footnotes: tuple[str, ...]
    table: str = ""


def arrange(table: pd.DataFrame, layout: Layout, provenance: Provenance) -> Arranged:
    """Arrange a table of `acenet.report.build_table` as `layout` says."""
    best = best_places(table, layout)
    places: dict[tuple[str, ...], dict[str, CellText]] = {}
    columns: dict[str, None] = {}
    measured: set[tuple[str, ...]] = set()
    for record in table.to_dict("records"):
        labels, column = row_labels(record, layout), column_label(record, layout)
        columns[column] = None
        places.setdefault(labels, {})[column] = cell_text(record, best=(labels, column) in best)
        if not record["literature"]:
            measured.add(labels)
    return Arranged(
        caption=_caption(table, layout, provenance),
        headings=(*layout.row_headings, *columns),
        n_labels=len(layout.row_headings),
        rows=_rows(places, list(columns), measured, grouped="dataset" in layout.row_keys),
        footnotes=footnotes(table, layout, provenance),
        table=layout.table,
    )


def _rows(
    places: dict[tuple[str, ...], dict[str, CellText]],
    columns: list[str],
    measured: set[tuple[str, ...]],
    *,
    grouped: bool,
) -> tuple[RowText, ...]:
    """The rows in order; the label of one with literature values only carries the dagger."""
    rows: list[RowText] = []
    for labels, texts in places.items():
        previous = rows[-1].labels[0] if rows else labels[0]
        rows.append(
            RowText(
                labels=labels if labels in measured else (labels[0] + DAGGER, *labels[1:]),
                cells=tuple(texts.get(column) for column in columns),
                starts_group=grouped and labels[0] != previous,
            )
        )
    return tuple(rows)


def cell_text(record: Record, *, best: bool = False) -> CellText:
    """The texts of one row of a built table."""
    metric = find_metric(record["metric"])
    paper = record["published_text"] or metric.printed(record["published_mean"], record["published_std"])
    if record["literature"] and paper != DASH:
        paper += DAGGER
    ours, extra = _ours(record)
    return CellText(
        ours,
        extra,
        paper,
        metric.difference(record["difference"]),
        best=best,
        quoted=not record["training_id"],
        training=record["training_id"],
    )


def _ours(record: Record) -> tuple[str, str]:
    """Our value and its other reading."""
    metric, mean = find_metric(record["metric"]), record["ours_mean"]
    if not record["training_id"]:
        return DASH, ""
    if math.isnan(mean):
        return UNDEFINED, ""
    extra = ""
    if metric.source == COUNTED:
        extra = f"{metric.text(record['ours_parameters_used'])} {metric.beside}"
    elif metric.printed_first:
        extra = f"{metric.beside} {metric.text(record[metric.compared], record[metric.compared_spread])}"
    return metric.text(mean, record[metric.spread]), extra


def _caption(table: pd.DataFrame, layout: Layout, provenance: Provenance) -> str:
    title = f"{layout.title} ({layout.paper}, Table {layout.number})."
    if table["n_subjects"].isna().all():  # parameters are counted without any data
        return title
    warning = ": not the paper's results" if provenance.warning else ""
    return f"{title} Preset {provenance.preset}, {provenance.data}{warning}."
