"""Learning curves: loss and validation Dice index of every training on a data set, epoch by epoch."""

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from acenet.errors import InputError
from acenet.figures.caption import caption_of
from acenet.figures.style import (
    BLUE,
    SMALL_PT,
    VERMILION,
    WIDE_MM,
    add_caption,
    new_figure,
)
from acenet.papers import FigurePlan
from acenet.report.provenance import Provenance

LOSS, DICE = BLUE, VERMILION
OTHERS = "#D8D8D8"
N_COLUMNS, CELL_MM, HEADER_MM = 5, 28, 12
NEEDED = ("epoch", "loss", "validation_dice")


def read_training_log(path: str | PathLike[str]) -> pd.DataFrame:
    """The log of a training: one row per epoch, validation_dice NaN where none was measured.

    Raises
    ------
    InputError
        The file is no log of a training.
    """
    try:
        log = pd.read_csv(path)
    except ValueError as error:
        raise InputError(path, expected="the log of a training", found=f"{error}") from None
    if not set(NEEDED) <= set(log.columns):
        raise InputError(path, expected=f"columns {', '.join(NEEDED)}", found=", ".join(log.columns))
    return log.astype(dict.fromkeys(NEEDED, "float64"))


def read_training_logs(files: Iterable[str | PathLike[str]]) -> dict[str, pd.DataFrame]:
    """The logs in files `{dataset}/{model}/seed{seed}/log.csv` by training id, with a column seed."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for path in map(Path, files):
        dataset, model, seed = path.parts[-4:-1]
        log = read_training_log(path).assign(seed=int(seed.removeprefix("seed")))
        parts.setdefault(f"{dataset}/{model}", []).append(log)
    return {training: pd.concat(logs, ignore_index=True) for training, logs in parts.items()}


def draw_curves(plan: FigurePlan, logs: Mapping[str, pd.DataFrame], *, provenance: Provenance) -> Figure:
    """A small plot for each training, with all others' losses in grey; to be made within `house_style`.

    Parameters
    ----------
    logs
        Training id -> its log, in the order drawn; with a column seed, one line for each. All plots have the same axes.
    """
    if not logs:
        raise InputError(plan.figure, expected="the log of a training", found="none")
    validated = any(log["validation_dice"].notna().any() for log in logs.values())
    n_columns = min(N_COLUMNS, len(logs))
    n_rows = -(-len(logs) // n_columns)
    figure = new_figure(WIDE_MM, HEADER_MM + CELL_MM * n_rows)
    grid = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes in grid[len(logs) :]:
        axes.set_axis_off()
    for place, (axes, training_id) in enumerate(zip(grid, logs, strict=False)):
        _draw_losses(axes, training_id, logs)
        axes.set_title(training_id.split("/")[1], fontsize=SMALL_PT)
        axes.tick_params(labelbottom=place + n_columns >= len(logs))
        axes.set_xlabel("Epoch" if place >= (n_rows - 1) * n_columns else "")
        axes.set_ylabel("" if place % n_columns else "Loss")
        if validated:
            _draw_dice(axes, logs[training_id], labelled=place % n_columns == n_columns - 1)
    _draw_legend(figure, validated)
    add_caption(figure, caption_of(plan, provenance, *_explanation(logs, validated)))
    return figure


def _draw_losses(axes: Axes, training_id: str, logs: Mapping[str, pd.DataFrame]) -> None:
    for other, log in logs.items():
        if other != training_id:
            for one in _of_seeds(log):
                axes.plot(one["epoch"], one["loss"], color=OTHERS, linewidth=0.4, zorder=1)
    for own in _of_seeds(logs[training_id]):
        # A marker too, without which a training of one epoch would be nothing.
        axes.plot(
            own["epoch"], own["loss"], color=LOSS, marker="o", markersize=_marker(own), zorder=3, gid="loss"
        )
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 3.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    axes.grid()


def _draw_dice(axes: Axes, log: pd.DataFrame, *, labelled: bool) -> None:
    """The validation Dice index on an axis of its own on the right, 0 to 1 in every plot."""
    right = axes.twinx()
    for one in _of_seeds(log):
        defined = one[one["validation_dice"].notna()]
        right.plot(
            defined["epoch"],
            defined["validation_dice"],
            color=DICE,
            linestyle="--",
            marker="s",
            markersize=_marker(one),
            gid="validation_dice",
        )
    right.set_ylim(0, 1)
    right.set_yticks([0, 0.5, 1])
    right.spines["right"].set_visible(labelled)
    right.tick_params(axis="y", right=labelled, labelright=labelled)


def _of_seeds(log: pd.DataFrame) -> list[pd.DataFrame]:
    """The log of each seed; the log itself where it names none."""
    return [one for _, one in log.groupby("seed")] if "seed" in log else [log]


def _marker(log: pd.DataFrame) -> float:
    return 2.0 if len(log) <= 10 else 0.0


def _draw_legend(figure: Figure, validated: bool) -> None:
    handles = [
        Line2D([], [], color=LOSS, label="loss"),
        *(
            [Line2D([], [], color=DICE, linestyle="--", label="validation Dice index (right axes, 0 to 1)")]
            if validated
            else []
        ),
        Line2D([], [], color=OTHERS, linewidth=0.6, label="losses of the other trainings"),
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=3)


def _explanation(logs: Mapping[str, pd.DataFrame], validated: bool) -> list[str]:
    sentences = [
        "Loss: mean over the steps of an epoch, logarithmic; losses of networks with more outputs "
        "have more terms and are not comparable.",
        "Two-stage trainings are shown from their second stage on.",
    ]
    if any(len(_of_seeds(log)) > 1 for log in logs.values()):
        sentences.append("One line for each seed that a network was trained with.")
    if validated:
        sentences.append("Dice index: mean over validation subjects and structures.")
    else:
        sentences.append("This data set has no validation subjects.")
    unfinished = [name for name, log in logs.items() if not np.isfinite(log["loss"]).all()]
    if unfinished:
        sentences.append(f"Losses that are no finite number, left out: {', '.join(unfinished)}.")
    return sentences
