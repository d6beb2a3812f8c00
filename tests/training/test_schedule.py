"""Learning rate by hand; seeds stable between processes and independent of each other."""

import os
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acenet.errors import InputError
from acenet.training.schedule import Steps, derived_seed, rate_factor


@pytest.mark.parametrize(
    ("step", "rate"),
    [(0, 0.01), (50, 0.01 * 0.5**0.9), (75, 0.01 * 0.25**0.9), (99, 0.01 * 0.01**0.9)],
)
def test_poly_by_hand(step: int, rate: float) -> None:
    assert 0.01 * rate_factor("poly", step, 100) == pytest.approx(rate, rel=1e-12)


def test_the_papers_rates_are_theirs_to_the_last_bit() -> None:
    """As the formula is printed: lr0 (1 - t/T)^0.9."""
    for initial, total in ((0.01, 465), (0.02, 40600)):
        for step in range(0, total, 31):
            printed = float(initial * (1 - step / total) ** 0.9)
            assert initial * rate_factor("poly", step, total) == printed


@pytest.mark.parametrize("schedule", ["poly", "linear"])
def test_rates_fall_and_stay_above_zero(schedule: str) -> None:
    rates = [rate_factor(schedule, t, 37) for t in range(37)]
    assert all(a > b > 0 for a, b in pairwise(rates)) and rates[0] == 1


@given(
    schedule=st.sampled_from(["poly", "linear"]),
    total=st.integers(1, 300),
    warmup=st.floats(0, 1, exclude_max=True),
)
def test_rates_rise_to_one_then_fall(schedule: str, total: int, warmup: float) -> None:
    rates = [rate_factor(schedule, t, total, warmup=warmup) for t in range(total)]
    top = rates.index(max(rates))
    assert max(rates) == 1 and min(rates) > 0
    assert top == min(round(warmup * total), total - 1)
    assert all(a < b for a, b in pairwise(rates[: top + 1])) and all(a > b for a, b in pairwise(rates[top:]))


def test_the_way_up_is_a_line() -> None:
    rates = [rate_factor("linear", t, 20, warmup=0.2) for t in range(5)]
    assert rates == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert rate_factor("linear", 12, 20, warmup=0.2) == pytest.approx(
        0.5
    )  # half of the way from step 4 to 20


@pytest.mark.parametrize("schedule", ["poly", "linear"])
def test_rates_do_not_fall_below_the_lowest(schedule: str) -> None:
    free = [rate_factor(schedule, t, 40, warmup=0.1) for t in range(40)]
    held = [rate_factor(schedule, t, 40, warmup=0.1, lowest=0.5) for t in range(40)]
    assert held[:4] == free[:4] and held[4:] == [max(rate, 0.5) for rate in free[4:]]
    assert held[-1] == 0.5 > free[-1]


def test_an_unknown_schedule_is_refused() -> None:
    with pytest.raises(InputError, match="schedule: expected poly or linear; found cosine"):
        rate_factor("cosine", 5, 10)


def test_steps_of_whole_epochs_are_all_of_them() -> None:
    steps = Steps.of(3, n_examples=10, batch=4)
    assert (steps.total, steps.per_epoch, steps.epochs, steps.coarse) == (9, 3, 3, 0)
    assert [steps.of_epoch(epoch) for epoch in range(3)] == [range(3), range(3, 6), range(6, 9)]


@pytest.mark.parametrize(
    ("epochs", "total", "parts"),
    [(1.5, 15, [10, 5]), (0.26, 3, [3]), (0.001, 1, [1]), (1.99, 20, [10, 10]), (2.04, 20, [10, 10])],
)
def test_a_fraction_of_an_epoch_is_a_part_of_its_steps(epochs: float, total: int, parts: list[int]) -> None:
    steps = Steps.of(epochs, n_examples=30, batch=3)
    assert steps.total == total and steps.epochs == len(parts)
    assert [len(steps.of_epoch(epoch)) for epoch in range(steps.epochs)] == parts


@given(
    epochs=st.floats(0.001, 9),
    n=st.integers(1, 200),
    batch=st.integers(1, 9),
    share=st.floats(0, 1),
)
def test_every_step_is_in_one_epoch(epochs: float, n: int, batch: int, share: float) -> None:
    steps = Steps.of(epochs, n, batch, coarse=share, averaged=share)
    numbers = [step for epoch in range(steps.epochs) for step in steps.of_epoch(epoch)]
    assert numbers == list(range(steps.total)) and 0 <= steps.coarse <= steps.total
    assert abs(steps.total - epochs * steps.per_epoch) <= 0.5 or steps.total == 1
    assert abs(steps.coarse - share * steps.total) <= 0.5 and steps.averaged == steps.coarse


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
