"""Builds the papers' tables from long tables: one row per cell, ours beside the published value.

A pure function of long tables, parameter counts and splits; nothing is measured here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypedDict

import pandas as pd

from acenet.errors import InputError
from acenet.metrics.aggregate import Summary, summarise
from acenet.metrics.long_table import seeds_of
from acenet.metrics.registry import COUNTED, SCAN, SPLIT, Metric, find_metric
from acenet.metrics.timing import hardware
from acenet.papers import Cell, Layout
from acenet.protocols import SOURCE_OF
from acenet.report.provenance import Provenance
from acenet.report.readings import Evaluated

LITERATURE_NOTE = "literature value, quoted by the paper and not measured here"
QUOTED_NOTE = "printed value, not measured here"
COUNTS = ("training_id", "parameters_all", "parameters_used")
"""Columns of a table of parameter counts."""

NAN = float("nan")


@dataclass(frozen=True)
class Ours:
    """Our readings of a cell, as columns; see `acenet.metrics.aggregate.Summary`. Parameters: all, and those used.

    A cell that was to be measured and has no value (no subject in that part, say) is all NaN with n_subjects 0.
    """

    ours_mean: float = NAN
    ours_std_pooled: float = NAN
    ours_std_between_subjects: float = NAN
    ours_std_between_trainings: float = NAN
    ours_mean_pooled: float = NAN
    ours_mean_with_background: float = NAN
    ours_std_with_background: float = NAN
    ours_directed_mean: float = NAN
    ours_directed_std_pooled: float = NAN
    ours_directed_std_between_subjects: float = NAN
    ours_directed_std_between_trainings: float = NAN
    ours_directed_mean_pooled: float = NAN
    ours_parameters_used: float = NAN
    n_trainings: float = NAN
    n_subjects: float = NAN
    n_structures: float = NAN
    n_missing: float = NAN
    n_empty: float = NAN
    ours_hardware: str = ""


class CellPlace(TypedDict):
    """Where a cell stands and what the paper prints there."""

    table: str
    paper: str
    dataset: str
    row: str
    column: str
    metric: str
    training_id: str
    published_mean: float
    published_std: float
    published_text: str
    literature: bool


WHOLE = ("n_trainings", "n_subjects", "n_structures", "n_missing", "n_empty")
COLUMNS = (
    *("table", "paper", "dataset", "row", "column", "metric", "training_id"),
    *(field.name for field in fields(Ours)),
    *("published_mean", "published_std", "published_text", "difference", "literature"),
    *("preset", "data", "grid", "version", "torch_version", "seed", "seeds", "note"),
)


def build_table(
    layout: Layout,
    cells: Sequence[Cell],
    long_tables: Mapping[str, pd.DataFrame],
    *,
    provenance: Provenance,
    counts: pd.DataFrame | None = None,
    splits: Mapping[str, Mapping[str, str]] | None = None,
    evaluated: Evaluated | None = None,
) -> pd.DataFrame:
    """One row per cell of `layout`, in the paper's order, with the columns `COLUMNS`.

    Parameters
    ----------
    cells
        Those of the table, from `acenet.papers.load_cells`.
    long_tables
        Training id -> its long table.
    counts
        Parameter counts with the columns `COUNTS`; needed by the tables that print parameters.
    splits
        Source -> part of each subject; needed by the tables that print numbers of subjects.
    evaluated
        Data set -> class indices that count; the protocols' by default.

    Raises
    ------
    InputError
        A cell whose training has no long table, whose network has no count, or whose source no split.
    """
    records = []
    for cell in cells:
        ours = _ours_of(cell, long_tables, counts=counts, splits=splits, evaluated=evaluated)
        compared = vars(ours)[find_metric(cell.metric).compared]
        place = _place(layout, cell)
        origin = {**vars(provenance), "seeds": provenance.trainings_seeds}
        values = {**place, **vars(ours), **origin, "note": _note(cell)}
        records.append({**values, "difference": compared - place["published_mean"]})
    table = pd.DataFrame(records, columns=list(COLUMNS))
    return table.astype(dict.fromkeys(WHOLE, "Int64"))


def _place(layout: Layout, cell: Cell) -> CellPlace:
    return CellPlace(
        table=cell.table,
        paper=layout.paper,
        dataset=cell.dataset,
        row=cell.row,
        column=cell.column,
        metric=cell.metric,
        training_id=cell.training_id or "",
        published_mean=NAN if cell.published_mean is None else cell.published_mean,
        published_std=NAN if cell.published_std is None else cell.published_std,
        published_text=cell.published_text,
        literature=not cell.direct,
    )


def _note(cell: Cell) -> str:
    notes = [cell.note] if cell.note else []
    if not cell.direct:
        notes.append(LITERATURE_NOTE)
    elif cell.training_id is None:
        notes.append(QUOTED_NOTE)
    return "; ".join(filter(None, (*notes, find_metric(cell.metric).note)))


def _ours_of(
    cell: Cell,
    long_tables: Mapping[str, pd.DataFrame],
    *,
    counts: pd.DataFrame | None,
    splits: Mapping[str, Mapping[str, str]] | None,
    evaluated: Evaluated | None,
) -> Ours:
    """Our readings of a cell; all NaN for a cell that is only quoted."""
    if cell.training_id is None:
        return Ours()
    metric = find_metric(cell.metric)
    if metric.source == COUNTED:
        return _count(cell, counts)
    if metric.source == SPLIT:
        return _subjects(cell, splits or {})
    where = f"{cell.table}, {cell.row}, {cell.column}"
    if cell.training_id not in long_tables:
        found = ", ".join(long_tables) or "none"
        raise InputError(where, expected=f"a long table of {cell.training_id}", found=found)
    table = long_tables[cell.training_id]
    if others := set(table["dataset"] + "/" + table["model"]) - {cell.training_id}:
        where = f"long table of {cell.training_id}"
        raise InputError(where, expected="its rows only", found=f"rows of {', '.join(sorted(others))}")
    dataset = cell.training_id.split("/")[0]
    return _readings(metric, table, dataset=dataset, evaluated=evaluated)


def _readings(metric: Metric, table: pd.DataFrame, *, dataset: str, evaluated: Evaluated | None) -> Ours:
    """The readings of one metric of the papers from a training's long table."""
    structures = metric.structures(dataset, evaluated)
    of_metric = (table["metric"] == metric.quantity) & (table["split"] == metric.split)
    rows = table[of_metric & table["structure"].isin(structures)]
    if rows.empty:
        return Ours(
            n_trainings=len(seeds_of(table)),
            n_subjects=0,
            n_structures=len(structures),
            n_missing=0,
            n_empty=0,
        )
    compared = summarise(table, metric, structures=structures)
    if metric.printed_first:
        return _ours(summarise(table, metric, structures=structures, quantity=metric.printed_first), compared)
    return replace(_ours(compared), ours_hardware=hardware(rows) if metric.rows == SCAN else "")


