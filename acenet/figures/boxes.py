"""Box plots of both methods per structure, with stars where they differ: ACEnet's Figures 4 to 7."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from acenet.figures.caption import caption_of
from acenet.figures.comparison import (
    SHOWN,
    Comparison,
    compare,
    overall_text,
    structures_shown,
    trainings_text,
)
from acenet.figures.structure_names import region_name, short_name
from acenet.figures.style import (
    BASELINE,
    BLACK,
    OURS,
    SMALL_PT,
    WIDE_MM,
    add_caption,
    legend_mark,
    new_figure,
)
from acenet.metrics.comparison import STAR
from acenet.metrics.statistics import overall_test
from acenet.papers import FigurePlan, Panel
from acenet.report.provenance import Provenance

COLOURS = (BASELINE, OURS)
OFFSET, BOX = 0.2, 0.32  # of a method's box from the structure's place, and its width; places are 1 apart
STAR_ROW, COUNT_ROW = 1.035, 1.07  # heights above the axes, in axes
MARGIN = 0.02  # below the axis' lowest value, so that boxes at 0 are seen
THIN = 0.01  # a box no higher than its median's line, which then has its colour
FEW = 10  # up to so many subjects, each is a dot
PANEL_MM = 68


def draw_boxes(
    plan: FigurePlan, long_tables: Mapping[str, pd.DataFrame], *, provenance: Provenance
) -> Figure:
    """A figure with one row of box plots per panel of `plan`, to be made within `house_style`.

    All panels must show the same two methods on the same data set.

    Parameters
    ----------
    long_tables
        Training id -> its long table.
    """
    first = plan.panels[0]
    compared = compare(first, long_tables)
    figure = new_figure(WIDE_MM, PANEL_MM * len(plan.panels) + 8)
    rows = figure.subplots(len(plan.panels), 1, squeeze=False)[:, 0]
    lowest = min(float(np.nanmin(one.to_numpy(), initial=1.0)) for one in compared.values)
    for axes, panel in zip(rows, plan.panels, strict=True):
        _draw_panel(axes, panel, compared)
        axes.set_ylim(max(0.0, np.floor(lowest * 10) / 10 - 0.05) - MARGIN, 1.0)
    _draw_legend(figure, first, compared)
    add_caption(figure, caption_of(plan, provenance, _explanation(compared)))
    return figure


def _draw_panel(axes: Axes, panel: Panel, compared: Comparison) -> None:
    shown = structures_shown(panel, compared.protocol)
    places = np.arange(len(shown), dtype=np.float64)
    for side, (values, colour) in enumerate(zip(compared.values, COLOURS, strict=True)):
        columns = [values[structure.index].dropna().to_numpy() for structure in shown]
        _draw_boxes(axes, columns, places + (2 * side - 1) * OFFSET, colour)
    for place, structure in zip(places, shown, strict=True):
        row = compared.structures.loc[structure.index]
        _draw_star(axes, place, bool(row["star_paper"]), bool(row["star_holm"]))
        if row["n_missing"]:
            _above(axes, place, COUNT_ROW, f"n={row['n']}")
    naming = region_name if panel.hemisphere else short_name
    axes.set_xticks(places, [naming(structure) for structure in shown], rotation=90)
    axes.set_xlim(-0.6, len(shown) - 0.4)
    axes.set_ylabel(SHOWN.words)
    axes.grid(axis="y")
    if panel.title:
        axes.set_title(panel.title, loc="left", pad=14)


def _draw_boxes(
    axes: Axes, columns: Sequence[NDArray[np.float64]], places: NDArray[np.float64], colour: str
) -> None:
    """One method's boxes; with few subjects every value, else only those beyond the whiskers, as dots."""
    few = max((len(column) for column in columns), default=0) <= FEW
    drawn = axes.boxplot(
        columns,
        positions=places.tolist(),
        widths=BOX,
        patch_artist=True,
        manage_ticks=False,
        showfliers=not few,
        boxprops={"facecolor": colour, "edgecolor": BLACK, "linewidth": 0.4},
        medianprops={"linewidth": 0.8},
        whiskerprops={"linewidth": 0.4},
        capprops={"linewidth": 0.4},
        flierprops={"marker": "o", "markersize": 1.5, "markeredgewidth": 0.3, "markeredgecolor": colour},
    )
    for line, column in zip(drawn["medians"], columns, strict=True):
        low, high = np.quantile(column, [0.25, 0.75]) if len(column) else (0.0, 0.0)
        contrast = "white" if colour == BASELINE else BLACK
        line.set_color(contrast if high - low > THIN else colour)
    if few:
        for column, place in zip(columns, places, strict=True):
            axes.plot(np.full(len(column), place), column, "o", color=BLACK, markersize=0.8)


def _draw_star(axes: Axes, place: float, paper: bool, holm: bool) -> None:
    """The papers' star above a structure: filled where it survives Holm; a diamond for Holm alone."""
    if not paper and not holm:
        return
    axes.plot(
        [place],
        [STAR_ROW],
        marker="*" if paper else "D",
        markersize=4.5 if paper else 2.5,
        markerfacecolor=BLACK if holm else "white",
        markeredgecolor=BLACK,
        markeredgewidth=0.4,
        transform=axes.get_xaxis_transform(),
        clip_on=False,
        gid="star",
    )


def _above(axes: Axes, place: float, height: float, text: str) -> None:
    axes.text(
        place,
        height,
        text,
        transform=axes.get_xaxis_transform(),
        fontsize=SMALL_PT - 1,
        horizontalalignment="center",
        gid="count",
    )


def _draw_legend(figure: Figure, panel: Panel, compared: Comparison) -> None:
    """Above the plots: the overall tests, and below them what the colours and the stars mean."""

    def star(face: str, label: str) -> Line2D:
        return legend_mark("*", label, size=5, face=face, edge=BLACK, width=0.4)

    boxes = [
        Patch(facecolor=colour, edgecolor=BLACK, linewidth=0.4, label=method.name)
        for method, colour in zip(panel.methods, COLOURS, strict=True)
    ]
    stars = [star("white", f"p ≤ {STAR}"), star(BLACK, f"p ≤ {STAR} after Holm's correction too")]
    figure.legend(
        handles=[*boxes, *stars],
        title=overall_text(compared, panel),
        alignment="left",
        loc="outside upper left",
        ncols=4,
    )


def _explanation(compared: Comparison) -> str:
    n, m = compared.n_subjects, len(compared.structures)
    dots = "every subject" if n <= FEW else "subjects beyond"
    sentences = [
        f"Boxes: median and quartiles over {n} test subject{'s' if n != 1 else ''}; whiskers: to the last "
        f"value within 1.5 box lengths; dots: {dots}.",
        f"Stars: two-sided Wilcoxon signed-rank test over subjects, p ≤ {STAR} by the normal approximation as "
        f"in the paper; filled where the exact test's p also survives Holm's correction over {m} structures.",
    ]
    best = overall_test(np.arange(1.0, n + 1), np.zeros(n))
    if not best <= STAR:
        sentences.append(f"With {n} subject{'s' if n != 1 else ''}, no difference can reach a star.")
    if compared.structures["n_missing"].any():
        sentences.append("n: subjects in which both methods' values are defined, where not all are.")
    return " ".join(filter(None, (*sentences, trainings_text(compared.overall))))
