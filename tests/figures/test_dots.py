"""Dot plots of every table, through the dots."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from acenet.errors import InputError
from acenet.figures.dots import FACETS, draw_dots
from acenet.figures.style import house_style
from acenet.papers import get_figure
from tests.report.invented import TABLES, built
from tests.report.scores import PROVENANCE


def drawn(table: str, frame: pd.DataFrame) -> Figure:
    with house_style():
        return draw_dots(get_figure(f"dots_{table}"), frame, provenance=PROVENANCE)


def dots(axes: Axes, name: str) -> list[float]:
    return [float(line.get_xdata()[0]) for line in axes.lines if line.get_gid() == name]


def labels(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.get_yticklabels()]


@pytest.mark.parametrize("table", TABLES)
def test_each_number_of_a_table_has_its_dots(table: str) -> None:
    frame = built(table)
    figure = drawn(table, frame)
    facets = [facet for facet in FACETS if frame["metric"].isin(facet.metrics).any()]
    assert len(figure.axes) == len(facets)
    for axes, facet in zip(figure.axes, facets, strict=True):
        cells = frame[frame["metric"].isin(facet.metrics)].dropna(
            how="all", subset=["published_mean", "ours_mean"]
        )
        np.testing.assert_allclose(dots(axes, "paper"), cells["published_mean"] / facet.unit)
        np.testing.assert_allclose(dots(axes, "ours"), cells[facet.ours] / facet.unit)
        assert len(set(labels(axes))) == len(cells)  # every label tells its cell apart
        diamonds = [line.get_marker() == "D" for line in axes.lines if line.get_gid() == "paper"]
        assert diamonds == cells["literature"].tolist()


def test_a_table_read_from_its_file_gives_the_same_dots(tmp_path: Path) -> None:
    built("table05").to_csv(tmp_path / "table05.csv", index=False)
    read, direct = drawn("table05", pd.read_csv(tmp_path / "table05.csv")), drawn("table05", built("table05"))
    assert [labels(axes) for axes in read.axes] == [labels(axes) for axes in direct.axes]
    assert dots(read.axes[0], "ours") == pytest.approx(dots(direct.axes[0], "ours"))


def test_labels_say_what_tells_cells_apart() -> None:
    assert labels(drawn("table05", built("table05")).axes[0])[0] == "baseline"
    assert labels(drawn("table04", built("table04")).axes[0])[0] == "MALC-27: First Stage"
    first = labels(drawn("table01", built("table01")).axes[0])[0]
    assert first == "s=0, context encoder no, class weights yes"


def test_a_table_without_numbers_is_an_error() -> None:
    frame = built("table05")
    with pytest.raises(InputError, match="dots_table05"):
        drawn("table05", frame[frame["metric"] == "dice"])
