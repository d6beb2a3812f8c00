"""The papers' tables for the page: as printed, each value with what lies behind it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from acenet.metrics.registry import COUNTED, NEITHER, find_metric
from acenet.page.contents import Contents, provenance_of
from acenet.page.links import Links
from acenet.page.verdicts import Verdict, judge
from acenet.papers import Layout, load_layouts
from acenet.report.arrange import DAGGER, Arranged, CellText, arrange
from acenet.report.labels import Record, column_label, row_labels

READINGS = {
    "ours_mean": "mean",
    "ours_std_pooled": "spread over subjects and structures",
    "ours_std_between_subjects": "spread between subjects",
    "ours_std_between_trainings": "spread between trainings",
    "ours_mean_pooled": "mean over all values",
    "ours_mean_with_background": "mean with the background",
    "ours_directed_mean": "directed mean",
    "ours_directed_std_between_subjects": "directed, spread between subjects",
    "ours_directed_std_between_trainings": "directed, spread between trainings",
    "ours_parameters_used": "used in a forward pass",
}
"""Columns of a built table that a value's panel shows, in words."""
FOOTER = re.compile(r"<footer>(.*?)</footer>", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """One value of a table on the page.

    Attributes
    ----------
    text
        As printed.
    what
        Where it stands, in words.
    verdict
        How it compares with the paper's.
    facts
        (what, value) for its panel: training, subjects, interval, other readings.
    links
        Of its training.
    """

    text: CellText
    what: str
    verdict: Verdict
    facts: tuple[tuple[str, str], ...] = ()
    links: Links | None = None


@dataclass(frozen=True)
class PrintedTable:
    """A table, as arranged for print, with a `Place` (or None) for each of its cells; footnotes are HTML."""

    layout: Layout
    arranged: Arranged
    rows: tuple[tuple[tuple[str, ...], bool, tuple[Place | None, ...]], ...]
    notes: tuple[Markup, ...]


def printed_tables(contents: Contents) -> list[PrintedTable]:
    """The tables that are there, in the papers' order."""
    intervals = intervals_of(contents.summary)
    return [_printed(name, table, contents, intervals) for name, table in contents.tables.items()]


CellKey = tuple[str, str, str, str, str]
KEY = ("table", "dataset", "row", "column", "metric")


def intervals_of(summary: pd.DataFrame | None) -> dict[CellKey, tuple[float, float]]:
    """The 95 % interval of each value of the summary, by its place."""
    if summary is None:
        return {}
    records = summary.to_dict("records")
    return {key_of(one): (float(one["ci_low"]), float(one["ci_high"])) for one in records}


def key_of(record: Record) -> CellKey:
    """Where a value stands."""
    table, dataset, row, column, metric = (str(record[name]) for name in KEY)
    return table, dataset, row, column, metric


def _printed(
    name: str, table: pd.DataFrame, contents: Contents, intervals: Mapping[CellKey, tuple[float, float]]
) -> PrintedTable:
    layout = load_layouts()[name]
    arranged = arrange(table, layout, provenance_of(table))
    records = {(row_labels(one, layout), column_label(one, layout)): one for one in table.to_dict("records")}
    columns = arranged.headings[arranged.n_labels :]
    rows = []
    for row in arranged.rows:
        labels = (row.labels[0].removesuffix(DAGGER), *row.labels[1:])
        places = tuple(
            None if text is None else _place(text, records[labels, column], layout, contents, intervals)
            for text, column in zip(row.cells, columns, strict=True)
        )
        rows.append((row.labels, row.starts_group, places))
    return PrintedTable(layout, arranged, tuple(rows), _notes(contents, name, arranged))


def _notes(contents: Contents, name: str, arranged: Arranged) -> tuple[Markup, ...]:
    """The footnotes of the table's own page, which also say what its run was given (warps, masks)."""
    page = contents.directory / contents.table(name, "html")
    footer = FOOTER.search(page.read_text(encoding="utf-8")) if page.is_file() else None
    if footer is None:
        return tuple(map(Markup.escape, arranged.footnotes))
    return tuple(Markup(note) for note in re.findall(r"<p>(.*?)</p>", footer.group(1), re.DOTALL))


def _place(
    text: CellText,
    record: Record,
    layout: Layout,
    contents: Contents,
    intervals: Mapping[CellKey, tuple[float, float]],
) -> Place:
    what = f"{', '.join(filter(None, row_labels(record, layout)))}: {column_label(record, layout)}"
    if text.quoted:
        return Place(text, what, Verdict.NONE)
    interval = intervals.get(key_of(record))
    metric = find_metric(record["metric"])
    verdict = Verdict.NONE if metric.better == NEITHER else judge(record["published_mean"], interval, metric)
    links = Links.of(text.training, contents, viewed=metric.source != COUNTED)
    return Place(text, what, verdict, tuple(_facts(record, interval, verdict)), links)


def _facts(
    record: Record, interval: tuple[float, float] | None, verdict: Verdict
) -> Iterator[tuple[str, str]]:
    metric = find_metric(record["metric"])
    yield "measure", metric.words
    if pd.notna(record["n_subjects"]):
        counted = f"{int(record['n_subjects'])} subjects × {int(record['n_structures'])} {metric.rows}"
        if record["n_trainings"] > 1:
            counted = f"{int(record['n_trainings'])} trainings × {counted}"
        missing = int(record["n_missing"])
        yield "n", counted + (f", {missing} without a value" if missing else "")
    if interval is not None and interval[0] == interval[0]:
        yield "95 % interval", f"{metric.text(interval[0])} to {metric.text(interval[1])}"
    if verdict.words:
        yield "so it is", verdict.words
    shown = metric.text(record["ours_mean"])
    for column, words in READINGS.items():
        value = record[column]
        if pd.notna(value) and not (column != "ours_mean" and metric.text(value) == shown):
            yield words, metric.text(value)
    if isinstance(record["ours_hardware"], str) and record["ours_hardware"]:
        yield "on", record["ours_hardware"]
    if record["note"]:
        yield "note", str(record["note"])
