"""What the progress of a run is told of: which trainings are not made yet, and how good those are that are measured."""

import csv
from collections.abc import Collection
from pathlib import Path
from statistics import fmean

from acenet.plan import paths


def not_made(trainings: Collection[str]) -> frozenset[str]:
    """Those of some trainings whose models are not there."""
    return frozenset(one for one in trainings if not Path(paths.model(one)).exists())


def mean_test_dice(training: str) -> float | None:
    """Mean Dice index of the test scans over the structures, without the background; None where there is none."""
    try:
        with Path(paths.measured(training)).open(newline="", encoding="utf-8") as stream:
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
