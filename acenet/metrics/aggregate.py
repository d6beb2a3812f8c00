"""From a long table to the numbers of a table's cell, in each reading that the papers leave open.

All standard deviations are those of the population (`np.std`), as in the released code. Undefined values are
left out of means and counted. The papers' readings, as far as the released scripts show:

* Dice and Jaccard: mean and std over the array of subjects x structures ("pooled"), with the background. The
  default here leaves the background out; the reading with it is given too.
* Hausdorff distance: mean over structures for each subject, then mean and std over subjects.

A long table may hold several trainings of its network, one for each seed. Means are then means over the trainings' own,
so that each training counts as much as another. All trainings must have been measured on the same subjects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from acenet.errors import InputError
from acenet.metrics.long_table import BACKGROUND, BRAIN_MASK, SCAN, seeds_of
from acenet.metrics.registry import BY_SUBJECT, POOLED, SINGLE, Metric
from acenet.metrics.status import OK

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Summary:
    """Readings of one metric over subjects and structures; NaN where there is nothing to average.

    Attributes
    ----------
    mean
        Of overlaps, the pooled mean; of distances, the mean over subjects of each subject's mean.
    mean_pooled
        Over all subjects x structures.
    std_pooled
        Over all trainings x subjects x structures.
    std_between_subjects
        Over the subjects' means, each the mean of its means with each training.
    std_between_trainings
        Over the trainings' means of their subjects' means; NaN of one training.
    mean_with_background, std_with_background
        Pooled, the background counting as a structure; NaN for distances.
    n_trainings
        Seeds that the network was trained with.
    n_subjects, n_structures
        Numbers of each in the table's selection.
    n_missing
        Undefined values among the n_trainings x n_subjects x n_structures.
    n_empty
        Of these, the values whose structure the reference or the prediction lacks (scored 0 or undefined).
    """

    mean: float
    mean_pooled: float
    std_pooled: float
    std_between_subjects: float
    std_between_trainings: float
    mean_with_background: float
    std_with_background: float
    n_trainings: int
    n_subjects: int
    n_structures: int
    n_missing: int
    n_empty: int


def summarise(
    table: pd.DataFrame, metric: Metric, *, structures: Sequence[int], quantity: str = ""
) -> Summary:
    """Readings of one of the papers' measures, in the way that it says; `structures` as `Metric.structures` gives them.

    Parameters
    ----------
    quantity
        Of the long table, in place of the metric's own.
    """
    function = SUMMARIES[metric.summary]
    return function(table, quantity or metric.quantity, split=metric.split, structures=structures)


def summarise_overlap(table: pd.DataFrame, metric: str, *, split: str, structures: Sequence[int]) -> Summary:
    """Readings of `dice` or `jaccard` over the subjects of `split` and the classes `structures`."""
    values, n_empty = _values(table, metric, split, structures)
    with_background = _values(table, metric, split, [BACKGROUND, *structures])[0]
    return _summary(values, n_empty, with_background=with_background)


def summarise_distance(table: pd.DataFrame, metric: str, *, split: str, structures: Sequence[int]) -> Summary:
    """Readings of a distance in mm; the mean is that over subjects, as in the released script."""
    values, n_empty = _values(table, metric, split, structures)
    return _summary(values, n_empty, subjects_first=True)


def summarise_single(table: pd.DataFrame, metric: str, *, split: str, structures: Sequence[int]) -> Summary:
    """Readings of a metric with one value per subject, so that all spreads are equal."""
    values, n_empty = _values(table, metric, split, structures)
    return _summary(values, n_empty)


def summarise_mask(table: pd.DataFrame, metric: str, *, split: str) -> Summary:
    """Readings of the brain mask's `dice` or `jaccard`."""
    return summarise_single(table, metric, split=split, structures=[BRAIN_MASK])


def summarise_scans(table: pd.DataFrame, metric: str, *, split: str) -> Summary:
    """Readings of a metric that belongs to a scan as a whole, such as `prediction_seconds`."""
    return summarise_single(table, metric, split=split, structures=[SCAN])


class Summarise(Protocol):
    """How a metric is summarised."""

    def __call__(self, table: pd.DataFrame, metric: str, *, split: str, structures: Sequence[int]) -> Summary:
        """Readings over the subjects of `split` and the values `structures` of the column of that name."""


SUMMARIES: Mapping[str, Summarise] = MappingProxyType(
    {POOLED: summarise_overlap, BY_SUBJECT: summarise_distance, SINGLE: summarise_single}
)


