"""Intervals that speak of other subjects and of other trainings: both were drawn, and each subject met each training.

A network that is trained with K seeds and measured on n subjects gives a table of K x n values, a two-way layout
without replication whose rows and columns are random. The variance of its mean has a part of the subjects and one of
the trainings; both are estimated by the mean squares of that layout (Cornfield and Tukey 1956; crossed random effects,
Owen 2007), and each has its own few degrees of freedom. Student's t for their sum is the mean of both t, weighted by
the parts (Cochran and Cox 1957), which covers rather too much than too little. docs/statistics.md has the coverage.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from acenet.metrics.statistics import LEVEL, Interval, t_interval

FloatArray = NDArray[np.float64]
FEWEST_TRAININGS = 2
"""Of each network, for an interval that speaks of other trainings too."""


class Part(NamedTuple):
    """A part of a mean's variance, and the degrees of freedom of its estimate."""

    variance: float
    freedom: float


def crossed_interval(ours: ArrayLike, baseline: ArrayLike | None = None) -> Interval:
    """Interval for the mean of `ours`, or for its difference to the mean of `baseline`, over subjects and trainings.

    Trainings of the two networks are drawn by themselves: seed 1 of one has nothing in common with seed 1 of the other,
    and their numbers may differ. A subject counts where all trainings have a value. Where a network was trained once,
    nothing is known of other trainings, and this is the t interval over subjects.

    Parameters
    ----------
    ours, baseline
        Values (trainings, subjects), of the same subjects in the same order; NaN where there is none.
    """
    layouts = complete(*(one for one in (ours, baseline) if one is not None))
    of_subjects = _difference([layout.mean(axis=0) for layout in layouts])
    if min(len(layout) for layout in layouts) < FEWEST_TRAININGS or of_subjects.size < 2:
        return t_interval(of_subjects)
    return _weighted(float(of_subjects.mean()), of_subjects_part(of_subjects), of_trainings_part(layouts))


def complete(*layouts: ArrayLike) -> list[FloatArray]:
    """The layouts (trainings, subjects) without the subjects that lack a value in any of them."""
    arrays = [np.atleast_2d(np.asarray(layout, dtype=np.float64)) for layout in layouts]
    defined = np.all([~np.isnan(array).any(axis=0) for array in arrays], axis=0)
    return [array[:, defined] for array in arrays]


def of_subjects_part(of_subjects: FloatArray) -> Part:
    """What subjects add to the variance of a mean, from each subject's mean over trainings (n,)."""
    return Part(float(of_subjects.var(ddof=1)) / of_subjects.size, of_subjects.size - 1)


def of_trainings_part(layouts: list[FloatArray]) -> Part:
    """What the trainings of one or two networks add, from their layouts (trainings, subjects), at least 2 x 2 each.

    The trainings' means vary by the trainings themselves and by how each met the subjects. The latter stands in the
    subjects' part already and is taken off; what is left is no less than 0. The degrees of freedom of the sum over two
    networks are Welch's and Satterthwaite's.
    """
    raw, twice, squares = 0.0, 0.0, 0.0
    for layout in layouts:
        k, n = layout.shape
        mean_square = float(layout.mean(axis=1).var(ddof=1)) / k
        rest = layout - layout.mean(axis=0) - layout.mean(axis=1, keepdims=True) + layout.mean()
        raw, squares = raw + mean_square, squares + mean_square**2 / (k - 1)
        twice += float((rest**2).sum()) / ((n - 1) * (k - 1)) / (n * k)
    return Part(max(0.0, raw - twice), raw**2 / squares if squares else 1.0)


def _weighted(mean: float, *parts: Part) -> Interval:
    """The mean with its interval, by Cochran's and Cox's t."""
    from scipy.stats import t

    variance = sum(part.variance for part in parts)
    if not variance:
        return Interval(mean, mean)
    quantile = sum(part.variance * float(t.ppf((1 + LEVEL) / 2, part.freedom)) for part in parts) / variance
    half = quantile * float(np.sqrt(variance))
    return Interval(mean - half, mean + half)


def _difference(of_subjects: list[FloatArray]) -> FloatArray:
    return of_subjects[0] if len(of_subjects) == 1 else of_subjects[0] - of_subjects[1]
