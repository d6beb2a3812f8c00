"""Dot plot of a table: the published value and ours, cell by cell."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from acenet.errors import InputError
from acenet.figures.caption import caption_of
from acenet.figures.style import (
    BAND,
    BLACK,
    COLUMN_MM,
    GREY,
    OURS,
    SMALL_PT,
    WIDE_MM,
    add_caption,
    legend_mark,
    new_figure,
)
from acenet.metrics.registry import METRICS, Metric
from acenet.papers import FigurePlan, Layout, load_layouts
from acenet.report.labels import Record, column_label, row_labels
from acenet.report.provenance import Provenance

ROW_MM, FACET_MM, HEADER_MM = 3.4, 12, 8
LONGEST = 34  # characters of a label in a figure of column width
MARK_PT, EDGE_PT = 3.2, 0.6
PAPER, LITERATURE = "o", "D"
TEXTS = ("dataset", "row", "column")


@dataclass(frozen=True)
class Facet:
    """Cells whose values share an axis; `ours` is the column of our value that compares with the paper's."""

    metrics: tuple[str, ...]
    label: str
    ours: str = "ours_mean"
    unit: float = 1.0


def _facets() -> tuple[Facet, ...]:
    """The measures that are drawn, those that share an axis together."""
    of_axis: dict[str, list[Metric]] = {}
    for metric in METRICS:
        of_axis.setdefault(metric.axis, []).append(metric)
    return tuple(
        Facet(tuple(one.name for one in shared), axis, ours=shared[0].compared, unit=shared[0].scale)
        for axis, shared in of_axis.items()
        if axis
    )


FACETS = _facets()


@dataclass(frozen=True)
class Dot:
    """One cell: both values in the facet's unit, NaN where there is none; `row` counts the table's rows."""

    label: str
    row: int
    published: float
    ours: float
    literature: bool


def draw_dots(plan: FigurePlan, table: pd.DataFrame, *, provenance: Provenance) -> Figure:
    """Published values and ours of the table that `plan` names; to be made within `house_style`.

    Parameters
    ----------
    table
        As `acenet.report.build_table` gives it, or read from its CSV file. Cells without a number of a facet's metrics
        (times, counts of subjects) are left out.
    """
    facets = [(facet, dots) for facet in FACETS if (dots := dots_of(plan, table, facet))]
    if not facets:
        raise InputError(plan.figure, expected="a table with numbers to compare", found="none")
    every = [dot for _, dots in facets for dot in dots]
    heights = [len(dots) * ROW_MM + FACET_MM for _, dots in facets]
    width = WIDE_MM if any(len(dot.label) > LONGEST for dot in every) else COLUMN_MM
    figure = new_figure(width, HEADER_MM + sum(heights))
    # The facets' rows come out equally high if the space of the axis below them is left out.
    ratios = [len(dots) for _, dots in facets]
    rows = figure.subplots(len(facets), 1, squeeze=False, height_ratios=ratios)[:, 0]
    for axes, (facet, dots) in zip(rows, facets, strict=True):
        _draw_facet(axes, facet, dots)
    _draw_legend(figure, any(dot.literature for dot in every))
    add_caption(figure, caption_of(plan, provenance, _explanation(every)))
    return figure


def dots_of(plan: FigurePlan, table: pd.DataFrame, facet: Facet) -> list[Dot]:
    """The cells of a facet that have a value of either side, in the table's order."""
    layout = load_layouts()[plan.table]
    chosen = table[table["metric"].isin(facet.metrics)]
    records = chosen.assign(
        **{name: chosen[name].astype(object).fillna("").astype(str) for name in TEXTS}
    ).to_dict("records")
    rows = [_row_label(record, layout) for record in records]
    columns = [column_label(record, layout) for record in records]
    # What all cells share tells none of them apart.
    several_rows, several_columns = len(set(rows)) > 1, len(set(columns)) > 1
    dots: list[Dot] = []
    numbers: dict[str, int] = {}
    for record, row, column in zip(records, rows, columns, strict=True):
        published, ours = float(record["published_mean"]), float(record[facet.ours])
        if math.isnan(published) and math.isnan(ours):
            continue
        parts = (row if several_rows else "", column if several_columns else "")
        dots.append(
            Dot(
                label=": ".join(part for part in parts if part) or row,
                row=numbers.setdefault(row, len(numbers)),
                published=published / facet.unit,
                ours=ours / facet.unit,
                literature=bool(record["literature"]),
            )
        )
    return dots


def _row_label(record: Record, layout: Layout) -> str:
    """The row's labels in one, with their headings where a label alone says nothing."""
    labels = zip(layout.row_headings, row_labels(record, layout), strict=True)
    bare = ("yes", "no")
    parts = [
        f"{heading.lower()} {label}" if label in bare or label.isdigit() else label
        for heading, label in labels
        if label
    ]
    return ", ".join(parts)


def _draw_facet(axes: Axes, facet: Facet, dots: Sequence[Dot]) -> None:
    for place, dot in enumerate(dots):
        if dot.row % 2 == 1:
            axes.axhspan(place - 0.5, place + 0.5, color=BAND, linewidth=0, zorder=0)
        axes.plot([dot.published, dot.ours], [place, place], color=GREY, linewidth=0.6, zorder=1)
        for value, marker, face, name in (
            (dot.published, LITERATURE if dot.literature else PAPER, "white", "paper"),
            (dot.ours, PAPER, OURS, "ours"),
        ):
            axes.plot(
                [value],
                [place],
                marker=marker,
                markersize=MARK_PT,
                markerfacecolor=face,
                markeredgecolor=BLACK,
                markeredgewidth=EDGE_PT,
                zorder=3,
                gid=name,
            )
    axes.set_yticks(range(len(dots)), [dot.label for dot in dots])
    axes.set_ylim(len(dots) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(facet.label)
    axes.grid(axis="x")


def _draw_legend(figure: Figure, literature: bool) -> None:
    marks = [(PAPER, "white", "paper"), (PAPER, OURS, "ours")]
    if literature:
        marks.append((LITERATURE, "white", "quoted by the paper (†)"))
    handles = [
        legend_mark(marker, label, size=MARK_PT, face=face, edge=BLACK, width=EDGE_PT)
        for marker, face, label in marks
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=3, fontsize=SMALL_PT)


def _explanation(dots: Sequence[Dot]) -> str:
    measured = sum(not math.isnan(dot.ours) for dot in dots)
    return f"{len(dots)} printed values, {measured} of them measured here; the line is the difference."
