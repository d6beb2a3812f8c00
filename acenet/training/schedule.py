"""Steps, rates and random seeds of a run."""

import math
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from acenet.errors import InputError


@dataclass(frozen=True)
class Steps:
    """How a run is divided.

    Attributes
    ----------
    total
        Steps of the run.
    per_epoch
        Steps that see each example once; the last epoch may end early.
    coarse
        Of all steps, the first ones, on slices of a lower resolution.
    averaged
        The last ones, whose weights are averaged.
    """

    total: int
    per_epoch: int
    coarse: int = 0
    averaged: int = 0

    @classmethod
    def of(
        cls, epochs: float, n_examples: int, batch: int, *, coarse: float = 0.0, averaged: float = 0.0
    ) -> "Steps":
        """At least one step; shares of the steps are rounded to whole ones."""
        per_epoch = math.ceil(n_examples / batch)
        total = max(1, round(epochs * per_epoch))
        return cls(total, per_epoch, round(coarse * total), round(averaged * total))

    @property
    def epochs(self) -> int:
        """Epochs, the last one whole or not."""
        return math.ceil(self.total / self.per_epoch)

    def of_epoch(self, epoch: int) -> range:
        """Numbers of the steps of an epoch; both count from 0."""
        return range(epoch * self.per_epoch, min(self.total, (epoch + 1) * self.per_epoch))


def rate_factor(schedule: str, step: int, total: int, *, warmup: float = 0.0, lowest: float = 0.0) -> float:
    """What the highest rate is multiplied by at step t = 0..T-1, 0 < factor <= 1.

    poly : (1 - t/T)^0.9 (ACEnet, section 4.2). linear : 1 - t/T.

    >>> [rate_factor("linear", step, 6, warmup=0.3) for step in range(6)]
    [0.3333333333333333, 0.6666666666666666, 1.0, 0.75, 0.5, 0.25]

    Parameters
    ----------
    warmup
        Share of the steps that lead up to the highest rate on a line; t and T then count from there.
    lowest
        Below which it does not fall.
    """
    first = min(round(warmup * total), total - 1)
    if step < first:
        return (step + 1) / (first + 1)
    left = 1 - (step - first) / (total - first)
    if schedule == "poly":
        return max(lowest, float(left**0.9))
    if schedule == "linear":
        return max(lowest, left)
    raise InputError("schedule", expected="poly or linear", found=schedule)


def derived_seed(seed: int, *names: str | int) -> int:
    """An independent 64-bit seed for each purpose, the same on every machine.

    An epoch seeds its order and its dropout afresh from (seed, training, epoch): a run that resumes after
    an epoch then repeats exactly what an uninterrupted one would have done, with no generator state to save.
    """
    words = [seed, *(name if isinstance(name, int) else crc32(name.encode()) for name in names)]
    return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> np.uint64(1))
