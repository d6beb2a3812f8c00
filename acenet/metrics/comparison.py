"""One network against another on the same subjects, from two long tables.

A long table may hold several trainings of its network, one for each seed: each subject then has its mean over them, and
intervals are about other trainings, too (`acenet.metrics.crossed`). Trainings are not paired by their seeds.

Subjects are paired by id. A pair counts where both tables have a defined value, with every seed; all others are left
out *and counted* as missing:

=====================================  ==========================================================
what is wrong                          what is reported
=====================================  ==========================================================
a subject in one table only, or with   left out, counted in n_missing of each structure
some seeds only
a structure undefined for a subject,   that pair left out, counted in n_missing
with any seed
other seeds, or other numbers of them  both count as they are; n_trainings says how many
one seed in either table               intervals over subjects alone
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
from acenet.metrics.crossed import FEWEST_TRAININGS, crossed_interval
from acenet.metrics.long_table import seeds_of
from acenet.metrics.statistics import (
    benjamini_hochberg,
    exact_test,
    hodges_lehmann,
    holm,
    overall_test,
    rank_biserial,
    smallest_p,
)

STAR = 0.05
"""A star stands for p at or below this (ACEnet, Figures 4 to 7)."""


@dataclass(frozen=True)
class OverallComparison:
    """One network against another over all structures.

    Attributes
    ----------
    n_subjects, n_structures
        With at least one pair.
    n_missing
        Subjects x structures, over the subjects of either table, without a pair.
    n_missing_subjects
        Subjects of either table without any pair.
    mean_ours, mean_baseline
        Mean over subjects of each subject's mean over its pairs.
    p_paper_structures
        The papers' test, over the structures' means (`overall_test`).
    p_subjects
        Exact test over the subjects' mean differences (`exact_test`).
    least_p
        The least that p_subjects can be with so many subjects.
    difference_subjects
        mean_ours - mean_baseline.
    ci_low, ci_high
        95 % interval of that difference, over subjects and trainings (`crossed_interval`); over subjects alone where
        either network was trained once.
    n_trainings_ours, n_trainings_baseline
        With different seeds; 0 for a table without rows.
    std_trainings_ours, std_trainings_baseline
        Population standard deviation over trainings of the mean over subjects; NaN of one.
    rank_biserial_structures, rank_biserial_subjects
        Effect sizes of the two tests.
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
    least_p: float
    n_trainings_ours: int
    n_trainings_baseline: int
    std_trainings_ours: float
    std_trainings_baseline: float

    @property
    def of_trainings(self) -> bool:
        """Whether the interval is about other trainings, too."""
        return min(self.n_trainings_ours, self.n_trainings_baseline) >= FEWEST_TRAININGS


@dataclass(frozen=True)
class _Pairs:
    """Values of both methods, subjects and structures in the same order, NaN in all where any has none.

    Attributes
    ----------
    ours, baseline
        Mean over trainings (subjects, structures).
    trainings_ours, trainings_baseline
        Of each training (trainings, subjects, structures).
    """

    ours: NDArray[np.float64]
    baseline: NDArray[np.float64]
    trainings_ours: NDArray[np.float64]
    trainings_baseline: NDArray[np.float64]
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
    hodges_lehmann with its 95 % interval hl_low and hl_high, ci_low and ci_high (of the difference, over subjects
    and trainings; see `OverallComparison`), rank_biserial, p_paper (normal approximation), p_exact, p_holm and q_bh
    (of p_exact, over these structures), and stars (bool): star_paper (p_paper), star_holm, star_bh.

    Raises
    ------
    InputError
        For tables of different data sets or of several trainings, and without structures.
    """
    pairs = _pair(ours, baseline, structures=structures, metric=metric, split=split)
    rows = []
    for position, structure in enumerate(structures):
        here, there = pairs.ours[:, position], pairs.baseline[:, position]
        n = int((~np.isnan(here)).sum())
        estimate, interval = hodges_lehmann(here, there)
        crossed = crossed_interval(
            pairs.trainings_ours[:, :, position], pairs.trainings_baseline[:, :, position]
        )
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
                "ci_low": crossed.low,
                "ci_high": crossed.high,
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
    """All structures together: by the papers' test over structures, and over subjects.

    Raises
    ------
    InputError
        The tables are of different data sets or of several trainings, or there are no structures.
    """
    pairs = _pair(ours, baseline, structures=structures, metric=metric, split=split)
    defined = ~np.isnan(pairs.ours)
    of_subjects = [np.array([_mean(row) for row in method]) for method in (pairs.ours, pairs.baseline)]
    of_structures = [np.array([_mean(row) for row in method.T]) for method in (pairs.ours, pairs.baseline)]
    of_trainings = [
        np.array([[_mean(row) for row in training] for training in method])
        for method in (pairs.trainings_ours, pairs.trainings_baseline)
    ]
    interval = crossed_interval(*of_trainings)
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
        least_p=smallest_p(n_subjects),
        n_trainings_ours=len(seeds_of(ours)),
        n_trainings_baseline=len(seeds_of(baseline)),
        std_trainings_ours=_spread(of_trainings[0]),
        std_trainings_baseline=_spread(of_trainings[1]),
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
    first, second = (
        _matrices(one, seeds_of(table), subjects, structures)
        for one, table in zip(chosen, (ours, baseline), strict=True)
    )
    undefined = np.isnan(first).any(axis=0) | np.isnan(second).any(axis=0)
    first, second = (np.where(undefined, np.nan, one) for one in (first, second))
    names = {
        structure: name
        for one in chosen
        for structure, name in zip(one["structure"], one["name"], strict=True)
    }
    return _Pairs(
        ours=first.mean(axis=0),
        baseline=second.mean(axis=0),
        trainings_ours=first,
        trainings_baseline=second,
        names=tuple(str(names.get(structure, "")) for structure in structures),
    )


def _matrices(
    rows: pd.DataFrame, seeds: Sequence[int], subjects: Sequence[str], structures: Sequence[int]
) -> NDArray[np.float64]:
    """The rows' values as (seeds, subjects, structures), NaN where there is no row; without seeds, one of NaN."""
    parts = [rows[rows["seed"] == seed] for seed in seeds] or [rows]
    return np.stack([_matrix(one, subjects, structures) for one in parts])


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


def _spread(of_trainings: NDArray[np.float64]) -> float:
    """Standard deviation over trainings of the mean over subjects, from (trainings, subjects); NaN of one training."""
    means = np.array([_mean(training) for training in of_trainings])
    return float(means.std()) if len(means) > 1 else float("nan")


def _mean(values: NDArray[np.float64]) -> float:
    """Mean of the defined values; NaN, without a warning, where there is none."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else float("nan")
