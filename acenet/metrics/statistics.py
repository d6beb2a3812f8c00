"""The papers' overall test of one network against another."""

import numpy as np
from numpy.typing import ArrayLike


def overall_test(ours: ArrayLike, baseline: ArrayLike) -> float:
    """Two-sided Wilcoxon signed-rank p-value over structures, by the normal approximation without correction.

    This reading gives back three of ACEnet's printed p-values to the digit: 5.61e-6, 7.95e-7 and 7.58e-12
    are its values for 27, 32 and 62 structures whose differences all have one sign. The unit is the
    structure, not the subject; structures of one subject are not independent, so the value overstates the
    evidence.

    Parameters
    ----------
    ours, baseline : (n,) mean over subjects of each structure, same order. Structures undefined (NaN) in
        either are left out, zero differences too (Wilcoxon's rule). NaN if no difference is left.
    """
    from scipy.stats import wilcoxon  # half a second, which the other modules need not wait for

    difference = np.asarray(ours, dtype=np.float64) - np.asarray(baseline, dtype=np.float64)
    difference = difference[~np.isnan(difference)]
    if not np.any(difference):
        return float("nan")
    # The method is named because scipy's own choice is the exact test for few structures.
    return float(wilcoxon(difference, zero_method="wilcox", method="approx", correction=False).pvalue)
