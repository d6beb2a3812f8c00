"""Whether a model fits a scan at all: seen before any label is written."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acenet.errors import InputError

CAUSES = (
    "a model that does not fit the scan. Known causes: the header tells the orientation wrong (look at the scan in a "
    "viewer that shows R, A and S); its intensities are not those of T1 (another contrast, inverted, a map); the brain "
    "is not all in the field of view; the model was trained on stripped brains and sees a head, or the reverse"
)
ABSURD_ML = (50.0, 5000.0)  # no brain that there is or was, premature or with hydrocephalus, is outside


def require_fit(scan: Path, classes: NDArray[np.uint8], brain_ml: float) -> None:
    """Raise InputError where labels (I, J, K) are background alone, or no brain has the volume of this one."""
    if not classes.any():
        raise InputError(scan, expected="structures in the scan", found=f"background alone: {CAUSES}")
    low, high = ABSURD_ML
    if not low <= brain_ml <= high:
        raise InputError(
            scan,
            expected=f"a brain of {low:.0f} to {high:.0f} ml",
            found=f"one of {brain_ml:.4g} ml: {CAUSES}",
        )
