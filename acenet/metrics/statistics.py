"""Paired tests, effect sizes and intervals: the papers' own test, and those a reader can rely on.

The functions take paired values (n,) of our method and of a baseline, in the same order, and leave out pairs
with an undefined value (NaN). Differences are rounded to `DIGITS` decimals first, so that 0.3 - 0.2 and
0.2 - 0.1 are the tie that they are. No method is chosen by the data: each function computes one thing for
every n, ties and zeros included. docs/statistics.md says why these.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

DIGITS = 12
LEVEL = 0.95
"""Coverage of every interval."""

FloatArray = NDArray[np.float64]
NAN = float("nan")


class Interval(NamedTuple):
    """Both ends of an interval; NaN where the data are too few for one."""

    low: float
    high: float


UNDEFINED = Interval(NAN, NAN)


def paired_differences(ours: ArrayLike, baseline: ArrayLike) -> FloatArray:
    """Ours less the baseline's for the pairs that have both values, rounded to `DIGITS` decimals."""
    difference = np.asarray(ours, dtype=np.float64) - np.asarray(baseline, dtype=np.float64)
    return np.asarray(np.round(difference[~np.isnan(difference)], DIGITS), dtype=np.float64)


def overall_test(ours: ArrayLike, baseline: ArrayLike) -> float:
    """The papers' test: two-sided Wilcoxon signed-rank p-value by the normal approximation, uncorrected.

    Over structures (one mean over subjects for each) it gives back three of ACEnet's printed overall
    p-values to the digit: 5.61e-6, 7.95e-7 and 7.58e-12 are its values for 27, 32 and 62 structures whose
    differences all have one sign. The fourth, 3.22e-24 for MALC-133, cannot come from 133 structures, for
    which the smallest value is 1.43e-23; it needs 137 or more. Structures of one subject are not
    independent, so the value overstates the evidence.

    Zero differences are left out (Wilcoxon's rule). NaN if no difference is left.
    """
    from scipy.stats import wilcoxon  # half a second, which the other modules need not wait for

    difference = paired_differences(ours, baseline)
    if not np.any(difference):
        return NAN
    # The method is named because scipy's own choice is the exact test for few structures.
    return float(wilcoxon(difference, zero_method="wilcox", method="approx", correction=False).pvalue)


def exact_test(ours: ArrayLike, baseline: ArrayLike) -> float:
    """Two-sided p-value of the signed-rank statistic over all 2^n assignments of signs to the differences.

    Exact for every n, with tied differences too: their distribution is summed over the doubled midranks,
    which are whole numbers, and not taken from a table. Zero differences are left out. 1 where all
    differences are zero, NaN without any pair. With n differences no value is below 2^(1-n).
    """
    difference = paired_differences(ours, baseline)
    if not difference.size:
        return NAN
    ranks = _doubled_ranks(difference)
    total = int(ranks.sum())
    positive = int(ranks[difference[difference != 0] > 0].sum())
    distance = np.abs(2 * np.arange(total + 1) - total)
    return float(min(1.0, _rank_sum_distribution(ranks)[distance >= abs(2 * positive - total)].sum()))


def smallest_p(n: int) -> float:
    """The smallest value that `exact_test` can have with n differences: all of one sign, in two of 2^n assignments."""
    return 2.0 ** (1 - n) if n > 0 else 1.0


def rank_biserial(ours: ArrayLike, baseline: ArrayLike) -> float:
    """Matched-pairs rank-biserial correlation (W+ - W-) / (W+ + W-), in [-1, 1]; 1: every difference is positive.

    Zero differences are left out; NaN if none is left.
    """
    difference = paired_differences(ours, baseline)
    ranks = _doubled_ranks(difference)
    return float((np.sign(difference[difference != 0]) * ranks).sum() / ranks.sum()) if ranks.size else NAN


