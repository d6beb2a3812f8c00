"""How one of our values compares with the paper's: by its interval, in words, and in colours and signs."""

from enum import Enum

from acenet.metrics.registry import NEITHER, Metric


class Verdict(Enum):
    """(name of its colour, sign beside it for who does not tell colours apart, words)."""

    BETTER = ("better", "▲", "better than printed")
    AGREES = ("agrees", "≈", "in agreement: the printed value lies in our interval")
    WORSE = ("worse", "▼", "worse than printed")
    NONE = ("none", "", "")

    @property
    def colour(self) -> str:
        """The class that the style sheet knows."""
        return self.value[0]

    @property
    def sign(self) -> str:
        """Says the same without colour."""
        return self.value[1]

    @property
    def words(self) -> str:
        """In words; '' where nothing can be said."""
        return self.value[2]


def judge(published: float, interval: tuple[float, float] | None, metric: Metric) -> Verdict:
    """Whether the paper's value lies within our 95 % interval, and if not, which of the two is the better one.

    NONE where either is missing, or neither direction is the better one.
    """
    if interval is None or metric.better == NEITHER:
        return Verdict.NONE
    low, high = interval
    if not (low <= high and published == published):  # NaN
        return Verdict.NONE
    if low <= published <= high:
        return Verdict.AGREES
    ours_is_larger = low > published
    return Verdict.WORSE if ours_is_larger == metric.lower_is_better else Verdict.BETTER
