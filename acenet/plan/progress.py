"""What the progress of a run is told of: which trainings are not made yet, and how good those are that are measured."""

import csv
from collections.abc import Collection
from pathlib import Path
from statistics import fmean

from acenet.plan import paths


def with_seed(training: str, seed: int) -> str:
    """A training with one of its seeds, as the progress of a run calls it.

    >>> with_seed("malc27/quicknatv2", 3)
    'malc27/quicknatv2/seed3'
    """
    return f"{training}/seed{seed}"


def not_made(trainings: Collection[tuple[str, int]]) -> frozenset[str]:
    """Those of some trainings, each with a seed, whose models are not there."""
    return frozenset(with_seed(*one) for one in trainings if not Path(paths.model(*one)).exists())


def mean_test_dice(made: str) -> float | None:
    """Mean Dice index of the test scans over the structures, without the background; None where there is none.

    Parameters
    ----------
    made
        A training with its seed, as `with_seed` calls it.
    """
    training, _, seed = made.rpartition("/seed")
    try:
        with Path(paths.measured(training, seed)).open(newline="", encoding="utf-8") as stream:
            values = [
                float(row["value"])
                for row in csv.DictReader(stream)
                if row["metric"] == "dice"
                and row["split"] == "test"
                and int(row["structure"]) > 0
                and row["value"]
            ]
    except (OSError, ValueError, KeyError):
        return None
    return fmean(values) if values else None
