"""One row for each value that the papers' authors measured: theirs, ours, and how sure ours is.

Ours is what the tables print; the intervals are over subjects and trainings, of the mean of the subjects' means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from acenet.metrics.aggregate import subject_means_by_seed
from acenet.metrics.comparison import compare_overall
from acenet.metrics.crossed import complete, crossed_interval
from acenet.metrics.registry import COMPARED, COUNTED, find_metric
from acenet.metrics.statistics import UNDEFINED, Interval, bootstrap_interval
from acenet.papers import Cell, load_layouts
from acenet.report.readings import Evaluated

KEY = ("dataset", "row", "column", "metric")
COUNTS = ("n_trainings", "n_subjects", "n_structures", "n_missing")
MEASURED = "measured"
NO_VALUE = "no subject with a value"
QUOTED = "printed in the paper, not measured here"
NAN = float("nan")

LongTables = Mapping[str, pd.DataFrame]
SummaryRow = dict[Any, Any]
CellKey = tuple[Any, ...]


@dataclass(frozen=True)
class Origin:
    """What the numbers were made from.

    Attributes
    ----------
    preset
        The sizes of the run.
    data
        Data set -> 'embedded cohort' or 'licensed data'.
    """

    preset: str
    data: Mapping[str, str]

    def of(self, dataset: str) -> SummaryRow:
        """The columns `preset` and `data` of a row of one data set; '' without one."""
        if not dataset:
            return {"preset": "", "data": ""}
        return {"preset": self.preset, "data": self.data[dataset]}


def build_summary(
    cells: Sequence[Cell],
    tables: Mapping[str, pd.DataFrame],
    long_tables: LongTables,
    *,
    origin: Origin,
    unavailable: Mapping[str, str],
    evaluated: Evaluated | None = None,
) -> pd.DataFrame:
    """One row per direct cell of `cells`, in their order; what could not be measured has a `status` that says why.

    Parameters
    ----------
    tables
        The tables of `acenet.report.build_table` by name.
    long_tables
        Training id -> its long table.
    unavailable
        Why each of the other tables was not built.

    Notes
    -----
    Columns: where the cell stands and what is printed there; `ours` (in the reading that the difference is of),
    `ours_std`, `ours_std_between_trainings`, `difference` (ours less the published mean); `ci_low` and `ci_high`, 95 %
    interval over subjects and trainings (of one training, t interval over subjects); `bootstrap_low` and
    `bootstrap_high`, by bootstrap over subjects alone; `n_trainings`, `n_subjects`, `n_structures`, `n_missing`;
    `status`, `preset`, `data`, `note`.
    """
    built = {
        name: {tuple(record[key] for key in KEY): record for record in table.to_dict("records")}
        for name, table in tables.items()
    }
    rows = [
        _row(cell, built, long_tables, origin=origin, unavailable=unavailable, evaluated=evaluated)
        for cell in cells
        if cell.direct
    ]
    return pd.DataFrame(rows).astype(dict.fromkeys(COUNTS, "Int64"))


def _row(
    cell: Cell,
    built: Mapping[str, Mapping[CellKey, SummaryRow]],
    long_tables: LongTables,
    *,
    origin: Origin,
    unavailable: Mapping[str, str],
    evaluated: Evaluated | None,
) -> SummaryRow:
    place: SummaryRow = {
        "table": cell.table,
        "paper": _paper(cell.table),
        "dataset": cell.dataset,
        "row": cell.row,
        "column": cell.column,
        "metric": cell.metric,
        "training_id": cell.training_id or "",
        "against_id": cell.against_id or "",
        "published_mean": NAN if cell.published_mean is None else cell.published_mean,
        "published_std": NAN if cell.published_std is None else cell.published_std,
        "published_text": cell.published_text,
    }
    source = find_metric(cell.metric).source
    if cell.table in built:
        ours = _of_table(cell, built[cell.table], long_tables, evaluated)
    elif source == COMPARED and cell.training_id and cell.against_id:
        ours = _of_comparison(cell, (cell.training_id, cell.against_id), long_tables, evaluated)
    else:
        ours = _without(unavailable.get(cell.table, QUOTED))
    made_from = origin.of("" if source == COUNTED or ours["status"] == QUOTED else cell.dataset)
    difference = {"difference": ours["ours"] - place["published_mean"]}
    return {**place, **ours, **difference, **made_from, "note": cell.note}


def _of_table(
    cell: Cell, table: Mapping[CellKey, SummaryRow], long_tables: LongTables, evaluated: Evaluated | None
) -> SummaryRow:
    """What a built table prints for a cell, with the intervals over subjects."""
    if cell.training_id is None:
        return _without(QUOTED)
    printed = table[tuple(getattr(cell, key) for key in KEY)]
    metric = find_metric(cell.metric)
    ours, std = float(printed[metric.compared]), float(printed[metric.compared_spread])
    interval, bootstrap = UNDEFINED, UNDEFINED
    between = float(printed[metric.compared_spread_of_trainings]) if metric.measured else NAN
    if metric.measured and cell.training_id in long_tables:
        values = subject_means_by_seed(
            long_tables[cell.training_id],
            metric.quantity,
            split=metric.split,
            structures=metric.structures(cell.dataset, evaluated),
        ).to_numpy()
        if values.size:
            (of_subjects,) = (one.mean(axis=0) for one in complete(values))
            interval, bootstrap = crossed_interval(values), bootstrap_interval(of_subjects)
    counts = {name: pd.NA if pd.isna(printed[name]) else int(printed[name]) for name in COUNTS}
    status = {"status": NO_VALUE if ours != ours else MEASURED}
    return _ours(ours, std, interval, bootstrap, between=between) | counts | status


def _of_comparison(
    cell: Cell, ids: tuple[str, str], long_tables: LongTables, evaluated: Evaluated | None
) -> SummaryRow:
    """A value that the papers' texts print of one training against another.

    p_value: the papers' overall test, without an interval. pct_improvement: of ACEnet, in per cent of ours, with
    our mean taken as fixed in the interval; of FFCE, in points.
    """
    if missing := [one for one in ids if one not in long_tables]:
        return _without(f"no long table of {', '.join(missing)}")
    structures = find_metric("dice").structures(cell.dataset, evaluated)
    found = compare_overall(*(long_tables[one] for one in ids), structures=structures)
    counts = {name: getattr(found, name) for name in COUNTS[1:]} | {
        "n_trainings": min(found.n_trainings_ours, found.n_trainings_baseline)
    }
    value, interval = found.p_paper_structures, UNDEFINED
    if cell.metric == "pct_improvement":
        per_point = 100 / (found.mean_ours if cell.table == "text" else 1.0)
        value = found.difference_subjects * per_point
        interval = Interval(found.ci_low * per_point, found.ci_high * per_point)
    return (
        _ours(value, NAN, interval, UNDEFINED) | counts | {"status": NO_VALUE if value != value else MEASURED}
    )


def _without(status: str) -> SummaryRow:
    return _ours(NAN, NAN, UNDEFINED, UNDEFINED) | dict.fromkeys(COUNTS, pd.NA) | {"status": status}


def _ours(
    mean: float, std: float, interval: Interval, bootstrap: Interval, *, between: float = NAN
) -> SummaryRow:
    return {
        "ours": mean,
        "ours_std": std,
        "ours_std_between_trainings": between,
        "difference": NAN,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "bootstrap_low": bootstrap.low,
        "bootstrap_high": bootstrap.high,
    }


def _paper(table: str) -> str:
    layouts = load_layouts()
    return layouts[table].paper if table in layouts else {"text": "ACEnet", "ffce_text": "FFCE"}[table]
