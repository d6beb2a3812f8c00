"""The figures of both papers and our own, as data: what each shows and which trainings it needs."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from acenet.errors import InputError
from acenet.papers.cells import load_layouts, trainings_of
from acenet.papers.records import FOLDER
from acenet.papers.trainings import DATASETS, get_training, load_trainings

KINDS = ("maps", "overlays", "boxes", "dots", "curves", "forest")
HEMISPHERES = ("L", "R")
FIELDS = ("paper", "number", "kind", "title", "methods", "panels", "notes")
PANEL_FIELDS = ("dataset", "title", "structures", "hemisphere", "zoom")


@dataclass(frozen=True)
class Method:
    """One of the methods that a figure shows: its name in the figure and its training."""

    name: str
    training_id: str


@dataclass(frozen=True)
class Panel:
    """One part of a figure.

    Attributes
    ----------
    methods
        In the figure's order, the compared method first; empty for figures of kinds dots and curves.
    structures
        Names in the data set's protocol, in the order drawn; empty for all that count.
    hemisphere
        'L' or 'R' for that side's structures only; '' for all.
    zoom
        Names of the structures to show enlarged; empty for none.
    """

    dataset: str
    title: str
    methods: tuple[Method, ...]
    structures: tuple[str, ...]
    hemisphere: str
    zoom: tuple[str, ...]


@dataclass(frozen=True)
class FigurePlan:
    """What one figure shows; see the head of figures.yaml.

    Attributes
    ----------
    figure
        'figure04', 'ffce_figure03', 'dots_table08', ...: the name of its files.
    paper, number
        As printed; '' for a figure of our own.
    table
        Of kind dots, the table whose values it shows; else ''.
    """

    figure: str
    paper: str
    number: str
    kind: str
    title: str
    panels: tuple[Panel, ...]
    notes: tuple[str, ...]
    table: str = ""


@cache
def load_figures(path: Path = FOLDER / "figures.yaml") -> dict[str, FigurePlan]:
    """All figures by name, in the file's order; raises InputError on an inconsistent entry."""
    with path.open(encoding="utf-8") as stream:
        entries: dict[str, dict[str, Any]] = yaml.safe_load(stream)
    figures: dict[str, FigurePlan] = {}
    for pattern, entry in entries.items():
        for plan in _plans(f"{path}: {pattern}", pattern, entry):
            if plan.figure in figures:
                raise InputError(path, expected="each figure once", found=f"{plan.figure} again")
            figures[plan.figure] = plan
    return figures


def get_figure(figure: str) -> FigurePlan:
    """The figure of that name; InputError where there is none."""
    figures = load_figures()
    if figure not in figures:
        raise InputError("figure", expected=f"one of {', '.join(figures)}", found=repr(figure))
    return figures[figure]


def of_datasets(plan: FigurePlan, datasets: Collection[str]) -> FigurePlan:
    """The figure with its panels of some data sets alone; of kind dots, which a table fills, as it is."""
    return replace(plan, panels=tuple(panel for panel in plan.panels if panel.dataset in datasets))


def trainings_shown(plan: FigurePlan) -> list[str]:
    """Ids of the trainings a figure shows, each once, in its order; of kind curves, all of its data set."""
    if plan.kind == "dots":
        return trainings_of(plan.table)
    if plan.kind == "curves":
        datasets = {panel.dataset for panel in plan.panels}
        return [training.id for training in load_trainings().values() if training.dataset in datasets]
    ids = (method.training_id for panel in plan.panels for method in panel.methods)
    return list(dict.fromkeys(ids))


def _plans(where: str, pattern: str, entry: dict[str, Any]) -> list[FigurePlan]:
    """The figures of one entry: one, or one for each table or data set that its name's {} stands for."""
    if unknown := set(entry) - set(FIELDS):
        raise InputError(where, expected=f"fields of {', '.join(FIELDS)}", found=", ".join(sorted(unknown)))
    if entry.get("kind") not in KINDS or not entry.get("title"):
        found = f"{entry.get('kind')!r}, {entry.get('title')!r}"
        raise InputError(where, expected=f"a kind of {', '.join(KINDS)} and a title", found=found)
    if "{table}" in pattern:
        return [_plan(where, pattern.format(table=table), entry, [], table=table) for table in load_layouts()]
    if "{dataset}" in pattern:
        return [_plan(where, pattern.format(dataset=name), entry, [{"dataset": name}]) for name in DATASETS]
    return [_plan(where, pattern, entry, entry.get("panels", []))]


def _plan(
    where: str, figure: str, entry: dict[str, Any], panels: list[dict[str, Any]], *, table: str = ""
) -> FigurePlan:
    if not panels and not table:
        raise InputError(where, expected="at least one panel", found="none")
    return FigurePlan(
        figure=figure,
        paper=entry.get("paper", ""),
        number=entry.get("number", ""),
        kind=entry["kind"],
        title=entry["title"],
        panels=tuple(_panel(where, panel, entry.get("methods", {})) for panel in panels),
        notes=tuple(entry.get("notes", ())),
        table=table,
    )


def _panel(where: str, entry: dict[str, Any], methods: dict[str, str]) -> Panel:
    if unknown := set(entry) - set(PANEL_FIELDS):
        expected = f"fields of {', '.join(PANEL_FIELDS)}"
        raise InputError(where, expected=expected, found=", ".join(sorted(unknown)))
    if entry.get("dataset") not in DATASETS or entry.get("hemisphere", "") not in ("", *HEMISPHERES):
        found = f"{entry.get('dataset')!r}, {entry.get('hemisphere')!r}"
        raise InputError(where, expected=f"a data set of {', '.join(DATASETS)}; L, R or none", found=found)
    dataset = entry["dataset"]
    return Panel(
        dataset=dataset,
        title=entry.get("title", ""),
        methods=tuple(Method(name, get_training(f"{dataset}/{model}").id) for name, model in methods.items()),
        structures=tuple(entry.get("structures", ())),
        hemisphere=entry.get("hemisphere", ""),
        zoom=tuple(entry.get("zoom", ())),
    )
