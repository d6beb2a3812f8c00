"""The papers' measures: everything that tables, figures, summary and claims know of one stands in its entry here.

A new column of a table is one entry here, one function in `acenet.metrics.measures`, and its cells in the papers' data.
Imports neither pandas nor NumPy, because the workflow reads it each time it is parsed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from acenet.errors import InputError

MEASURED, COUNTED, SPLIT, COMPARED, QUOTED = "long table", "network", "split", "comparison", "paper"
"""Where our value comes from: a training's long table, its network alone, the split, two long tables; or nowhere."""
STRUCTURES, BRAIN_MASK, SCAN = "structures", "brain mask", "scan"
POOLED, BY_SUBJECT, SINGLE = "pooled", "by subject", "single"
LARGER, SMALLER, NEITHER = "larger", "smaller", "neither"
DASH, TIMED_ON = "–", "{hardware}"

_OVERLAP = (
    "Dice and Jaccard: mean ± population standard deviation over subjects × structures, without the "
    "background. A structure in one map only scores 0; one in neither is left out. The CSV file also has the "
    "readings with the background, and the standard deviation between subjects."
)
_SUBJECTS = "Subjects: those of our split; the paper's are printed for its own."


@dataclass(frozen=True)
class Metric:
    """One measure that the papers print.

    Attributes
    ----------
    name
        In published.csv, cells.csv, layouts.yaml and claims.yaml.
    words
        In words, with the unit.
    source
        Where our value comes from: one of MEASURED, COUNTED, SPLIT, COMPARED, QUOTED.
    quantity
        The long table's metric that is compared with the papers' value ('' where no long table has it).
    split
        Of the subjects that count.
    rows
        What the long table's rows are of: STRUCTURES (those that the protocol evaluates), BRAIN_MASK or SCAN.
    summary
        POOLED, mean and spread over subjects x structures; BY_SUBJECT, over the means of subjects; SINGLE, of the one
        value that a subject has.
    printed_first
        Another quantity, which tables print before the compared one.
    beside
        What tables then call the compared one; also of a second count of parameters.
    undefined_if_missed
        Whether a structure that one map lacks has no value, as a distance; an overlap is 0.
    better
        LARGER, SMALLER or NEITHER.
    in_bold
        Whether tables set the best value in bold, where one is better than another.
    unit, scale, decimals
        Printed numbers are in `unit`, the value divided by `scale`, with that many decimals.
    trimmed
        Whether the papers' value loses the zeros at its end.
    as_text
        The papers print a text ('7 secs'), with which no difference can be formed; ours then has its unit and
        `decimals` significant digits.
    axis
        Label of the axis of dot plots that it shares with others; '' for none.
    note
        What the CSV file says of each cell.
    footnote
        Its definition, below a table; TIMED_ON stands for what it was timed on.
    """

    name: str
    words: str
    source: str = MEASURED
    quantity: str = ""
    split: str = "test"
    rows: str = STRUCTURES
    summary: str = POOLED
    printed_first: str = ""
    beside: str = ""
    undefined_if_missed: bool = False
    better: str = LARGER
    in_bold: bool = True
    unit: str = ""
    scale: float = 1.0
    decimals: int = 3
    trimmed: bool = False
    as_text: bool = False
    axis: str = ""
    note: str = ""
    footnote: str = ""

    @property
    def measured(self) -> bool:
        """Whether a training's long table gives our value."""
        return self.source == MEASURED

    @property
    def best_in_bold(self) -> bool:
        """Whether tables set the best value in bold."""
        return self.in_bold and self.better != NEITHER

    @property
    def of_structures(self) -> bool:
        """Whether our value is a mean over structures."""
        return self.measured and self.rows == STRUCTURES

    @property
    def lower_is_better(self) -> bool:
        """Whether a smaller value is the better one."""
        return self.better == SMALLER

    @property
    def compared(self) -> str:
        """The column of a built table with our value in the reading that the papers' is compared with."""
        return "ours_directed_mean" if self.printed_first else "ours_mean"

    @property
    def spread(self) -> str:
        """The column of a built table with the standard deviation that is printed beside our value."""
        return "ours_std_between_subjects" if self.summary == BY_SUBJECT else "ours_std_pooled"

    @property
    def compared_spread(self) -> str:
        """The column with the standard deviation that belongs to `compared`."""
        return self.spread.replace("ours_", "ours_directed_") if self.printed_first else self.spread

    @property
    def compared_spread_of_trainings(self) -> str:
        """The column with the standard deviation between trainings that belongs to `compared`."""
        return f"{self.compared.removesuffix('_mean')}_std_between_trainings"

    def structures(self, dataset: str, evaluated: Mapping[str, Sequence[int]] | None = None) -> Sequence[int]:
        """Values of the long table's column `structure` that count: by default all that the protocol evaluates.

        Parameters
        ----------
        evaluated
            Data set -> class indices that count instead.
        """
        from acenet.metrics import long_table
        from acenet.protocols import load_protocol  # imports NumPy

        if self.rows != STRUCTURES:
            return (long_table.BRAIN_MASK if self.rows == BRAIN_MASK else long_table.SCAN,)
        return evaluated[dataset] if evaluated is not None else load_protocol(dataset).evaluated

    def text(self, mean: float, std: float = math.nan) -> str:
        """A number as the papers print it, with its standard deviation where there is one; a dash for NaN."""
        if math.isnan(mean):
            return DASH
        if self.as_text:
            return f"{mean / self.scale:.{self.decimals}g} {self.unit}"
        shown = f"{mean / self.scale:.{self.decimals}f}"
        return shown if math.isnan(std) else f"{shown} ± {std / self.scale:.{self.decimals}f}"

    def printed(self, mean: float, std: float = math.nan) -> str:
        """The paper's number, without digits that it does not give: 0.57 million parameters, not 0.570."""
        text = self.text(mean, std)
        whole, point, decimals = text.partition(".")
        return f"{whole}.{decimals.rstrip('0') or '0'}" if self.trimmed and point else text

    def difference(self, value: float) -> str:
        """Ours less the paper's, with its sign; '' for NaN."""
        if math.isnan(value):
            return ""
        scaled = round(value / self.scale, self.decimals) + 0.0  # no "-0.000"
        return f"{scaled:+.{self.decimals}f}".replace("-", "−")


