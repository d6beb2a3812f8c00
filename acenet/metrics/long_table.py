"""The long table: one row per training, seed, subject, structure and metric, in one CSV per training and seed.

Columns: dataset, model, seed (of the training: weights, order of slices, dropout), subject, split ('validation' or
'test'), structure (class index; 0 background, -1 brain mask, -2 the scan as a whole), name, metric, value (empty where
undefined), status (see `acenet.metrics.status`). All structures of a protocol are in it; which of them count is decided
in `aggregate`. Metrics:

* dice, jaccard: of structures, background and brain mask;
* volume_similarity, surface_dice_1mm: of structures;
* hd_mm (symmetric Hausdorff distance), hd_gt_to_pred_mm (directed, reference to prediction), hd95_mm, assd_mm
  (average symmetric surface distance): of structures, defined in `acenet.metrics.surface`;
* volume_ref_mm3, volume_pred_mm3: of structures;
* prediction_seconds: of the scan, whose name says on which hardware.
"""

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import TypedDict

import pandas as pd

from acenet.errors import InputError
from acenet.files.atomic import replacing
from acenet.metrics.status import STATUSES

BACKGROUND, BRAIN_MASK, SCAN = 0, -1, -2
SPLITS = ("train", "validation", "test")
DTYPES = {
    "dataset": "str",
    "model": "str",
    "seed": "int64",
    "subject": "str",
    "split": "str",
    "structure": "int64",
    "name": "str",
    "metric": "str",
    "value": "float64",
    "status": "str",
}
COLUMNS = tuple(DTYPES)


class Measurement(TypedDict):
    """One measured value."""

    dataset: str
    model: str
    seed: int
    subject: str
    split: str
    structure: int
    name: str
    metric: str
    value: float
    status: str


def write_long_table(table: pd.DataFrame, path: str | PathLike[str]) -> None:
    """Write a long table as CSV, completely or not at all; values keep all their digits."""
    _check(table, path)
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def read_long_table(path: str | PathLike[str]) -> pd.DataFrame:
    """Read what `write_long_table` wrote: same values, same types (subjects stay text).

    Raises
    ------
    InputError
        There is no such file, or it is no long table.
    """
    if not Path(path).is_file():
        raise InputError(path, expected="a long table", found="no file")
    try:
        # As text first: pandas' own number parser may be off by the last digit, Python's is not.
        table = pd.read_csv(path, dtype={**DTYPES, "value": "str"}, keep_default_na=False)
        table["value"] = table["value"].replace("", "nan").astype("float64")
    except (ValueError, KeyError) as error:
        raise InputError(
            path, expected=f"a long table with {','.join(COLUMNS)}", found=f"{error}; delete it and run again"
        ) from error
    _check(table, path)
    return table


def read_long_tables(paths: Iterable[str | PathLike[str]]) -> dict[str, pd.DataFrame]:
    """The long tables in files `{dataset}/{model}/seed{seed}.csv`, by training id: all seeds of one in one table.

    Raises
    ------
    InputError
        For a file whose rows are of another training or seed than its name says.
    """
    parts: dict[str, list[pd.DataFrame]] = {}
    for path in map(Path, paths):
        training, table = "/".join(path.parts[-3:-1]), read_long_table(path)
        rows = table["dataset"] + "/" + table["model"] + "/seed" + table["seed"].astype(str)
        if others := set(rows) - {f"{training}/{path.stem}"}:
            raise InputError(
                path, expected=f"rows of {training}/{path.stem}", found=", ".join(sorted(others))
            )
        parts.setdefault(training, []).append(table)
    return {training: pd.concat(tables, ignore_index=True) for training, tables in parts.items()}


def seeds_of(table: pd.DataFrame) -> tuple[int, ...]:
    """Seeds of the trainings that a long table has rows of, in order."""
    return tuple(sorted(int(seed) for seed in table["seed"].unique()))


def _check(table: pd.DataFrame, where: str | PathLike[str]) -> None:
    if tuple(table.columns) != COLUMNS:
        raise InputError(
            where, expected=f"columns {','.join(COLUMNS)}", found=",".join(map(str, table.columns))
        )
    for column, allowed in (("status", STATUSES), ("split", SPLITS)):
        if unknown := set(table[column]) - set(allowed):
            raise InputError(
                where, expected=f"{column} one of {allowed}", found=str(sorted(map(str, unknown)))
            )
    repeated = table.duplicated(["dataset", "model", "seed", "subject", "structure", "metric"])
    if repeated.any():
        found = f"{int(repeated.sum())} repeated rows, the first: {table[repeated].iloc[0].to_dict()}"
        raise InputError(
            where, expected="one row per training, seed, subject, structure and metric", found=found
        )
