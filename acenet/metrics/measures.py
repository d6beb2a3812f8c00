"""What is measured of one structure: each quantity of the long table, by name, with the function that computes it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from acenet.metrics.overlap import dice, jaccard, volume_similarity
from acenet.metrics.surface import SurfaceDistances

OfHistogram = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""From the joint histogram (n_classes, n_classes) of `overlap`: one value for each class (n_classes,)."""
OfSurfaces = Callable[[SurfaceDistances], float]


def _property(name: str) -> OfSurfaces:
    """The function behind a property of `SurfaceDistances`, whose source can be pointed at."""
    function: OfSurfaces = vars(SurfaceDistances)[name].fget
    return function


def surface_dice_1mm(distances: SurfaceDistances) -> float:
    """Surface Dice with a tolerance of 1 mm."""
    return distances.surface_dice(1.0)


OVERLAPS: Mapping[str, OfHistogram] = MappingProxyType({"dice": dice, "jaccard": jaccard})
"""Of structures, the background and the brain mask."""
SIZES: Mapping[str, OfHistogram] = MappingProxyType({"volume_similarity": volume_similarity})
"""Of structures alone, as those below."""
DISTANCES: Mapping[str, OfSurfaces] = MappingProxyType(
    {
        "hd_mm": _property("hausdorff"),
        "hd_gt_to_pred_mm": _property("reference_to_prediction"),
        "hd95_mm": _property("hausdorff95"),
        "assd_mm": _property("average"),
    }
)
"""Undefined for a structure that either map lacks."""
SURFACE_OVERLAPS: Mapping[str, OfSurfaces] = MappingProxyType({"surface_dice_1mm": surface_dice_1mm})
"""0 for a structure that one map lacks, undefined for one that both lack."""
MEASURES: Mapping[str, OfHistogram | OfSurfaces] = MappingProxyType(
    {**OVERLAPS, **SIZES, **DISTANCES, **SURFACE_OVERLAPS}
)
"""All of them."""
