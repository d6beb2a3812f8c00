"""Rows of the long table for the time that a scan's segmentation took."""

import logging
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from acenet.metrics.long_table import COLUMNS, DTYPES, SCAN, Measurement
from acenet.metrics.status import OK
from acenet.metrics.timing_file import FILE, read_times

logger = logging.getLogger(__name__)

METRIC = "prediction_seconds"
BEFORE, AFTER = "scan (", ")"


def time_rows(training_id: str, split: Mapping[str, str], *, seed: int, predicted: Path) -> pd.DataFrame:
    """One row per validation and test scan in the `times.csv` of the folder `predicted`.

    Structure -2, metric `prediction_seconds`; the name says on which hardware: "scan (AMD EPYC, 1 thread)".
    Without that file there is no row: a table then prints n/a.
    """
    path = predicted / FILE
    times = read_times(path) if path.is_file() else []
    if not times:
        logger.warning("%s: no times of scans; tables of processing times will lack them", path)
    dataset, model = training_id.split("/")
    rows = [
        Measurement(
            dataset=dataset,
            model=model,
            seed=seed,
            subject=time.subject,
            split=split[time.subject],
            structure=SCAN,
            name=f"{BEFORE}{time.hardware}{AFTER}",
            metric=METRIC,
            value=time.seconds,
            status=OK,
        )
        for time in times
        if split.get(time.subject) in ("validation", "test")
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(DTYPES)


def hardware(rows: pd.DataFrame) -> str:
    """What some rows of scans were timed on, from their names."""
    return "; ".join(sorted({name.removeprefix(BEFORE).removesuffix(AFTER) for name in rows["name"]}))