METRICS = (
    Metric(
        name="dice",
        words="Dice index",
        quantity="dice",
        axis="Dice or Jaccard index",
        footnote=_OVERLAP,
    ),
    Metric(
        name="dice_val",
        words="Dice index of the validation scans",
        quantity="dice",
        split="validation",
        axis="Dice or Jaccard index",
        footnote=_OVERLAP,
    ),
    Metric(
        name="jaccard",
        words="Jaccard index",
        quantity="jaccard",
        axis="Dice or Jaccard index",
        footnote=_OVERLAP,
    ),
    Metric(
        name="dice_skull",
        words="Dice index of the brain mask",
        quantity="dice",
        rows=BRAIN_MASK,
        summary=SINGLE,
        axis="Dice or Jaccard index",
        footnote="Skull stripping: Dice index of the brain mask, mean ± population standard deviation over subjects.",
    ),
    # Compared in the released script's distance, by which the published values were most probably made.
    Metric(
        name="hausdorff_mm",
        words="directed Hausdorff distance in mm",
        quantity="hd_gt_to_pred_mm",
        summary=BY_SUBJECT,
        printed_first="hd_mm",
        beside="directed",
        undefined_if_missed=True,
        better=SMALLER,
        unit="mm",
        axis="Hausdorff distance from reference to prediction (mm)",
        note="difference is that of the directed distance from reference to prediction, by which the released script "
        "most probably made the published value",
        footnote="Hausdorff distance in mm, symmetric: the largest distance from a surface voxel of either map (a "
        "voxel with a face neighbour outside the structure) to the other map's nearest; mean over structures for each "
        "subject, then mean ± population standard deviation over subjects. Directed: from the reference to the "
        "prediction only, as the released script measures; Δ is that of the directed distance. A structure that "
        "either map lacks has no distance.",
    ),
    Metric(
        name="params",
        words="parameters",
        source=COUNTED,
        beside="used",
        better=NEITHER,
        unit="millions",
        scale=1e6,
        trimmed=True,
        axis="Parameters (millions)",
        footnote="Parameters in millions: all, and those of the modules that run in a forward pass (used). "
        "Δ is that of all.",
    ),
    Metric(
        name="time_text",
        words="seconds for a scan",
        quantity="prediction_seconds",
        rows=SCAN,
        summary=SINGLE,
        better=SMALLER,
        in_bold=False,  # the papers' times are of several machines, and so may ours be
        unit="s",
        as_text=True,
        footnote="Processing time: mean over the test scans of the seconds from opening a conformed scan to the end of "
        f"writing its maps, on {TIMED_ON}. The paper's times are of other hardware, so there is no Δ.",
    ),
    *(
        Metric(
            name=f"n_{part}",
            words=f"subjects to {part}",
            source=SPLIT,
            split=part,
            better=NEITHER,
            decimals=0,
            footnote=_SUBJECTS,
        )
        for part in ("train", "test")
    ),
    Metric(name="p_value", words="p of the papers' test over structures", source=COMPARED, better=NEITHER),
    Metric(name="pct_improvement", words="improvement of the Dice index", source=COMPARED),
    Metric(name="params_text", words="difference in parameters", source=QUOTED, better=NEITHER),
    Metric(name="seconds", words="seconds for a scan", source=QUOTED, better=SMALLER),
)

_BY_NAME: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in METRICS})


def find_metric(name: str, where: str = "metric") -> Metric:
    """The measure of that name in the papers' data; InputError, at the file and line `where`, for an unknown one."""
    if name not in _BY_NAME:
        raise InputError(where, expected=f"one of {', '.join(_BY_NAME)}", found=repr(name))
    return _BY_NAME[name]
