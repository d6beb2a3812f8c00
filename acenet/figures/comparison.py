"""Two trainings compared, as the figures show it: values, tests per structure, and both overall tests in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from acenet.errors import InputError
from acenet.metrics.comparison import OverallComparison, compare_overall, compare_structures
from acenet.metrics.long_table import seeds_of
from acenet.metrics.registry import find_metric
from acenet.papers import Panel, load_cells
from acenet.protocols import Protocol, Structure, load_protocol

SHOWN = find_metric("dice")
"""The measure that the papers' figures compare."""


@dataclass(frozen=True)
class Comparison:
    """Two trainings on one data set, over all structures that count.

    Attributes
    ----------
    values
        Of each method (compared one first), one row per test subject, one column per structure; means over seeds.
    structures
        The table of `acenet.metrics.comparison.compare_structures`, indexed by structure.
    """

    protocol: Protocol
    values: tuple[pd.DataFrame, pd.DataFrame]
    structures: pd.DataFrame
    overall: OverallComparison

    @property
    def n_subjects(self) -> int:
        """Test subjects that either method segmented."""
        return len(self.values[0].index.union(self.values[1].index))

    @property
    def differences(self) -> pd.DataFrame:
        """Ours less the other's, one row per subject, one column per structure; NaN without both values."""
        return self.values[1] - self.values[0]


def compare(panel: Panel, long_tables: Mapping[str, pd.DataFrame]) -> Comparison:
    """Compare the two methods of a panel by their long tables.

    Raises
    ------
    InputError
        For a panel without exactly two methods, or whose trainings have no table.
    """
    ids = [method.training_id for method in panel.methods]
    if len(ids) != 2 or not set(ids) <= set(long_tables):
        where = f"comparison on {panel.dataset}"
        raise InputError(where, expected="long tables of two trainings", found=", ".join(ids) or "none")
    protocol = load_protocol(panel.dataset)
    baseline, ours = (long_tables[training_id] for training_id in ids)
    return Comparison(
        protocol,
        (values_of(baseline, protocol.evaluated), values_of(ours, protocol.evaluated)),
        compare_structures(
            ours, baseline, structures=protocol.evaluated, metric=SHOWN.quantity, split=SHOWN.split
        ).set_index("structure"),
        compare_overall(
            ours, baseline, structures=protocol.evaluated, metric=SHOWN.quantity, split=SHOWN.split
        ),
    )


def values_of(table: pd.DataFrame, structures: Sequence[int]) -> pd.DataFrame:
    """Values of SHOWN of the subjects that count in a long table, one row per subject, one column per structure.

    Each is the mean over all seeds; NaN where it is undefined, or was not measured, with any of them.
    """
    chosen = table[(table["metric"] == SHOWN.quantity) & (table["split"] == SHOWN.split)]
    seeds = seeds_of(table)
    of_seeds = [
        chosen[chosen["seed"] == seed].pivot(index="subject", columns="structure", values="value")
        for seed in seeds
    ]
    # A sum of frames is undefined wherever one of them is.
    mean = (
        sum(of_seeds[1:], of_seeds[0]) / len(of_seeds)
        if of_seeds
        else chosen.pivot(index="subject", columns="structure", values="value")
    )
    return mean.reindex(columns=list(structures)).astype("float64")


def structures_shown(panel: Panel, protocol: Protocol) -> list[Structure]:
    """The structures of a panel in the order drawn."""
    indices = protocol.indices_of(panel.structures) if panel.structures else protocol.evaluated
    sides = (panel.hemisphere,) if panel.hemisphere else ("L", "R", "M")
    shown = [protocol.structures[index - 1] for index in indices]
    return [structure for structure in shown if structure.hemisphere in sides]


def overall_text(compared: Comparison, panel: Panel) -> str:
    """Both overall tests in two lines, with the paper's value."""
    overall = compared.overall
    baseline, ours = (method.training_id for method in panel.methods)
    printed = [
        cell.published_mean
        for cell in load_cells("text")
        if (cell.metric, cell.training_id, cell.against_id) == ("p_value", ours, baseline)
    ]
    paper = f"; paper: {p_value(printed[0])}" if printed and printed[0] is not None else ""
    n, total = overall.n_structures, len(compared.structures)
    structures = f"All {n}" if n == total else f"{n} of {total}"
    of_both = "over subjects and trainings" if overall.of_trainings else ""
    interval = f"{_interval(overall)}{' ' if of_both else ''}{of_both}"
    return (
        f"{structures} structures: p = {p_value(overall.p_paper_structures)} over structures, "
        f"as the paper tests{paper}.\n"
        f"Over subjects (n = {overall.n_subjects}): p = {p_value(overall.p_subjects)}"
        f"{_least(overall)}, mean difference of the {SHOWN.words} {interval}."
    )


def trainings_text(overall: OverallComparison) -> str:
    """What several trainings of the methods mean for a figure's values; '' where both were trained once."""
    numbers = (overall.n_trainings_baseline, overall.n_trainings_ours)
    if max(numbers) < 2:
        return ""
    each = f"{numbers[0]}" if numbers[0] == numbers[1] else f"{numbers[0]} and {numbers[1]}"
    return f"Each subject's value is the mean over {each} trainings (seeds) of a method."


def _least(overall: OverallComparison) -> str:
    """The least p that so many subjects can have, beside it; '' without subjects."""
    return f" (least possible {p_value(overall.least_p)})" if overall.n_subjects else ""


def _interval(overall: OverallComparison) -> str:
    """The subjects' mean difference with its interval."""
    numbers = (overall.difference_subjects, overall.ci_low, overall.ci_high)
    difference, low, high = ("n/a" if np.isnan(x) else f"{x:+.3f}".replace("-", "−") for x in numbers)
    return f"{difference} [{low}, {high}]"


def p_value(p: float) -> str:
    """A p-value with three digits: '0.125', '5.61 × 10⁻⁶', 'n/a'."""
    if np.isnan(p):
        return "n/a"
    if p >= 0.001:
        return f"{p:.3f}"
    digits, exponent = f"{p:.2e}".split("e")
    return f"{digits} × 10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
