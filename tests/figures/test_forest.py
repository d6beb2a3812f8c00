"""Forest plots through what is drawn: estimates, intervals, rows and counts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from acenet.figures.forest import draw_forest
from acenet.figures.style import BLUE, VERMILION, house_style, write_figure
from acenet.papers import get_figure
from acenet.protocols import DATASETS, load_protocol
from tests.report.scores import PROVENANCE, pair, scores

SHIFT = np.linspace(0.01, 0.08, 8)
"""By how much ours is better, for each of 8 subjects."""


def drawn(dataset: str, ours: np.ndarray, baseline: np.ndarray) -> Figure:
    with house_style():
        tables = pair(dataset, ours, baseline)
        return draw_forest(get_figure(f"forest_{dataset}"), tables, provenance=PROVENANCE)


def estimates(figure: Figure) -> dict[str, dict[str, tuple[float, bool]]]:
    """Estimate, and whether its mark is filled, by region and colour."""
    found: dict[str, dict[str, tuple[float, bool]]] = {}
    for axes in figure.axes:
        names = [text.get_text() for text in axes.get_yticklabels()]
        for line in axes.lines:
            if line.get_gid() == "estimate":
                region = names[round(float(line.get_ydata()[0]))]
                mark = (float(line.get_xdata()[0]), line.get_markerfacecolor() != "white")
                found.setdefault(region, {})[str(line.get_markeredgecolor())] = mark
    return found


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_structure_that_counts_has_its_estimate(dataset: str) -> None:
    baseline = scores(dataset, 3)
    found = estimates(drawn(dataset, baseline + 0.1, baseline))
    marks = [mark for sides in found.values() for mark in sides.values()]
    assert len(marks) == len(load_protocol(dataset).evaluated)
    assert all(value == pytest.approx(0.1) for value, _ in marks)


def test_left_right_and_stars() -> None:
    baseline = scores("malc27", 8)
    ours = baseline.copy()
    ours[:, 8] += SHIFT  # left caudate: p is 2^-7, and 27 times that does not pass Holm
    ours[:, 21] -= 2 * SHIFT  # right caudate
    caudate = estimates(drawn("malc27", ours, baseline))["Caudate"]
    assert caudate[BLUE] == (pytest.approx(0.045), False)
    assert caudate[VERMILION] == (pytest.approx(-0.09), False)
    many, few = np.linspace(0.01, 0.08, 15), scores("malc27", 15)
    better = few.copy()
    better[:, 8] += many  # 2^-14 passes
    assert estimates(drawn("malc27", better, few))["Caudate"] == {
        BLUE: (pytest.approx(0.045), True),
        VERMILION: (0, False),
    }


def test_intervals_are_those_of_the_exact_test() -> None:
    baseline = scores("malc27", 8)
    ours = baseline.copy()
    ours[:, 8] += SHIFT
    (axes,) = drawn("malc27", ours, baseline).axes
    lines = [
        line.get_xdata() for line in axes.lines if line.get_color() == BLUE and len(line.get_xdata()) == 2
    ]
    low, high = next(ends for ends in lines if ends[0] > 0)
    assert 0.01 < low < 0.045 < high < 0.08 and low + high == pytest.approx(0.09)


def test_the_diamond_is_the_subjects_mean_with_its_t_interval() -> None:
    baseline = scores("schizbull32", 8)
    (axes,) = drawn("schizbull32", baseline + SHIFT[:, None], baseline).axes
    (diamond,) = (
        patch for patch in axes.patches if isinstance(patch, Polygon) and patch.get_gid() == "overall"
    )
    low, middle, high, _, _ = diamond.get_xy()[:, 0]
    half = 2.364624 * SHIFT.std(ddof=1) / np.sqrt(8)  # t of 7 degrees of freedom at 97.5 %
    assert (low, middle, high) == pytest.approx((0.045 - half, 0.045, 0.045 + half), abs=1e-6)
    assert [text.get_text() for text in axes.get_yticklabels()][-1] == "All"


def test_many_regions_take_two_columns_in_the_protocols_order() -> None:
    baseline = scores("malc133", 3)
    left, right = drawn("malc133", baseline, baseline).axes
    names = [text.get_text() for axes in (left, right) for text in axes.get_yticklabels()]
    assert len(names) == 63 + 7 + 1 and names[:2] == ["3rd Ventricle", "4th Ventricle"]
    assert names[-2:] == ["TTG", "All"] and left.get_xlim() == right.get_xlim()


@pytest.mark.parametrize("n", [1, 3])
def test_few_subjects_and_missing_structures(tmp_path: Path, n: int) -> None:
    ours, baseline = scores("malc27", n, 1), scores("malc27", n, 2)
    ours[:, 8] = np.nan
    baseline[0, 13] = np.nan
    figure = drawn("malc27", ours, baseline)
    (axes,) = figure.axes
    assert sorted(t.get_text().strip() for t in axes.texts) == sorted(["n = 0", f"n = {n - 1}"])
    assert BLUE not in estimates(figure)["Caudate"] and VERMILION in estimates(figure)["Caudate"]
    with house_style():
        write_figure(figure, [tmp_path / "a.png"])


def test_nothing_defined_at_all_is_drawn() -> None:
    nothing = np.full((2, 62), np.nan)
    figure = drawn("mindboggle62", nothing, nothing)
    assert estimates(figure) == {}
    assert {t.get_text().strip() for t in figure.axes[0].texts} == {"n = 0"}


def test_with_several_seeds_the_lines_are_about_other_trainings_too() -> None:
    tables = pair("malc27", scores("malc27", 8, seed=1), scores("malc27", 8, seed=2))
    again = {one: pd.concat([t, t.assign(seed=2, value=t["value"] + 0.04)]) for one, t in tables.items()}

    def said(long_tables: dict[str, pd.DataFrame]) -> str:
        with house_style():
            figure = draw_forest(get_figure("forest_malc27"), long_tables, provenance=PROVENANCE)
        return " ".join(one.get_text() for one in figure.texts).replace("\n", " ")

    text = said(again)
    assert "interval over subjects and trainings" in text and "Hodges-Lehmann" not in text
    assert "mean over 2 trainings (seeds) of a method" in text
    assert "trainings (seeds)" not in said(tables) and "Hodges-Lehmann" in said(tables)