def structure_means(
    table: pd.DataFrame, metric: str, *, split: str, structures: Sequence[int]
) -> "pd.Series[float]":
    """Mean over trainings and subjects of each structure, indexed by class in the order of `structures`."""
    values, _ = _values(table, metric, split, structures)
    of_trainings = _mean(values, axis=1)
    return pd.Series(_mean(of_trainings, axis=0), index=list(structures), dtype=np.float64)


def subject_means(
    table: pd.DataFrame, metric: str, *, split: str, structures: Sequence[int]
) -> "pd.Series[float]":
    """Mean over trainings of each subject's mean over its defined structures, by subject id; empty without subjects.

    NaN for a subject without any defined structure.
    """
    return subject_means_by_seed(table, metric, split=split, structures=structures).mean(axis=0)


def subject_means_by_seed(
    table: pd.DataFrame, metric: str, *, split: str, structures: Sequence[int]
) -> pd.DataFrame:
    """Mean over its defined structures of each subject with each training: one row per seed, one column per subject."""
    chosen = table[
        (table["metric"] == metric) & (table["split"] == split) & table["structure"].isin(list(structures))
    ]
    return chosen.groupby(["seed", "subject"])["value"].mean().unstack("subject")


def _values(
    table: pd.DataFrame, metric: str, split: str, structures: Sequence[int]
) -> tuple[FloatArray, int]:
    """Values (trainings, subjects, structures) and how many of them have a status other than ok.

    Raises
    ------
    InputError
        No subject in the split, a subject without a row for one of the structures, or trainings that were measured on
        other subjects.
    """
    where = "long table of " + ", ".join(sorted(set(table["dataset"] + "/" + table["model"])))
    chosen = table[
        (table["metric"] == metric) & (table["split"] == split) & table["structure"].isin(structures)
    ]
    if chosen.empty:
        raise InputError(where, expected=f"{metric} of {split} subjects", found="no row")
    subjects, seeds = sorted(chosen["subject"].unique()), seeds_of(table)
    layouts = []
    for seed in seeds:
        rows = chosen[chosen["seed"] == seed]
        wide = rows.pivot(index="subject", columns="structure", values="value").reindex(
            columns=list(structures)
        )
        if lacking := sorted(set(subjects) - set(wide.index)):
            found = f"none of {', '.join(lacking)} with seed {seed}: {len(wide)} of {len(subjects)} subjects"
            raise InputError(where, expected=f"{metric} of the same subjects with each seed", found=found)
        if len(rows) != wide.size:
            found = f"{len(rows)} rows for {wide.shape[0]} subjects and {wide.shape[1]} structures"
            raise InputError(where, expected=f"{metric} of each structure for each subject", found=found)
        layouts.append(wide.to_numpy(dtype=np.float64))
    return np.stack(layouts), int((chosen["status"] != OK).sum())


def _summary(
    values: FloatArray,
    n_empty: int,
    *,
    with_background: FloatArray | None = None,
    subjects_first: bool = False,
) -> Summary:
    with_each = _mean(values, axis=2)  # (trainings, subjects)
    of_subjects, of_trainings = _mean(with_each, axis=0), _mean(with_each, axis=1)
    pooled = _mean_of_trainings(values)
    return Summary(
        mean=float(_mean(of_trainings, axis=0)) if subjects_first else pooled,
        mean_pooled=pooled,
        std_pooled=_std(values),
        std_between_subjects=_std(of_subjects),
        std_between_trainings=_std(of_trainings),
        mean_with_background=np.nan if with_background is None else _mean_of_trainings(with_background),
        std_with_background=np.nan if with_background is None else _std(with_background),
        n_trainings=values.shape[0],
        n_subjects=values.shape[1],
        n_structures=values.shape[2],
        n_missing=int(np.isnan(values).sum()),
        n_empty=n_empty,
    )


def _mean(values: FloatArray, axis: int) -> FloatArray:
    """Mean of the defined values along an axis; NaN, without a warning, where there is none."""
    count = (~np.isnan(values)).sum(axis=axis)
    total = np.nansum(values, axis=axis)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan), dtype=np.float64)


def _mean_of_trainings(values: FloatArray) -> float:
    """The mean over trainings of the mean over all defined values of each, from (trainings, subjects, structures)."""
    return float(_mean(_mean(values.reshape(len(values), -1), axis=1), axis=0))


def _std(values: FloatArray) -> float:
    """Population standard deviation of the defined values; NaN for fewer than two, which have no spread."""
    defined = values[~np.isnan(values)]
    return float(np.std(defined)) if defined.size > 1 else float("nan")