def hodges_lehmann(ours: ArrayLike, baseline: ArrayLike) -> tuple[float, Interval]:
    """Hodges-Lehmann difference, the median of all pairs' means (Walsh averages), with its interval.

    The interval inverts the exact signed-rank test; differences that are tied or zero make it cover more,
    not less. With fewer than 6 differences no interval of 95 % exists, and it is NaN.
    """
    difference = paired_differences(ours, baseline)
    n = difference.size
    if not n:
        return NAN, UNDEFINED
    first, second = np.triu_indices(n)
    walsh = np.sort((difference[first] + difference[second]) / 2)
    # Doubled ranks 2, 4, ..., 2n: every other entry is the probability of a rank sum.
    below = np.cumsum(_rank_sum_distribution(2 * np.arange(1, n + 1))[::2])
    cut = int(np.searchsorted(below, (1 - LEVEL) / 2, side="right"))  # rank sums that are too improbable
    interval = Interval(float(walsh[cut - 1]), float(walsh[-cut])) if cut else UNDEFINED
    return float(np.median(walsh)), interval


def t_interval(values: ArrayLike) -> Interval:
    """Student's interval for the mean of the defined values (n,); NaN with fewer than two.

    For values between subjects: n is the number of subjects.
    """
    from scipy.stats import t

    defined = _defined(values)
    if defined.size < 2:
        return UNDEFINED
    half = t.ppf((1 + LEVEL) / 2, defined.size - 1) * defined.std(ddof=1) / np.sqrt(defined.size)
    return Interval(float(defined.mean() - half), float(defined.mean() + half))


def bootstrap_interval(values: ArrayLike, *, seed: int = 0, resamples: int = 9999) -> Interval:
    """Bias-corrected accelerated bootstrap interval for the mean of the defined values (n,).

    Not symmetric, as the spread of an overlap near 1 is not, but too narrow for very few values. Values that
    are all equal give that value twice, fewer than two NaN. The same seed gives the same interval.
    """
    from scipy.stats import bootstrap

    defined = _defined(values)
    if defined.size < 2:
        return UNDEFINED
    if np.ptp(defined) == 0:
        return Interval(float(defined[0]), float(defined[0]))
    found = bootstrap(
        (defined,),
        np.mean,
        confidence_level=LEVEL,
        n_resamples=resamples,
        method="BCa",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(found.low), float(found.high))


def holm(p_values: ArrayLike) -> FloatArray:
    """Holm's adjusted p-values (n,): the chance of any false star. NaN stays and does not count as a test."""
    return _adjusted(p_values, "holm")


def benjamini_hochberg(p_values: ArrayLike) -> FloatArray:
    """Benjamini-Hochberg q-values (n,): the share of false stars. NaN stays and does not count as a test."""
    return _adjusted(p_values, "fdr_bh")


def _adjusted(p_values: ArrayLike, method: str) -> FloatArray:
    from statsmodels.stats.multitest import multipletests

    adjusted = np.array(p_values, dtype=np.float64)
    tested = ~np.isnan(adjusted)
    if tested.any():
        adjusted[tested] = multipletests(adjusted[tested], method=method)[1]
    return adjusted


def _defined(values: ArrayLike) -> FloatArray:
    array: FloatArray = np.asarray(values, dtype=np.float64)
    defined: FloatArray = array[~np.isnan(array)]
    return defined


def _doubled_ranks(difference: FloatArray) -> NDArray[np.int64]:
    """Twice the midranks of the sizes of the nonzero differences: whole numbers, whatever the ties."""
    from scipy.stats import rankdata

    ranks: FloatArray = rankdata(np.abs(difference[difference != 0]))
    return np.asarray(np.rint(2 * ranks), dtype=np.int64)


def _rank_sum_distribution(ranks: NDArray[np.int64]) -> FloatArray:
    """Probability of each sum 0, 1, ..., sum(ranks) when each rank is in it or not, by a fair coin each."""
    probability = np.zeros(int(ranks.sum()) + 1)
    probability[0] = 1.0
    for rank in ranks:
        joined = probability / 2
        joined[rank:] += probability[: probability.size - rank] / 2
        probability = joined
    return probability