def _ours(summary: Summary, directed: Summary | None = None) -> Ours:
    return Ours(
        ours_mean=summary.mean,
        ours_std_pooled=summary.std_pooled,
        ours_std_between_subjects=summary.std_between_subjects,
        ours_std_between_trainings=summary.std_between_trainings,
        ours_mean_pooled=summary.mean_pooled,
        ours_mean_with_background=summary.mean_with_background,
        ours_std_with_background=summary.std_with_background,
        ours_directed_mean=directed.mean if directed else NAN,
        ours_directed_std_pooled=directed.std_pooled if directed else NAN,
        ours_directed_std_between_subjects=directed.std_between_subjects if directed else NAN,
        ours_directed_std_between_trainings=directed.std_between_trainings if directed else NAN,
        ours_directed_mean_pooled=directed.mean_pooled if directed else NAN,
        n_trainings=summary.n_trainings,
        n_subjects=summary.n_subjects,
        n_structures=summary.n_structures,
        n_missing=summary.n_missing,
        n_empty=summary.n_empty,
    )


def _count(cell: Cell, counts: pd.DataFrame | None) -> Ours:
    """All parameters and those used in the forward pass, of the cell's network."""
    where = f"{cell.table}, {cell.row}, {cell.column}"
    if counts is None or not set(COUNTS) <= set(counts.columns):
        found = "none" if counts is None else ", ".join(map(str, counts.columns))
        raise InputError(where, expected=f"parameter counts with columns {', '.join(COUNTS)}", found=found)
    rows = counts[counts["training_id"] == cell.training_id]
    if len(rows) != 1:
        found = f"{len(rows)} rows"
        raise InputError(where, expected=f"one parameter count of {cell.training_id}", found=found)
    row = rows.iloc[0]
    return Ours(ours_mean=float(row["parameters_all"]), ours_parameters_used=float(row["parameters_used"]))


def _subjects(cell: Cell, splits: Mapping[str, Mapping[str, str]]) -> Ours:
    """The number of subjects in a part of the split of the cell's data."""
    source = SOURCE_OF[cell.dataset]
    if source not in splits:
        where = f"{cell.table}, {cell.row}, {cell.column}"
        raise InputError(where, expected=f"the split of {source}", found=", ".join(splits) or "none")
    return Ours(ours_mean=float(list(splits[source].values()).count(find_metric(cell.metric).split)))
