"""The overall test against the printed p-values, the others against enumeration, tables and scipy."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import PermutationMethod, rankdata, wilcoxon

from acenet.metrics.statistics import (
    benjamini_hochberg,
    bootstrap_interval,
    exact_test,
    hodges_lehmann,
    holm,
    overall_test,
    paired_differences,
    rank_biserial,
    t_interval,
)

# Few different values, so that ties and zeros are common.
tied = st.lists(st.integers(-3, 3), min_size=1, max_size=9)


@pytest.mark.parametrize(("n", "printed"), [(27, "5.61e-06"), (32, "7.95e-07"), (62, "7.58e-12")])
def test_the_papers_p_values(n: int, printed: str) -> None:
    """All structures better: the rank sum is 0, whatever the sizes of the differences."""
    baseline = np.random.default_rng(n).uniform(0.6, 0.9, n)
    ours = baseline + np.linspace(0.001, 0.05, n)
    assert f"{overall_test(ours, baseline):.2e}" == printed
    assert overall_test(baseline, ours) == overall_test(ours, baseline)


def test_one_hundred_and_thirty_three_structures_cannot_give_the_printed_value() -> None:
    assert overall_test(np.arange(1.0, 134), np.zeros(133)) == pytest.approx(1.43e-23, rel=0.01)
    assert overall_test(np.arange(1.0, 137), np.zeros(136)) > 3.22e-24
    # 137 structures, the smallest difference against the others: 3.22e-24 as printed
    differences = np.arange(1.0, 138)
    differences[0] *= -1
    assert f"{overall_test(differences, np.zeros(137)):.2e}" == "3.22e-24"


def test_undefined_and_equal_structures_are_left_out() -> None:
    ours, baseline = np.arange(1.0, 30) / 100, np.zeros(29)
    ours[3] = np.nan
    ours[7] = 0
    assert f"{overall_test(ours, baseline):.2e}" == "5.61e-06"  # 27 are left
    assert np.isnan(overall_test(np.ones(4), np.ones(4)))
    assert np.isnan(overall_test(np.full(4, np.nan), np.ones(4)))


def test_differences_that_are_equal_on_paper_are_equal() -> None:
    assert 0.3 - 0.2 != 0.2 - 0.1
    first, second = paired_differences([0.3, 0.2, np.nan], [0.2, 0.1, 0.1])
    assert first == second


def enumerated(differences: list[int]) -> float:
    """Share of all assignments of signs whose rank sum is as far from its middle as the observed one."""
    nonzero = np.array([one for one in differences if one])
    ranks = rankdata(np.abs(nonzero))
    middle = ranks.sum() / 2
    observed = abs(ranks[nonzero > 0].sum() - middle)
    sums = [np.dot(signs, ranks) for signs in product((0, 1), repeat=len(ranks))]
    return float(np.mean([abs(one - middle) >= observed for one in sums]))


@settings(deadline=None, max_examples=150)
@given(tied)
def test_exact_test_is_the_enumeration_of_signs(differences: list[int]) -> None:
    p = exact_test(differences, np.zeros(len(differences)))
    assert p == pytest.approx(enumerated(differences))
    assert p == exact_test(np.zeros(len(differences)), differences)
    n = np.count_nonzero(differences)
    assert min(1.0, 2.0 ** (1 - n)) <= p <= 1


@pytest.mark.parametrize("n", [1, 2, 5, 15, 30, 100])
def test_exact_test_is_scipys_without_ties(n: int) -> None:
    differences = np.random.default_rng(n).normal(0.3, 1, n)
    expected = wilcoxon(differences, method="exact").pvalue
    assert exact_test(differences, np.zeros(n)) == pytest.approx(expected, rel=1e-9)


def test_exact_test_is_scipys_permutation_with_ties() -> None:
    differences = np.array([1, 1, 2, -2, 3, 3, 3, -1, 5, 0, 4])
    expected = wilcoxon(differences, method=PermutationMethod(n_resamples=np.inf)).pvalue
    assert exact_test(differences, np.zeros(11)) == pytest.approx(expected)


@pytest.mark.parametrize(("rank_sum", "expected"), [(0, 1), (1, 2), (2, 3), (3, 5), (4, 7)])
def test_smallest_values_for_fifteen_subjects(rank_sum: int, expected: int) -> None:
    """Subsets of 1..15 with a sum of at most 0, 1, 2, 3, 4: 1, 2, 3, 5 and 7 of 2^15, on each side."""
    differences = np.arange(1.0, 16)
    for rank in {0: (), 1: (1,), 2: (2,), 3: (3,), 4: (4,)}[rank_sum]:
        differences[rank - 1] *= -1
    assert exact_test(differences, np.zeros(15)) == pytest.approx(2 * expected / 2**15)


def test_one_tie_or_zero_does_not_change_the_method() -> None:
    """scipy leaves its exact test at the first tie; p then grows tenfold."""
    differences = np.arange(1.0, 16)
    differences[1] = 1
    assert exact_test(differences, np.zeros(15)) == 2 / 2**15
    assert exact_test(np.append(differences, 0), np.zeros(16)) == 2 / 2**15
    assert overall_test(differences, np.zeros(15)) > 6e-4


def test_exact_test_without_evidence() -> None:
    assert exact_test([0.5], [0.4]) == 1
    assert exact_test([0.5, 0.4], [0.5, 0.4]) == 1
    assert exact_test([1, -1], [0, 0]) == 1
    assert np.isnan(exact_test([np.nan], [0.4])) and np.isnan(exact_test([], []))


def test_rank_biserial_by_hand() -> None:
    assert rank_biserial([1, 2, -3, 4], np.zeros(4)) == pytest.approx((1 + 2 - 3 + 4) / 10)
    assert rank_biserial([2, 2, -2, 0], np.zeros(4)) == pytest.approx(1 / 3)  # three ranks of 2
    assert rank_biserial([1, 2], [0, 0]) == 1 and rank_biserial([0, 0], [1, 2]) == -1
    assert np.isnan(rank_biserial([0, 0], [0, 0])) and np.isnan(rank_biserial([], []))


def test_hodges_lehmann_by_hand() -> None:
    estimate, interval = hodges_lehmann([1, 2, 6], np.zeros(3))  # averages 1, 1.5, 2, 3.5, 4, 6
    assert estimate == 2.75 and np.isnan(interval).all()
    assert np.isnan(hodges_lehmann([], [])[0])
    assert hodges_lehmann([3], [1])[0] == 2


def test_hodges_lehmann_interval_is_what_the_test_does_not_reject() -> None:
    """Critical rank sums at 5 %, two-sided, from the usual table: 0 for n=6, 8 for n=10, 25 for n=15."""
    assert np.isnan(hodges_lehmann(np.arange(5.0), np.zeros(5))[1]).all()
    for n, critical in ((6, 0), (10, 8), (15, 25)):
        differences = np.random.default_rng(n).normal(1, 1, n)
        walsh = np.sort([(a + b) / 2 for i, a in enumerate(differences) for b in differences[i:]])
        interval = hodges_lehmann(differences, np.zeros(n))[1]
        np.testing.assert_allclose(interval, (walsh[critical], walsh[-1 - critical]))
        inside, outside = interval.low + 1e-6, interval.low - 1e-6
        assert exact_test(differences, np.full(n, inside)) > 0.05
        assert exact_test(differences, np.full(n, outside)) <= 0.05


def test_t_interval_by_hand() -> None:
    low, high = t_interval([1, 2, 3, np.nan])
    assert (low + high) / 2 == pytest.approx(2)
    assert (high - low) / 2 == pytest.approx(4.302653 / np.sqrt(3), rel=1e-6)  # t of 2 degrees of freedom
    assert np.isnan(t_interval([1])).all() and np.isnan(t_interval([])).all()


def test_bootstrap_interval() -> None:
    values = np.random.default_rng(1).normal(5, 2, 200)
    bounds = bootstrap_interval(values, seed=3)
    assert bounds == bootstrap_interval(values, seed=3) != bootstrap_interval(values, seed=4)
    np.testing.assert_allclose(bounds, t_interval(values), atol=0.05)  # many values: both are normal
    assert bootstrap_interval([2, 2, 2]) == (2, 2)
    assert np.isnan(bootstrap_interval([2])).all()


def test_corrections_by_hand() -> None:
    p = np.array([0.01, np.nan, 0.04, 0.03])
    np.testing.assert_allclose(holm(p), [0.03, np.nan, 0.06, 0.06])
    np.testing.assert_allclose(benjamini_hochberg(p), [0.03, np.nan, 0.04, 0.04])
    assert np.isnan(holm([np.nan])).all() and holm([]).size == 0
    assert np.isnan(p[1]) and p[0] == 0.01  # the argument stays as it was


def test_intervals_cover_as_often_as_they_say() -> None:
    """Fifteen subjects of a normal difference: t is exact, the rank interval a little wide."""
    generator = np.random.default_rng(0)
    covered = np.zeros(2)
    for sample in generator.normal(0.3, 1, (500, 15)):
        for position, interval in enumerate((t_interval(sample), hodges_lehmann(sample, np.zeros(15))[1])):
            covered[position] += interval.low <= 0.3 <= interval.high
    assert (np.abs(covered / 500 - 0.95) < 0.03).all()


def test_the_papers_test_finds_differences_where_there_are_none() -> None:
    """Equal networks, but a tenth of the variance common to all structures of a subject: over structures far more
    than 5 % of studies are 'significant', over subjects not.
    """
    generator = np.random.default_rng(2)
    found = np.zeros(2)
    for _ in range(150):
        common, own = generator.normal(size=(15, 1)), generator.normal(size=(15, 133))
        differences = np.sqrt(0.1) * common + np.sqrt(0.9) * own
        found[0] += overall_test(differences.mean(axis=0), np.zeros(133)) <= 0.05
        found[1] += exact_test(differences.mean(axis=1), np.zeros(15)) <= 0.05
    assert found[0] > 0.4 * 150 and found[1] < 0.12 * 150
