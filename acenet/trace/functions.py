"""The functions that compute a cell, by file and line; found from the functions themselves, not from a list."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import acenet
from acenet.conform.subject import conform_subject
from acenet.inference.subjects import predict_subjects
from acenet.inference.volume import segment_volume
from acenet.metrics.aggregate import SUMMARIES
from acenet.metrics.evaluate import evaluate_subject
from acenet.metrics.long_table import read_long_table
from acenet.metrics.measures import MEASURES
from acenet.metrics.registry import COUNTED, SCAN, find_metric
from acenet.metrics.timing import time_rows
from acenet.networks import build_network
from acenet.networks.parameters import count_parameters, used_parameters
from acenet.papers import Cell, get_training
from acenet.papers.sizes import Sizes, network_settings
from acenet.report.arrange import cell_text
from acenet.report.tables import build_table
from acenet.training.run import run_training

ROOT = Path(acenet.__file__).parents[1]
SMALL = Sizes(filters=4, kernel=3, patch=16)
"""A network of any size is of the same class."""


@dataclass(frozen=True)
class TracedFunction:
    """Where a function or class is defined: its part in the cell, qualified name, file below `ROOT`, first line."""

    what: str
    name: str
    file: str
    line: int


def functions_behind(cell: Cell) -> list[TracedFunction]:
    """What computes a cell, from the table's text back to the conformed scans; nothing for a value only quoted."""
    if cell.training_id is None:
        return []
    metric = find_metric(cell.metric)
    found: list[tuple[str, Any]] = [("text", cell_text), ("table", build_table)]
    if metric.source == COUNTED:
        counts = [("count", count_parameters), ("count", used_parameters)]
        return [_traced(*one) for one in (*found, *counts, ("network", network_class(cell.training_id)))]
    if not metric.measured:
        return [_traced(*one) for one in found]
    found += [("long table", read_long_table), ("summary", SUMMARIES[metric.summary])]
    if metric.rows == SCAN:
        found.append(("metric", time_rows))
    else:
        quantities = filter(None, (metric.quantity, metric.printed_first))
        found += [*(("metric", MEASURES[one]) for one in quantities), ("measuring", evaluate_subject)]
    found += [
        ("prediction", predict_subjects),
        ("prediction", segment_volume),
        ("network", network_class(cell.training_id)),
        ("training", run_training),
        ("conform", conform_subject),
    ]
    return [_traced(*one) for one in found]


def network_class(training_id: str) -> type:
    """The class of a training's network."""
    settings = network_settings(get_training(training_id), SMALL)
    return type(build_network(replace(settings, n_classes=2)))


def _traced(what: str, function: Callable[..., Any]) -> TracedFunction:
    """Where a function or class starts, below its decorators' names."""
    plain = inspect.unwrap(function)
    file = Path(inspect.getsourcefile(plain) or "").resolve()
    shown = file.relative_to(ROOT.resolve()) if file.is_relative_to(ROOT.resolve()) else file
    return TracedFunction(what, plain.__qualname__, shown.as_posix(), inspect.getsourcelines(plain)[1])
