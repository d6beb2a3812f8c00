"""What the papers conclude from their tables, as pairs of trainings of which the first is to be better."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from acenet.errors import InputError
from acenet.metrics.registry import find_metric
from acenet.papers.cells import load_cells
from acenet.papers.records import FOLDER
from acenet.papers.trainings import DATASETS, load_trainings

FIELDS = ("statement", "paper", "source", "metric", "datasets", "pairs", "note")


@dataclass(frozen=True)
class Contrast:
    """Two trainings on one data set; `better` is the one that the paper finds better.

    Attributes
    ----------
    table
        Of the claim's sources, the one that has both published values.
    published_better, published_worse
        None where the paper prints a text ('6 secs').
    """

    dataset: str
    better: str
    worse: str
    table: str
    published_better: float | None
    published_worse: float | None


@dataclass(frozen=True)
class Claim:
    """One conclusion of a paper; see the head of claims.yaml."""

    name: str
    statement: str
    paper: str
    metric: str
    note: str
    pairs: tuple[Contrast, ...]


@cache
def load_claims(path: Path = FOLDER / "claims.yaml") -> tuple[Claim, ...]:
    """All claims in the file's order.

    Raises
    ------
    InputError
        For a pair that the sources do not print.
    """
    with path.open(encoding="utf-8") as stream:
        entries: dict[str, dict[str, Any]] = yaml.safe_load(stream)
    return tuple(_claim(f"{path}: {name}", name, entry) for name, entry in entries.items())


def claims_of(datasets: Collection[str], claims: Sequence[Claim]) -> list[Claim]:
    """The claims with their comparisons on some data sets; those without any are left out."""
    narrowed = (
        replace(claim, pairs=tuple(pair for pair in claim.pairs if pair.dataset in datasets))
        for claim in claims
    )
    return [claim for claim in narrowed if claim.pairs]


def _claim(where: str, name: str, entry: dict[str, Any]) -> Claim:
    if set(entry) != set(FIELDS):
        raise InputError(where, expected=", ".join(FIELDS), found=", ".join(entry))
    if not find_metric(entry["metric"], where).measured:
        raise InputError(where, expected="a measure that long tables have", found=entry["metric"])
    if unknown := set(entry["datasets"]) - set(DATASETS):
        raise InputError(where, expected=f"data sets of {DATASETS}", found=str(sorted(unknown)))
    published = {
        (table, cell.training_id): cell.published_mean
        for table in entry["source"]
        for cell in load_cells(table)
        if cell.metric == entry["metric"] and cell.training_id and cell.direct
    }
    pairs = tuple(
        _pair(where, dataset, models, entry["source"], published)
        for dataset in entry["datasets"]
        for models in entry["pairs"]
    )
    return Claim(
        name=name,
        statement=entry["statement"],
        paper=entry["paper"],
        metric=entry["metric"],
        note=entry["note"],
        pairs=pairs,
    )


def _pair(
    where: str,
    dataset: str,
    models: list[str],
    source: list[str],
    published: Mapping[tuple[str, str], float | None],
) -> Contrast:
    ids = [f"{dataset}/{model}" for model in models]
    if len(ids) != 2 or ids[0] == ids[1]:
        raise InputError(where, expected="pairs of two trainings", found=str(models))
    if unknown := [one for one in ids if one not in load_trainings()]:
        raise InputError(where, expected="trainings of trainings.csv", found=", ".join(unknown))
    for table in source:
        if all((table, one) in published for one in ids):
            return Contrast(
                dataset, ids[0], ids[1], table, published[table, ids[0]], published[table, ids[1]]
            )
    raise InputError(where, expected=f"both values in one of {', '.join(source)}", found=" and ".join(ids))
