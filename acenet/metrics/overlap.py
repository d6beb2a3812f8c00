"""Dice, Jaccard and volumes of all classes from one pass over a reference and a prediction."""

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 20
"""Voxels counted at a time: the index array of a whole 256^3 volume would take 134 MB."""


def joint_histogram(
    reference: NDArray[np.uint8], prediction: NDArray[np.uint8], n_classes: int
) -> NDArray[np.int64]:
    """Count the voxels of each pair of classes.

    Parameters
    ----------
    reference, prediction
        Uint8 class maps of the same shape, classes 0..n_classes-1.

    Returns
    -------
    (n_classes, n_classes) int64; entry [r, p] counts the voxels of class r that were predicted as p.

    Raises
    ------
    ValueError
        Differing shapes, another dtype, or a class outside the range.
    """
    if reference.shape != prediction.shape:
        raise ValueError(f"reference {reference.shape} and prediction {prediction.shape} differ in shape")
    for name, classes in (("reference", reference), ("prediction", prediction)):
        if classes.dtype != np.uint8:
            raise ValueError(f"{name}: expected uint8 classes, found {classes.dtype}")
        if classes.size and int(classes.max()) >= n_classes:
            raise ValueError(f"{name}: expected classes below {n_classes}, found {int(classes.max())}")
    # Conformed volumes are stored in Fortran order, where `ravel` then makes no copy.
    flat_reference, flat_prediction = reference.ravel(order="F"), prediction.ravel(order="F")
    counts = np.zeros(n_classes * n_classes, dtype=np.int64)
    for start in range(0, flat_reference.size, BLOCK):
        block = slice(start, start + BLOCK)
        pairs = flat_reference[block].astype(np.intp)
        pairs *= n_classes
        pairs += flat_prediction[block]
        counts += np.bincount(pairs, minlength=counts.size)
    return counts.reshape(n_classes, n_classes)


def class_sizes(histogram: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Voxels of each class (n_classes,) in the reference and in the prediction."""
    return histogram.sum(axis=1), histogram.sum(axis=0)


def dice(histogram: NDArray[np.int64]) -> NDArray[np.float64]:
    """2 |R and P| / (|R| + |P|) of each class (n_classes,); NaN for a class that neither map has."""
    in_reference, in_prediction = class_sizes(histogram)
    return _ratio(2 * np.diagonal(histogram), in_reference + in_prediction)


def jaccard(histogram: NDArray[np.int64]) -> NDArray[np.float64]:
    """|R and P| / |R or P| of each class (n_classes,); NaN for a class that neither map has.

    The released code adds 1e-4 to the denominator alone, here as in Dice, so that a class in neither map has 0.
    """
    in_reference, in_prediction = class_sizes(histogram)
    common = np.diagonal(histogram)
    return _ratio(common, in_reference + in_prediction - common)


def volume_similarity(histogram: NDArray[np.int64]) -> NDArray[np.float64]:
    """1 - | |R| - |P| | / (|R| + |P|) of each class (n_classes,); NaN for a class that neither map has.

    Compares sizes only: two equal volumes anywhere have 1.
    """
    in_reference, in_prediction = class_sizes(histogram)
    # As 2 min(|R|, |P|) / (|R| + |P|), which is the same in whole numbers.
    return _ratio(2 * np.minimum(in_reference, in_prediction), in_reference + in_prediction)


def _ratio(numerator: NDArray[np.int64], denominator: NDArray[np.int64]) -> NDArray[np.float64]:
    result = np.full(denominator.shape, np.nan)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result
