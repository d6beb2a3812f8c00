"""One network against another on the same subjects, from two long tables.

Subjects are paired by id. A pair counts where both tables have a defined value; all others are left out *and
counted* as missing:

=====================================  ==========================================================
what is wrong                          what is reported
=====================================  ==========================================================
a subject in one table only            left out, counted in n_missing of each structure
a structure undefined for a subject    that pair left out, counted in n_missing
a structure undefined for all          n 0, means, p-values and effects NaN, no star
zero differences                       stay in means and intervals; left out of rank tests
all differences zero                   p_exact 1, p_paper and rank-biserial NaN
ties                                   midranks; p_exact stays exact
one subject                            p_exact 1, intervals NaN
no subject in common                   n 0, everything else NaN
=====================================  ==========================================================

Differences are ours less the baseline's: positive is better for overlaps, worse for distances.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from acenet.errors import InputError
from acenet.metrics.statistics import (
    benjamini_hochberg,
    exact_test,
    hodges_lehmann,
    holm,
    overall_test,
    rank_biserial,
    t_interval,
)

STAR = 0.05
"""A star stands for p at or below this (ACEnet, Figures 4 to 7)."""


@dataclass(frozen=True)
class OverallComparison:
    """One network against another over all structures.

    Attributes
    ----------
    n_subjects, n_structures : with at least one pair.
    n_missing : subjects x structures, over the subjects of either table, without a pair.
    n_missing_subjects : subjects of either table without any pair.
    mean_ours, mean_baseline : mean over subjects of each subject's mean over its pairs.
    p_paper_structures : the papers' test, over the structures' means (`overall_test`).
    p_subjects : exact test over the subjects' mean differences (`exact_test`).
    difference_subjects : mean_ours - mean_baseline.
    ci_low, ci_high : 95 % t interval of that difference over subjects.
    rank_biserial_structures, rank_biserial_subjects : effect sizes of the two tests.
    """

    n_subjects: int
    n_structures: int
    n_missing: int
    n_missing_subjects: int
    mean_ours: float
    mean_baseline: float
    p_paper_structures: float
    p_subjects: float
    difference_subjects: float
    ci_low: float
    ci_high: float
    rank_biserial_structures: float
    rank_biserial_subjects: float


@dataclass(frozen=True)
class _Pairs:
    """Values (subjects, structures) of both methods in the same order, NaN in both where either has none."""

    ours: NDArray[np.float64]
    baseline: NDArray[np.float64]
    names: tuple[str, ...]


def compare_structures(
    ours: pd.DataFrame,
    baseline: pd.DataFrame,
    *,
    structures: Sequence[int],
    metric: str = "dice",
    split: str = "test",
) -> pd.DataFrame:
    """Each structure over subjects, one row per structure in the order of `structures`.

    Columns: structure, name, n (pairs), n_missing, mean_ours, mean_baseline, difference (over the pairs),
    hodges_lehmann with its 95 % interval hl_low and hl_high, rank_biserial, p_paper (normal approximation),
    p_exact, p_holm and q_bh (of p_exact, over these structures), and stars (bool): star_paper (p_paper),
    star_holm, star_bh. Raises InputError for tables of different data sets or of several trainings, and without
    structures.
    """
    pairs = _pair(ours, baseline, structures=structures, metric=metric, split=split)
    rows = []
    for position, structure in enumerate(structures):
        here, there = pairs.ours[:, position], pairs.baseline[:, position]
        n = int((~np.isnan(here)).sum())
        estimate, interval = hodges_lehmann(here, there)
        rows.append(
            {
                "structure": structure,
                "name": pairs.names[position],
                "n": n,
                "n_missing": here.size - n,
                "mean_ours": _mean(here),
                "mean_baseline": _mean(there),
                "difference": _mean(here - there),
                "hodges_lehmann": estimate,
                "hl_low": interval.low,
                "hl_high": interval.high,
                "rank_biserial": rank_biserial(here, there),
                "p_paper": overall_test(here, there),
                "p_exact": exact_test(here, there),
            }
        )
    table = pd.DataFrame(rows)
    table["p_holm"] = holm(table["p_exact"].to_numpy())
    table["q_bh"] = benjamini_hochberg(table["p_exact"].to_numpy())
    for star, column in (("star_paper", "p_paper"), ("star_holm", "p_holm"), ("star_bh", "q_bh")):
        table[star] = table[column] <= STAR  # False where undefined
    return table


def compare_overall(
    ours: pd.DataFrame,
    baseline: pd.DataFrame,
    *,
    structures: Sequence[int],
    metric: str = "dice",
    split: str = "test",
) -> OverallComparison:
    """All structures together: by the papers' test over structures, and over subjects. Raises InputError."""
    pairs = _pair(ours, baseline, structures=structures, metric=metric, split=split)
    defined = ~np.isnan(pairs.ours)
    of_subjects = [np.array([_mean(row) for row in method]) for method in (pairs.ours, pairs.baseline)]
    of_structures = [np.array([_mean(row) for row in method.T]) for method in (pairs.ours, pairs.baseline)]
    interval = t_interval(of_subjects[0] - of_subjects[1])
    n_subjects = int(defined.any(axis=1).sum())
    return OverallComparison(
        n_subjects=n_subjects,
        n_structures=int(defined.any(axis=0).sum()),
        n_missing=int((~defined).sum()),
        n_missing_subjects=len(defined) - n_subjects,
        mean_ours=_mean(of_subjects[0]),
        mean_baseline=_mean(of_subjects[1]),
        p_paper_structures=overall_test(*of_structures),
        p_subjects=exact_test(*of_subjects),
        difference_subjects=_mean(of_subjects[0] - of_subjects[1]),
        ci_low=interval.low,
        ci_high=interval.high,
        rank_biserial_structures=rank_biserial(*of_structures),
        rank_biserial_subjects=rank_biserial(*of_subjects),
    )


