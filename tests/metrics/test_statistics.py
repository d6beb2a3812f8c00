"""The overall test against the p-values printed in the ACEnet paper."""

import numpy as np
import pytest

from acenet.metrics import overall_test


@pytest.mark.parametrize(("n", "printed"), [(27, "5.61e-06"), (32, "7.95e-07"), (62, "7.58e-12")])
def test_the_papers_p_values(n: int, printed: str) -> None:
    """All structures better: the rank sum is 0, whatever the sizes of the differences."""
    baseline = np.random.default_rng(n).uniform(0.6, 0.9, n)
    ours = baseline + np.linspace(0.001, 0.05, n)
    assert f"{overall_test(ours, baseline):.2e}" == printed
    assert overall_test(baseline, ours) == overall_test(ours, baseline)


def test_one_hundred_and_thirty_three_structures_cannot_give_the_printed_value() -> None:
    assert overall_test(np.arange(1.0, 134), np.zeros(133)) == pytest.approx(1.43e-23, rel=0.01)
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
