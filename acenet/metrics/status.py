"""What is measured of a structure that the reference, the prediction or both do not have.

=================  =================================  ==============
structure is in    dice, jaccard, surface dice,       distances (mm)
                   volume similarity
=================  =================================  ==============
both               value                              value
reference only     0                                  undefined
prediction only    0                                  undefined
neither            undefined                          undefined
=================  =================================  ==============

Undefined values are NaN in memory and empty in files. Their rows stay in the long table with the status that
says why, so that a table can report how many values its mean leaves out. (The released code scores 0 for a
structure that neither map has, and 150 mm for a missed one, for the baseline only.)
"""

import numpy as np
from numpy.typing import NDArray

OK = "ok"
REFERENCE_EMPTY = "reference_empty"
PREDICTION_EMPTY = "prediction_empty"
BOTH_EMPTY = "both_empty"
STATUSES = (OK, REFERENCE_EMPTY, PREDICTION_EMPTY, BOTH_EMPTY)


def status(in_reference: int, in_prediction: int) -> str:
    """Status of a structure from its voxel counts in the reference and in the prediction."""
    if in_reference and in_prediction:
        return OK
    if in_reference:
        return PREDICTION_EMPTY
    return REFERENCE_EMPTY if in_prediction else BOTH_EMPTY


def statuses(in_reference: NDArray[np.int64], in_prediction: NDArray[np.int64]) -> list[str]:
    """Status of each structure from the voxel counts (n,)."""
    return [status(int(r), int(p)) for r, p in zip(in_reference, in_prediction, strict=True)]
