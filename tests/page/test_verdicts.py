"""What a value's colour says, against intervals worked out by hand."""

import pytest

from acenet.metrics.registry import find_metric
from acenet.page.verdicts import Verdict, judge

DICE, DISTANCE = find_metric("dice"), find_metric("hausdorff_mm")
NAN = float("nan")


@pytest.mark.parametrize(
    ("published", "interval", "of_dice", "of_distance"),
    [
        (0.8, (0.7, 0.9), Verdict.AGREES, Verdict.AGREES),
        (0.7, (0.7, 0.9), Verdict.AGREES, Verdict.AGREES),  # an end belongs to it
        (0.6, (0.7, 0.9), Verdict.BETTER, Verdict.WORSE),
        (0.95, (0.7, 0.9), Verdict.WORSE, Verdict.BETTER),
        (NAN, (0.7, 0.9), Verdict.NONE, Verdict.NONE),
        (0.8, (NAN, NAN), Verdict.NONE, Verdict.NONE),
        (0.8, None, Verdict.NONE, Verdict.NONE),
    ],
)
def test_verdicts(
    published: float, interval: tuple[float, float] | None, of_dice: Verdict, of_distance: Verdict
) -> None:
    assert judge(published, interval, DICE) is of_dice
    assert judge(published, interval, DISTANCE) is of_distance


def test_parameters_are_neither_better_nor_worse() -> None:
    assert judge(1.0, (2.0, 3.0), find_metric("params")) is Verdict.NONE


def test_each_verdict_is_told_without_colour() -> None:
    said = [one for one in Verdict if one is not Verdict.NONE]
    assert len({one.sign for one in said}) == len({one.words for one in said}) == len(said)
