"""Learning rate and random seeds of a run."""

from zlib import crc32

import numpy as np


def poly_learning_rate(initial: float, step: int, total_steps: int) -> float:
    """lr0 (1 - t/T)^0.9, for step t = 0..T-1 (ACEnet, section 4.2).

    >>> poly_learning_rate(0.01, 0, 100)
    0.01
    """
    return float(initial * (1 - step / total_steps) ** 0.9)


def derived_seed(seed: int, *names: str | int) -> int:
    """An independent 64-bit seed for each purpose, the same on every machine.

    An epoch seeds its order and its dropout afresh from (seed, training, epoch): a run that resumes after
    an epoch then repeats exactly what an uninterrupted one would have done, with no generator state to save.
    """
    words = [seed, *(name if isinstance(name, int) else crc32(name.encode()) for name in names)]
    return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> np.uint64(1))
