"""Forest plot: by how much one method's Dice index exceeds the other's, per structure and overall, with intervals."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from acenet.figures.caption import caption_of
from acenet.figures.comparison import SHOWN, Comparison, compare, overall_text, trainings_text
from acenet.figures.structure_names import region_name
from acenet.figures.style import (
    BAND,
    BLACK,
    BLUE,
    COLUMN_MM,
    GREY,
    SMALL_PT,
    VERMILION,
    WIDE_MM,
    add_caption,
    legend_mark,
    new_figure,
    wrapped,
)
from acenet.metrics.comparison import STAR
from acenet.papers import FigurePlan, Panel
from acenet.protocols import Structure
from acenet.report.provenance import Provenance

SIDES = {"L": (BLUE, 0.2), "R": (VERMILION, -0.2), "M": (BLACK, 0.0)}
"""Colour of a side's marks, and their height above the middle of the region's row."""
SIDE_NAMES = {"L": "left", "R": "right", "M": "midline"}
ROW_MM, HEADER_MM = 3.5, 24
MOST_ROWS = 40  # of one column of rows
FEW = 10  # up to so many subjects, each one's difference is a dot
FEWEST = 6  # subjects for which the signed-rank test gives an interval of 95 %

ESTIMATES = {False: ("hodges_lehmann", "hl_low", "hl_high"), True: ("difference", "ci_low", "ci_high")}
"""Columns of a structure's estimate and interval, by whether the interval is about other trainings too."""

Rows = Sequence[tuple[str, Sequence[Structure]]]
"""Regions with their left, right or midline structures, from top to bottom."""


