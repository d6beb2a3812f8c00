"""Learning curves as paths of small pictures: loss and validation Dice, one beside the other in all of a data set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

WIDTH, HEIGHT = 120.0, 48.0


@dataclass(frozen=True)
class Curve:
    """Points of two lines in a box of WIDTH x HEIGHT ('' where there is none), and their last values in words."""

    training: str
    seed: int
    loss: str
    dice: str
    words: str
    seconds: float
    epochs: int
    last_dice: float


def curves(logs: Mapping[tuple[str, int], pd.DataFrame]) -> list[Curve]:
    """A picture of each log; losses of one data set share their axis, which begins at 0, and Dice goes from 0 to 1."""
    highest: dict[str, float] = {}
    for (training, _), log in logs.items():
        dataset = training.split("/")[0]
        highest[dataset] = max(highest.get(dataset, 0.0), float(log["loss"].max()))
    return [
        _curve(training, seed, log, highest[training.split("/")[0]]) for (training, seed), log in logs.items()
    ]


def _curve(training: str, seed: int, log: pd.DataFrame, highest: float) -> Curve:
    loss, dice = log["loss"].to_list(), log["validation_dice"].to_list()
    last = next((one for one in reversed(dice) if one == one), float("nan"))
    words = f"loss {loss[-1]:.3g}" if loss else "no epoch"
    return Curve(
        training=training,
        seed=seed,
        loss=_points(loss, highest),
        dice=_points(dice, 1.0),
        words=words + (f", validation Dice {last:.3f}" if last == last else ""),
        seconds=float(log["seconds"].sum()),
        epochs=len(log),
        last_dice=float(last),
    )


def _points(values: Sequence[float], highest: float) -> str:
    """The defined values from left to right; one alone becomes a short dash."""
    step = WIDTH / max(len(values) - 1, 1)
    places = (
        [(i * step, HEIGHT * (1 - min(one / highest, 1.0))) for i, one in enumerate(values) if one == one]
        if highest
        else []
    )
    if len(places) == 1:
        (x, y), places = places[0], []
        places = [(max(x - 3, 0.0), y), (min(x + 3, WIDTH), y)]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
