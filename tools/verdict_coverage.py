"""How often intervals and verdicts are right where the truth is known: simulated studies of two networks.

    python -m tools.verdict_coverage [--repeats 4000]

In each study two equally good networks are trained with some seeds each and measured on the same subjects. A value is
the sum of what the subject is worth to the one network more than to the other, of how this training turned out, and of
how this training met this subject: three normal draws. Their standard deviations are in thousandths of a Dice index and
span what MALC at 3 mm showed (docs/malc_3mm.md). Printed in Markdown: how often the interval of the difference has the
true one, 0; how often it has the difference of the very trainings that were made, which is all that one training can
tell; and how often a verdict was given, each of them false. Minutes of one core.
"""

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acenet.metrics.crossed import crossed_interval
from acenet.metrics.statistics import exact_test
from acenet.report.claims import UNDECIDED, verdict

Layouts = tuple[NDArray[np.float64], NDArray[np.float64]]
HEAD = (
    "| Subjects | Trainings each | Spread of subjects, trainings (better, other), rest "
    "| Has 0 | Has that of these trainings | False verdicts |"
)


@dataclass(frozen=True)
class Spreads:
    """Standard deviations: of subjects' differences, of trainings' means of either network, of each training's rest."""

    subjects: float
    ours: float
    baseline: float
    rest: float

    def __str__(self) -> str:
        return f"{self.subjects:g}, {self.ours:g} and {self.baseline:g}, {self.rest:g}"


@dataclass(frozen=True)
class Rates:
    """Shares of the studies of one kind."""

    covered: float
    covered_given_trainings: float
    false_verdicts: float


SPREADS = (
    Spreads(7, 8, 8, 4),
    Spreads(7, 4, 4, 4),
    Spreads(7, 2, 2, 4),
    Spreads(7, 0, 0, 4),
    Spreads(7, 8, 4, 4),
    Spreads(7, 8, 1, 4),
    Spreads(7, 3, 3, 10),
    Spreads(2, 10, 10, 2),
    Spreads(30, 8, 8, 10),
)
DESIGNS = ((15, 3), (15, 2), (15, 5), (15, 1), (30, 3))
"""Subjects and trainings of each network."""


def study(spreads: Spreads, subjects: int, trainings: int, generator: np.random.Generator) -> Layouts:
    """Values (trainings, subjects) of either network, equally good in truth."""
    of_subjects = generator.normal(0, 1, subjects) * spreads.subjects
    ours, baseline = (
        generator.normal(0, 1, (trainings, 1)) * of_trainings
        + generator.normal(0, 1, (trainings, subjects)) * spreads.rest
        for of_trainings in (spreads.ours, spreads.baseline)
    )
    return ours + of_subjects, baseline


def rates(spreads: Spreads, subjects: int, trainings: int, *, repeats: int, seed: int) -> Rates:
    """What comes of `repeats` studies of one kind; the same for the same seed."""
    generator = np.random.default_rng([seed, subjects, trainings])
    covered = given = decided = 0
    for _ in range(repeats):
        turned_out = Spreads(0.0, spreads.ours, spreads.baseline, 0.0)
        shifts = study(turned_out, subjects, trainings, generator)
        rest = study(Spreads(spreads.subjects, 0.0, 0.0, spreads.rest), subjects, trainings, generator)
        ours, baseline = (one + shift for one, shift in zip(rest, shifts, strict=True))
        low, high = crossed_interval(ours, baseline)
        p = exact_test(ours.mean(axis=0), baseline.mean(axis=0))
        covered += low <= 0 <= high
        given += low <= float(shifts[0].mean() - shifts[1].mean()) <= high
        decided += verdict(low, high, p=p) != UNDECIDED
    return Rates(covered / repeats, given / repeats, decided / repeats)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=4000, help="studies of each kind")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(HEAD)
    print("| ---: | ---: | --- | ---: | ---: | ---: |")
    for subjects, trainings in DESIGNS:
        for spreads in SPREADS:
            found = rates(spreads, subjects, trainings, repeats=given.repeats, seed=given.seed)
            numbers = (found.covered, found.covered_given_trainings, found.false_verdicts)
            shown = " | ".join(f"{100 * number:.1f} %" for number in numbers)
            print(f"| {subjects} | {trainings} | {spreads} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