def draw_forest(
    plan: FigurePlan, long_tables: Mapping[str, pd.DataFrame], *, provenance: Provenance
) -> Figure:
    """A forest plot of the one panel of `plan`, to be made within `house_style`.

    Both sides of a region share a row. Parameters as in `acenet.figures.boxes.draw_boxes`.
    """
    (panel,) = plan.panels
    compared = compare(panel, long_tables)
    rows = regions(compared)
    n_columns = 1 if len(rows) <= MOST_ROWS else 2
    per_column = -(-len(rows) // n_columns)
    width = COLUMN_MM if n_columns == 1 else WIDE_MM
    figure = new_figure(width, HEADER_MM + ROW_MM * (per_column + 2))
    columns = figure.subplots(1, n_columns, sharex=True, squeeze=False)[0]
    for place, axes in enumerate(columns):
        part = rows[place * per_column : (place + 1) * per_column]
        _draw_rows(axes, part, compared)
        axes.set_ylim(
            per_column + 1 - 0.4, -0.6
        )  # the first region on top, the row of the whole at the bottom
        axes.axvline(0, color=BLACK, linewidth=0.5)
        axes.grid(axis="x")
        axes.set_xlabel(f"{SHOWN.words} of {panel.methods[1].name} less that of {panel.methods[0].name}")
    _draw_overall(columns[-1], per_column, compared)
    _draw_legend(figure, panel, compared, width)
    add_caption(figure, caption_of(plan, provenance, _explanation(compared)))
    return figure


def regions(compared: Comparison) -> Rows:
    """The structures that count, those of one region together, in the protocol's order of regions."""
    together: dict[str, list[Structure]] = {}
    for structure in compared.protocol.structures:
        if structure.evaluated:
            together.setdefault(region_name(structure), []).append(structure)
    return list(together.items())


def _draw_rows(axes: Axes, rows: Rows, compared: Comparison) -> None:
    for place, (_, structures) in enumerate(rows):
        if place % 2 == 0:
            axes.axhspan(place - 0.5, place + 0.5, color=BAND, linewidth=0, zorder=0)
        for structure in structures:
            _draw_structure(axes, place, structure, compared)
    axes.set_yticks(range(len(rows)), [region for region, _ in rows])
    axes.tick_params(axis="y", length=0)


def _draw_structure(axes: Axes, place: int, structure: Structure, compared: Comparison) -> None:
    """The estimate with its interval; with few subjects, a dot for each; a word where there is nothing."""
    colour, above = SIDES[structure.hemisphere]
    height, row = place - above, compared.structures.loc[structure.index]
    if not row["n"]:
        axes.text(0, height, " n = 0", color=colour, fontsize=SMALL_PT - 1, va="center", gid="count")
        return
    if row["n"] <= FEW:
        single = compared.differences[structure.index].dropna().to_numpy()
        axes.plot(single, np.full(len(single), height), "o", color=colour, markersize=1, alpha=0.5, zorder=2)
    estimate, low, high = (row[name] for name in ESTIMATES[compared.overall.of_trainings])
    axes.plot([low, high], [height, height], color=colour, linewidth=0.8, zorder=3)
    axes.plot(
        [estimate],
        [height],
        marker="s",
        markersize=2.6,
        markerfacecolor=colour if row["star_holm"] else "white",
        markeredgecolor=colour,
        markeredgewidth=0.6,
        zorder=4,
        gid="estimate",
    )
    if row["n_missing"]:
        end = np.nanmax([high, estimate])
        axes.text(
            end,
            height,
            f"  n = {row['n']}",
            color=colour,
            fontsize=SMALL_PT - 1,
            va="center",
            gid="count",
        )


def _draw_overall(axes: Axes, place: int, compared: Comparison) -> None:
    """The subjects' mean difference as a diamond as wide as its interval, below all rows."""
    overall = compared.overall
    middle = overall.difference_subjects
    axes.set_yticks([*axes.get_yticks(), place], [*(t.get_text() for t in axes.get_yticklabels()), "All"])
    if np.isnan(middle):
        axes.text(0, place, " n = 0", fontsize=SMALL_PT - 1, va="center", gid="count")
        return
    low, high = np.nan_to_num([overall.ci_low, overall.ci_high], nan=middle)
    axes.add_patch(
        Polygon(
            [(low, place), (middle, place - 0.35), (high, place), (middle, place + 0.35)],
            facecolor=BLACK,
            edgecolor=BLACK,
            linewidth=0.6,
            gid="overall",
        )
    )
    axes.axhline(place - 0.5, color=GREY, linewidth=0.4)


def _draw_legend(figure: Figure, panel: Panel, compared: Comparison, width_mm: float) -> None:
    def square(face: str, edge: str, label: str) -> Line2D:
        return legend_mark("s", label, size=3.5, face=face, edge=edge, width=0.6)

    sides = {structure.hemisphere for structure in compared.protocol.structures if structure.evaluated}
    handles = [square(SIDES[side][0], SIDES[side][0], SIDE_NAMES[side]) for side in SIDES if side in sides]
    handles += [square(GREY, GREY, f"p ≤ {STAR} after Holm"), square("white", GREY, "not")]
    points = (width_mm - 6) / 25.4 * 72
    lines = [line for part in overall_text(compared, panel).split("\n") for line in wrapped(part, points)]
    figure.legend(
        handles=handles,
        title="\n".join(lines),
        alignment="left",
        loc="outside upper left",
        ncols=len(handles),
        columnspacing=1.0,
        handletextpad=0.2,
    )


def _explanation(compared: Comparison) -> str:
    n = compared.n_subjects
    subjects = f"{n} subject{'s' if n != 1 else ''}"
    sentences = [
        "Squares: Hodges-Lehmann difference over test subjects; lines: its 95 % interval by the exact "
        "signed-rank test; filled where that test's p survives Holm's correction over "
        f"{len(compared.structures)} structures. Diamond: mean difference of the subjects' means over all "
        f"structures, with its t interval; {subjects}."
    ]
    if compared.overall.of_trainings:
        sentences = [
            "Squares: mean difference over test subjects; lines: its 95 % interval over subjects and trainings; filled "
            "where the p of the exact signed-rank test over subjects survives Holm's correction over "
            f"{len(compared.structures)} structures. Diamond: the same of the subjects' means over all structures; "
            f"{subjects}."
        ]
    sentences.append(trainings_text(compared.overall))
    if compared.protocol.name == "malc133":
        sentences.append("Cortical regions by the abbreviations of the Neuromorphometrics protocol.")
    if n <= FEW:
        sentences.append("Dots: single subjects.")
    if n < FEWEST and not compared.overall.of_trainings:
        sentences.append(f"Fewer than {FEWEST} subjects have no such interval of a structure.")
    if compared.structures["n_missing"].any():
        sentences.append("n: subjects in which both methods' values are defined, where not all are.")
    return " ".join(filter(None, sentences))
