from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from acenet.errors import InputError
from acenet.figures.curves import draw_curves, read_training_log, read_training_logs
from acenet.figures.style import house_style, write_figure
from acenet.papers import get_figure
from tests.report.scores import PROVENANCE


def log(losses: list[float], dice: list[float] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "epoch": np.arange(1.0, len(losses) + 1),
            "loss": losses,
            "validation_dice": dice or [np.nan] * len(losses),
        }
    )


LOGS = {
    "schizbull32/quicknatv2": log([3.0, 2.0, 1.0], [0.1, 0.3, 0.4]),
    "schizbull32/unet3d": log([4.0], [0.2]),
    "schizbull32/acenet-s5-skull-e2e": log([5.0, 4, 3, 2, 1, 0.5], [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]),
}


def drawn(logs: dict[str, pd.DataFrame], dataset: str = "schizbull32") -> Figure:
    with house_style():
        return draw_curves(get_figure(f"curves_{dataset}"), logs, provenance=PROVENANCE)


def line(axes: Axes, name: str) -> list[tuple[float, float]]:
    (found,) = (one for one in axes.lines if one.get_gid() == name)
    return list(zip(found.get_xdata(), found.get_ydata(), strict=True))


def plots(figure: Figure, name: str) -> list[Axes]:
    return [axes for axes in figure.axes if any(one.get_gid() == name for one in axes.lines)]


def test_each_training_has_its_own_curves() -> None:
    figure = drawn(LOGS)
    losses, dices = plots(figure, "loss"), plots(figure, "validation_dice")
    assert [axes.get_title() for axes in losses] == [name.split("/")[1] for name in LOGS]
    for axes, right, expected in zip(losses, dices, LOGS.values(), strict=True):
        assert line(axes, "loss") == list(zip(expected["epoch"], expected["loss"], strict=True))
        assert line(right, "validation_dice") == list(
            zip(expected["epoch"], expected["validation_dice"], strict=True)
        )
        assert len(axes.lines) == len(LOGS) and right.get_ylim() == (0, 1)
        assert axes.get_xlim() == losses[0].get_xlim() and axes.get_ylim() == losses[0].get_ylim()


def test_without_validation_subjects_there_is_no_second_axis() -> None:
    figure = drawn({"malc27/quicknatv2": log([2.0, 1.0])}, "malc27")
    assert len(figure.axes) == 1 and not plots(figure, "validation_dice")
    (strip,) = (text for text in figure.texts if text.get_gid() == "caption")
    assert "no validation subjects" in " ".join(strip.get_text().split())


def test_a_loss_that_is_no_number_is_told(tmp_path: Path) -> None:
    figure = drawn({**LOGS, "schizbull32/sdnet": log([1.0, np.nan], [0.1, np.nan])})
    with house_style():
        write_figure(figure, [tmp_path / "a.pdf"])
    (strip,) = (text for text in figure.texts if text.get_gid() == "caption")
    assert "left out: schizbull32/sdnet." in " ".join(strip.get_text().split())


def test_logs_are_read_as_trainings_write_them(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss,learning_rate,validation_dice,seconds\n1,1.5,0.01,,3\n2,1.25,0.01,0.5,3\n")
    read = read_training_log(path)
    assert read["loss"].tolist() == [1.5, 1.25] and read["validation_dice"].isna().tolist() == [True, False]
    path.write_text("epoch,learning_rate\n1,0.1\n")
    with pytest.raises(InputError, match="validation_dice"):
        read_training_log(path)


def test_without_logs_there_is_nothing_to_draw() -> None:
    with pytest.raises(InputError, match="curves_schizbull32"):
        drawn({})


def test_each_seed_has_its_line(tmp_path: Path) -> None:
    paths = []
    for seed, losses in ((2, [3.0, 2.0]), (1, [4.0, 1.0])):
        path = tmp_path / f"schizbull32/quicknatv2/seed{seed}/log.csv"
        path.parent.mkdir(parents=True)
        log(losses).to_csv(path, index=False)
        paths.append(path)
    logs = read_training_logs(paths)
    assert list(logs) == ["schizbull32/quicknatv2"] and logs["schizbull32/quicknatv2"]["seed"].tolist() == [
        2,
        2,
        1,
        1,
    ]
    figure = drawn(logs)
    (axes,) = plots(figure, "loss")
    lines = [list(one.get_ydata()) for one in axes.lines if one.get_gid() == "loss"]
    assert lines == [[4.0, 1.0], [3.0, 2.0]]
    assert "One line for each seed" in " ".join(one.get_text() for one in figure.texts).replace("\n", " ")
