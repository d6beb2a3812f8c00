"""Agreement between a reference and a prediction, and its summaries over subjects and structures.

Names are imported when they are first asked for: the workflow reads `registry` each time it is parsed, and need not
wait for pandas and SciPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from acenet.metrics.aggregate import (
        Summary,
        structure_means,
        subject_means,
        summarise,
        summarise_distance,
        summarise_mask,
        summarise_overlap,
        summarise_scans,
    )
    from acenet.metrics.comparison import OverallComparison, compare_overall, compare_structures
    from acenet.metrics.evaluate import SubjectFiles, evaluate_subject, evaluate_training, find_subject_files
    from acenet.metrics.long_table import read_long_table, write_long_table
    from acenet.metrics.overlap import class_sizes, dice, jaccard, joint_histogram, volume_similarity
    from acenet.metrics.statistics import overall_test
    from acenet.metrics.surface import SurfaceDistances, measure_surfaces, surface_distances
    from acenet.networks.parameters import count_parameters, used_parameters

__all__ = [
    "OverallComparison",
    "SubjectFiles",
    "Summary",
    "SurfaceDistances",
    "class_sizes",
    "compare_overall",
    "compare_structures",
    "count_parameters",
    "dice",
    "evaluate_subject",
    "evaluate_training",
    "find_subject_files",
    "jaccard",
    "joint_histogram",
    "measure_surfaces",
    "overall_test",
    "read_long_table",
    "structure_means",
    "subject_means",
    "summarise",
    "summarise_distance",
    "summarise_mask",
    "summarise_overlap",
    "summarise_scans",
    "surface_distances",
    "used_parameters",
    "volume_similarity",
    "write_long_table",
]

_MODULES = (
    *("aggregate", "comparison", "complexity", "evaluate"),
    *("long_table", "overlap", "statistics", "surface"),
)


def __getattr__(name: str) -> Any:
    """A public name, from the module that defines it."""
    if name in __all__:
        for module in _MODULES:
            found = getattr(import_module(f"{__name__}.{module}"), name, None)
            if found is not None:
                return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
