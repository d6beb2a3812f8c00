"""Footnotes on what a table's means are of: subjects and structures, and those that could not be measured."""

from collections.abc import Iterable

import pandas as pd

from acenet.metrics.registry import find_metric
from acenet.papers import Layout
from acenet.report.labels import DATA_NAMES, Record, column_label, row_labels


def subjects_and_structures(table: pd.DataFrame) -> list[str]:
    """Numbers of subjects and structures of each data set and split; the trainings by name where they differ."""
    numbers: dict[tuple[str, str], dict[str, set[str]]] = {}
    for record in _of_structures(table):
        dataset, model = record["training_id"].split("/")
        split = find_metric(record["metric"]).split
        n = record["n_subjects"]
        text = f"{n} {split} subject{'s' if n > 1 else ''} × {record['n_structures']} structures"
        numbers.setdefault((dataset, split), {}).setdefault(text, set()).add(model)
    parts = [
        f"{DATA_NAMES[dataset]}: "
        + ", ".join(
            text if len(models) == 1 else f"{text} ({', '.join(sorted(names))})"
            for text, names in models.items()
        )
        for (dataset, _), models in numbers.items()
    ]
    return ["; ".join(parts) + "."] if parts else []


def absent_structures(table: pd.DataFrame, layout: Layout) -> list[str]:
    """How many structures one of the two maps lacks, per data set and split: the range over trainings."""
    counts: dict[tuple[str, str], dict[str, Record]] = {}
    for record in _of_structures(table):
        split = find_metric(record["metric"]).split
        of_trainings = counts.setdefault((record["training_id"].split("/")[0], split), {})
        of_trainings.setdefault(record["training_id"], record)  # its Dice index, which each table has first
    if not counts:
        return []
    lines = [
        f"{DATA_NAMES[dataset]}{' (validation)' if split == 'validation' else ''}: {text}"
        for (dataset, split), of_trainings in counts.items()
        if (text := _absent(dataset, list(of_trainings.values()), layout))
    ]
    if not lines:
        return ["Every structure is in the reference and in the prediction of every subject."]
    return [
        "Structures that the reference or the prediction lacks (of each cell in the CSV file, n_empty): "
        + "; ".join(lines)
        + "."
    ]


def _absent(dataset: str, records: list[Record], layout: Layout) -> str:
    """The range of counts over the trainings of one data set; '' where none lacks a structure."""
    lacking = sorted((r for r in records if r["n_empty"]), key=lambda record: int(record["n_empty"]))
    if not lacking:
        return ""
    most, counts = lacking[-1], _range(int(record["n_empty"]) for record in lacking)
    whole = most["n_trainings"] * most["n_subjects"] * most["n_structures"]
    text = f"{counts} of {whole} in {len(lacking)} of {len(records)} networks"
    if " to " in counts:
        text += f", most in {_place(most, layout).removeprefix(DATA_NAMES[dataset] + ', ')}"
    overlaps = [r for r in lacking if not find_metric(r["metric"]).undefined_if_missed]
    left_out = [int(record["n_missing"]) for record in overlaps]
    return text + (f", {_range(left_out)} of them in neither and left out" if any(left_out) else "")


def without_values(table: pd.DataFrame, layout: Layout) -> list[str]:
    """The places of which nothing was measured, or nothing was defined."""
    empty = [record for record in _measured(table) if pd.isna(record["ours_mean"])]
    if not empty:
        return []
    return [f"n/a, no subject with a value: {'; '.join(_place(record, layout) for record in empty)}."]


def _place(record: Record, layout: Layout) -> str:
    """Row and column of a value, in words."""
    return ", ".join((*row_labels(record, layout), column_label(record, layout)))


def _measured(table: pd.DataFrame) -> list[Record]:
    """The rows that were to be measured."""
    return list(table[table["n_subjects"].notna()].to_dict("records"))


def _of_structures(table: pd.DataFrame) -> list[Record]:
    """Of these the means over structures, of at least one subject."""
    return [r for r in _measured(table) if r["n_subjects"] > 0 and find_metric(r["metric"]).of_structures]


def _range(counts: Iterable[int]) -> str:
    numbers = sorted(counts)
    return f"{numbers[0]}" if numbers[0] == numbers[-1] else f"{numbers[0]} to {numbers[-1]}"
