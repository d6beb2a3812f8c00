"""Figures 4 to 7 through what is drawn: places, boxes, stars and texts."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from acenet.errors import InputError
from acenet.figures.boxes import draw_boxes
from acenet.figures.comparison import p_value
from acenet.figures.style import BASELINE, BLACK, OURS, house_style, write_figure
from acenet.papers import get_figure
from acenet.protocols import load_protocol
from tests.report.scores import PROVENANCE, pair, scores

FIGURES = {"figure04": "malc27", "figure05": "schizbull32", "figure06": "malc133", "figure07": "mindboggle62"}


def drawn(name: str, ours: np.ndarray, baseline: np.ndarray) -> Figure:
    with house_style():
        return draw_boxes(get_figure(name), pair(FIGURES[name], ours, baseline), provenance=PROVENANCE)


def labels(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.get_xticklabels()]


def boxes(axes: Axes, colour: str) -> list[tuple[float, float, float]]:
    """Middle, lower and upper end of each box of a colour that has a height, from left to right."""
    found = []
    for patch in axes.patches:
        if isinstance(patch, PathPatch) and to_hex(patch.get_facecolor()).upper() == colour:
            box = patch.get_path().get_extents()
            if np.isfinite(box.y0):
                found.append(((box.x0 + box.x1) / 2, box.y0, box.y1))
    return sorted(found)


def stars(axes: Axes) -> dict[str, tuple[str, bool]]:
    """Marker, and whether it is filled, by the label of the structure it stands above."""
    names = labels(axes)
    return {
        names[round(float(line.get_xdata()[0]))]: (
            str(line.get_marker()),
            line.get_markerfacecolor() == BLACK,
        )
        for line in axes.lines
        if line.get_gid() == "star"
    }


def counts(axes: Axes) -> dict[str, str]:
    names = labels(axes)
    return {names[round(t.get_position()[0])]: t.get_text() for t in axes.texts if t.get_gid() == "count"}


def caption(figure: Figure) -> str:
    (strip,) = (text for text in figure.texts if text.get_gid() == "caption")
    return " ".join(strip.get_text().split())


@pytest.mark.parametrize("name", FIGURES)
def test_structures_stand_in_the_protocols_order(name: str) -> None:
    values = scores(FIGURES[name], 3)
    figure = drawn(name, values, values)
    shown = [len(labels(axes)) for axes in figure.axes]
    assert shown == {"figure04": [27], "figure05": [32], "figure06": [25], "figure07": [31, 31]}[name]
    first = {"figure04": "L WM", "figure05": "L Cerebral WM", "figure06": "L Cerebral WM"}
    assert labels(figure.axes[0])[0] == first.get(name, "caudal ant. cingulate")
    for axes in figure.axes:
        assert axes.get_xticks().tolist() == list(range(len(labels(axes))))


def test_boxes_are_the_quartiles_of_each_methods_test_subjects() -> None:
    ours, baseline = scores("malc27", 5, seed=1), scores("malc27", 5, seed=2)
    (axes,) = drawn("figure04", ours, baseline).axes
    for values, colour, offset in ((baseline, BASELINE, -0.2), (ours, OURS, 0.2)):
        found = np.array(boxes(axes, colour))
        np.testing.assert_allclose(found[:, 0], np.arange(27) + offset, atol=1e-9)
        np.testing.assert_allclose(found[:, 1:].T, np.quantile(values, [0.25, 0.75], axis=0))


def test_figure_6_shows_its_25_structures_by_their_own_values() -> None:
    values = scores("malc133", 4)
    (axes,) = drawn("figure06", values, values).axes
    fine = {s.name: s.index for s in load_protocol("malc133").structures}
    (panel,) = get_figure("figure06").panels
    columns = [fine[name] - 1 for name in panel.structures]
    np.testing.assert_allclose(
        [low for _, low, _ in boxes(axes, OURS)], np.quantile(values[:, columns], 0.25, axis=0)
    )


def test_figure_7_has_the_left_hemisphere_on_top() -> None:
    values = np.where([s.hemisphere == "L" for s in load_protocol("mindboggle62").structures], 0.3, 0.6)
    top, bottom = drawn("figure07", np.tile(values, (4, 1)), np.tile(values, (4, 1))).axes
    assert top.get_position().y0 > bottom.get_position().y1
    assert (top.get_title(loc="left"), bottom.get_title(loc="left")) == (
        "Left hemisphere",
        "Right hemisphere",
    )
    assert {low for _, low, _ in boxes(top, OURS)} == {0.3}
    assert {low for _, low, _ in boxes(bottom, OURS)} == {0.6}
    assert labels(top) == labels(bottom) and top.get_ylim() == bottom.get_ylim()


def test_stars_stand_where_p_says() -> None:
    """Of 15 subjects all better: p is 2^-14, which survives Holm among 27; 12 of 15: p is about 0.02."""
    baseline = scores("malc27", 15)
    ours = baseline + 0.01 * np.where(np.arange(15) % 2, 1, -1)[:, None]  # no difference
    sizes = np.linspace(0.01, 0.1, 15)
    ours[:, 4] = baseline[:, 4] + sizes
    ours[:, 7] = baseline[:, 7] + sizes * np.where(np.isin(np.arange(15), (3, 6, 9)), -1, 1)
    ours[:, 11] = baseline[:, 11] - sizes  # worse is different too
    (axes,) = drawn("figure04", ours, baseline).axes
    assert stars(axes) == {
        "L Lat. Vent.": ("*", True),
        "L Thalamus": ("*", False),
        "3rd Ventricle": ("*", True),
    }


def test_stars_of_the_right_hemisphere_stand_in_the_lower_row() -> None:
    baseline = scores("mindboggle62", 15)
    ours = baseline.copy()
    ours[:, 31 + 4] += np.linspace(0.01, 0.1, 15)
    top, bottom = drawn("figure07", ours, baseline).axes
    assert stars(top) == {} and stars(bottom) == {"fusiform": ("*", True)}


def test_the_headline_has_both_overall_tests_and_the_papers() -> None:
    baseline = scores("malc27", 4)
    figure = drawn("figure04", baseline + np.linspace(0.01, 0.05, 27), baseline)
    (legend,) = figure.legends
    text = legend.get_title().get_text()
    assert "All 27 structures: p = 5.61 × 10⁻⁶" in text and "paper: 5.61 × 10⁻⁶" in text
    assert "(n = 4): p = 0.125" in text and "+0.030 [+0.030, +0.030]" in text
    assert "With 4 subjects, no difference can reach a star" in caption(figure)
    assert [t.get_text() for t in legend.get_texts()][:2] == ["QuickNAT V2", "ACEnet"]


def test_missing_values_are_counted_and_leave_no_box() -> None:
    ours, baseline = scores("malc27", 6, 1), scores("malc27", 6, 2)
    ours[:2, 4] = np.nan  # two subjects without a left lateral ventricle
    baseline[1:3, 4] = np.nan
    ours[:, 9] = baseline[:, 9] = np.nan  # nobody has a left putamen
    figure = drawn("figure04", ours, baseline)
    (axes,) = figure.axes
    assert counts(axes) == {"L Lat. Vent.": "n=3", "L Putamen": "n=0"}
    for values, colour in ((ours, OURS), (baseline, BASELINE)):
        found = {round(middle): low for middle, low, _ in boxes(axes, colour)}
        assert sorted(found) == [place for place in range(27) if place != 9]
        assert found[4] == pytest.approx(np.nanquantile(values[:, 4], 0.25))
    assert "26 of 27 structures" in figure.legends[0].get_title().get_text()
    assert "n: subjects in which both" in caption(figure)


def test_a_subject_of_one_method_only_counts_as_missing() -> None:
    tables = pair("malc27", scores("malc27", 4), scores("malc27", 4, 1))
    lacking = tables["malc27/quicknatv2"]
    tables["malc27/quicknatv2"] = lacking[lacking["subject"] != "s02"]
    with house_style():
        (axes,) = draw_boxes(get_figure("figure04"), tables, provenance=PROVENANCE).axes
    assert set(counts(axes).values()) == {"n=3"} and len(counts(axes)) == 27


@pytest.mark.parametrize("n", [1, 2])
def test_very_few_subjects_are_drawn(tmp_path: Path, n: int) -> None:
    ours, baseline = scores("malc27", n, 1), scores("malc27", n, 2)
    figure = drawn("figure04", ours, baseline)
    assert stars(figure.axes[0]) == {} and f"over {n} test subject" in caption(figure)
    with house_style():
        write_figure(figure, [tmp_path / "a.png"])
    assert "n/a" in figure.legends[0].get_title().get_text() or n > 1  # no interval of one subject


def test_nothing_defined_at_all_is_drawn() -> None:
    nothing = np.full((3, 27), np.nan)
    figure = drawn("figure04", nothing, nothing)
    assert set(counts(figure.axes[0]).values()) == {"n=0"}
    assert "p = n/a" in figure.legends[0].get_title().get_text()


def test_zeros_lie_within_the_axes() -> None:
    values = scores("malc27", 3)
    values[:, 6] = 0
    (axes,) = drawn("figure04", values, values).axes
    assert axes.get_ylim()[0] < 0 and axes.get_ylim()[1] == 1


def test_texts_neither_overlap_nor_leave_the_page() -> None:
    figure = drawn("figure07", scores("mindboggle62", 15, 1), scores("mindboggle62", 15, 2))
    figure.draw_without_rendering()
    width, height = figure.get_size_inches() * figure.dpi
    for axes in figure.axes:
        extents = [text.get_window_extent() for text in axes.get_xticklabels()]
        assert all(a.x1 <= b.x0 for a, b in pairwise(extents))
        box = axes.get_tightbbox()
        assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height
    legend, top = figure.legends[0].get_window_extent(), figure.axes[0].get_tightbbox()
    assert legend.x1 <= width and legend.y1 <= height and top.y1 <= legend.y0


def test_both_files_are_the_same_again(tmp_path: Path) -> None:
    ours, baseline = scores("malc27", 4, 1), scores("malc27", 4, 2)
    for folder in ("one", "two"):
        with house_style():
            figure = drawn("figure04", ours, baseline)
            write_figure(figure, [tmp_path / folder / name for name in ("a.png", "a.pdf")])
    for name in ("a.png", "a.pdf"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_missing_long_table_is_an_error_that_names_the_trainings() -> None:
    tables = pair("malc27", scores("malc27", 2), scores("malc27", 2))
    del tables["malc27/quicknatv2"]
    with pytest.raises(InputError, match="malc27/quicknatv2"):
        draw_boxes(get_figure("figure04"), tables, provenance=PROVENANCE)


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.125, "0.125"), (0.001, "0.001"), (5.606e-6, "5.61 × 10⁻⁶"), (np.nan, "n/a"), (1, "1.000")],
)
def test_p_values_in_words(p: float, text: str) -> None:
    assert p_value(p) == text