def _pair(
    ours: pd.DataFrame, baseline: pd.DataFrame, *, structures: Sequence[int], metric: str, split: str
) -> _Pairs:
    """The values of both tables over all subjects that either has in `split`, in the order of their ids."""
    ids = [_training(table) for table in (ours, baseline)]
    if len({one.split("/")[0] for one in ids if one}) > 1:
        raise InputError("comparison", expected="two trainings on one data set", found=" and ".join(ids))
    if not structures:
        raise InputError("comparison", expected="structures to compare", found="none")
    chosen = [
        table[
            (table["metric"] == metric)
            & (table["split"] == split)
            & table["structure"].isin(list(structures))
        ]
        for table in (ours, baseline)
    ]
    subjects = sorted({*chosen[0]["subject"], *chosen[1]["subject"]})
    first, second = (_matrix(one, subjects, structures) for one in chosen)
    undefined = np.isnan(first) | np.isnan(second)
    names = {
        structure: name
        for one in chosen
        for structure, name in zip(one["structure"], one["name"], strict=True)
    }
    return _Pairs(
        ours=np.where(undefined, np.nan, first),
        baseline=np.where(undefined, np.nan, second),
        names=tuple(str(names.get(structure, "")) for structure in structures),
    )


def _matrix(rows: pd.DataFrame, subjects: Sequence[str], structures: Sequence[int]) -> NDArray[np.float64]:
    """The rows' values as (subjects, structures), NaN where there is no row."""
    matrix = np.full((len(subjects), len(structures)), np.nan)
    # Both indices know every value; a look-up of all rows at once is much faster than a pivot.
    row = pd.Index(subjects).get_indexer(pd.Index(rows["subject"]))
    column = pd.Index(list(structures)).get_indexer(pd.Index(rows["structure"]))
    matrix[row, column] = rows["value"]
    return matrix


def _training(table: pd.DataFrame) -> str:
    """Id of the training whose table it is; '' for a table without rows."""
    ids = [f"{dataset}/{model}" for dataset in table["dataset"].unique() for model in table["model"].unique()]
    if len(ids) > 1:
        raise InputError("comparison", expected="long tables of one training each", found=", ".join(ids))
    return ids[0] if ids else ""


def _mean(values: NDArray[np.float64]) -> float:
    """Mean of the defined values; NaN, without a warning, where there is none."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else float("nan")
