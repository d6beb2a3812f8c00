"""Learning rate by hand; seeds stable between processes and independent of each other."""

import os
import subprocess
import sys
from itertools import pairwise

import pytest

from acenet.training.schedule import derived_seed, poly_learning_rate


@pytest.mark.parametrize(
    ("step", "rate"),
    [(0, 0.01), (50, 0.01 * 0.5**0.9), (75, 0.01 * 0.25**0.9), (99, 0.01 * 0.01**0.9)],
)
def test_poly_by_hand(step: int, rate: float) -> None:
    assert poly_learning_rate(0.01, step, 100) == pytest.approx(rate, rel=1e-12)


def test_poly_falls_and_stays_above_zero() -> None:
    rates = [poly_learning_rate(0.02, t, 37) for t in range(37)]
    assert all(a > b > 0 for a, b in pairwise(rates))


def test_every_part_of_a_seed_counts() -> None:
    seeds = {
        derived_seed(seed, name, part)
        for seed in (1, 2)
        for name in ("malc27/quicknatv2", "malc27/quicknat")
        for part in (0, 1, 2, "weights")
    }
    assert len(seeds) == 16 and all(0 <= seed < 2**63 for seed in seeds)


def test_seeds_are_the_same_in_another_process() -> None:
    code = "from acenet.training.schedule import derived_seed; print(derived_seed(1, 'malc27/x', 'weights'))"
    for salt in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": salt}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
        )
        assert int(done.stdout) == derived_seed(1, "malc27/x", "weights")
