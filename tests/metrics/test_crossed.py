"""Intervals over subjects and trainings: closed forms, bad layouts, and what they owe to the interval over subjects."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from acenet.metrics.crossed import complete, crossed_interval, of_subjects_part, of_trainings_part
from acenet.metrics.statistics import t_interval

RNG = np.random.default_rng(5)
SUBJECTS = np.array([0.1, 0.2, 0.4, 0.5])
TRAININGS = np.array([0.0, 0.03, 0.06])


def additive(trainings: np.ndarray = TRAININGS) -> np.ndarray:
    """Values that are a training's and a subject's part and nothing else."""
    return trainings[:, None] + SUBJECTS


def test_parts_of_an_additive_layout_by_hand() -> None:
    assert of_subjects_part(SUBJECTS) == pytest.approx((SUBJECTS.var(ddof=1) / 4, 3))
    assert of_trainings_part([additive()]) == pytest.approx((0.03**2 / 3, 2))
    two = of_trainings_part([additive(), additive(2 * TRAININGS)])
    a, b = 0.03**2 / 3, 0.06**2 / 3
    assert two == pytest.approx((a + b, (a + b) ** 2 / (a**2 / 2 + b**2 / 2)))  # Welch and Satterthwaite


def test_what_trainings_and_subjects_share_is_not_counted_twice() -> None:
    """By an independent reading of the two-way table: MS(trainings) less MS(rest), over n K."""
    values = RNG.normal(size=(3, 6))
    grand = values.mean()
    ms_trainings = 6 * ((values.mean(axis=1) - grand) ** 2).sum() / 2
    rest = sum(
        (values[k, i] - values[k].mean() - values[:, i].mean() + grand) ** 2
        for k in range(3)
        for i in range(6)
    )
    expected = max(0.0, (ms_trainings - rest / 10) / 18)
    assert of_trainings_part([values]).variance == pytest.approx(expected)
    alike = np.tile(SUBJECTS, (3, 1)) + 1e-3 * RNG.permuted(np.tile([1.0, -1, 1, -1], (3, 1)), axis=1)
    assert of_trainings_part([alike]).variance == pytest.approx(0, abs=1e-12)  # it never becomes negative


def test_an_interval_by_hand() -> None:
    """Two equal parts have the mean of both quantiles."""
    trainings = np.sqrt(3 * SUBJECTS.var(ddof=1) / 4) * np.array([-1.0, 0, 1])
    low, high = crossed_interval(additive(trainings))
    half = (t.ppf(0.975, 3) + t.ppf(0.975, 2)) / 2 * np.sqrt(2 * SUBJECTS.var(ddof=1) / 4)
    assert (low, high) == pytest.approx((0.3 - half, 0.3 + half))


def test_trainings_that_came_out_alike_leave_the_t_interval_over_subjects() -> None:
    same = np.tile(SUBJECTS, (3, 1))
    assert crossed_interval(same) == pytest.approx(t_interval(SUBJECTS))
    assert crossed_interval(same, same) == (0, 0)


@pytest.mark.parametrize("numbers", [(1, 1), (1, 3), (3, 1)])
def test_where_a_network_was_trained_once_it_is_the_t_interval_over_subjects(
    numbers: tuple[int, int],
) -> None:
    ours, baseline = (RNG.normal(size=(k, 5)) for k in numbers)
    assert crossed_interval(ours, baseline) == t_interval(ours.mean(axis=0) - baseline.mean(axis=0))
    assert crossed_interval(ours[0]) == t_interval(ours[0])


def test_a_subject_counts_only_with_all_trainings() -> None:
    ours, baseline = RNG.normal(size=(3, 6)), RNG.normal(size=(2, 6))
    full = crossed_interval(ours[:, 2:], baseline[:, 2:])
    ours[1, 0] = baseline[0, 1] = np.nan
    assert [one.shape for one in complete(ours, baseline)] == [(3, 4), (2, 4)]
    assert crossed_interval(ours, baseline) == full
    ours[2] = np.nan
    assert np.isnan(crossed_interval(ours, baseline)).all()
    assert np.isnan(crossed_interval(ours[:, :1], baseline[:, :1])).all()  # one subject


LAYOUT = st.integers(2, 4).flatmap(
    lambda k: st.lists(st.lists(st.floats(-1, 1), min_size=5, max_size=5), min_size=k, max_size=k)
)


@given(LAYOUT, LAYOUT)
def test_it_is_about_the_difference_of_the_means_and_the_order_decides_only_its_sign(
    ours: list[list[float]], baseline: list[list[float]]
) -> None:
    low, high = crossed_interval(ours, baseline)
    assert (low + high) / 2 == pytest.approx(np.mean(ours) - np.mean(baseline), abs=1e-9)
    assert crossed_interval(baseline, ours) == pytest.approx((-high, -low), abs=1e-9)
    assert crossed_interval(ours[::-1], baseline) == pytest.approx((low, high), abs=1e-6)
    over_subjects = t_interval(np.mean(ours, axis=0) - np.mean(baseline, axis=0))
    assert high - low >= (over_subjects.high - over_subjects.low) * (1 - 1e-9)
