"""Which rows of a long table a published measure is compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from acenet.metrics.long_table import BRAIN_MASK, SCAN
from acenet.metrics.timing import METRIC as SECONDS
from acenet.protocols import load_protocol

Evaluated = Mapping[str, Sequence[int]]
"""Data set -> class indices that count."""


@dataclass(frozen=True)
class Reading:
    """A measure of the papers in terms of a long table.

    Attributes
    ----------
    name : in words, with its unit.
    metric, split : of the long table's rows.
    structure : the only one that counts; None: all that the protocol evaluates.
    lower_is_better : whether a smaller value is the better one.
    """

    name: str
    metric: str
    split: str = "test"
    structure: int | None = None
    lower_is_better: bool = False

    def structures(self, dataset: str, evaluated: Evaluated | None = None) -> Sequence[int]:
        """Class indices that count, by default the protocol's evaluated ones."""
        if self.structure is not None:
            return (self.structure,)
        return evaluated[dataset] if evaluated is not None else load_protocol(dataset).evaluated


READINGS: Mapping[str, Reading] = MappingProxyType(
    {
        "dice": Reading("Dice index", "dice"),
        "dice_val": Reading("Dice index of the validation scans", "dice", split="validation"),
        "jaccard": Reading("Jaccard index", "jaccard"),
        "dice_skull": Reading("Dice index of the brain mask", "dice", structure=BRAIN_MASK),
        # The released script's distance, by which the published values were most probably made.
        "hausdorff_mm": Reading(
            "directed Hausdorff distance in mm", "hd_gt_to_pred_mm", lower_is_better=True
        ),
        "time_text": Reading("seconds for a scan", SECONDS, structure=SCAN, lower_is_better=True),
    }
)
"""By the metric of a cell or a claim."""
