"""A table of a data set of one's own: each structure's Dice with each network."""

import math
from collections.abc import Mapping
from os import PathLike

import pandas as pd

from acenet.files.atomic import replacing, write_text
from acenet.metrics.aggregate import structure_means, summarise_overlap
from acenet.protocols import Protocol
from acenet.report.markdown import MARKDOWN

ALL = "all structures"
BESIDE = (" std", " n", " std of trainings", " trainings")
"""Ends of the names of a training's further columns."""


def own_table(measured: Mapping[str, pd.DataFrame], protocol: Protocol) -> pd.DataFrame:
    """Mean Dice over seeds and test subjects: a row for each evaluated structure, a column for each training.

    `measured` are long tables by training id. The last row is over all structures, without the background, and
    has the spreads between subjects and between seeds in columns of their own. A structure of its name gets it a
    longer one.
    """
    names = {s.index: s.name for s in protocol.structures if s.evaluated}
    last = ALL
    while last in names.values():
        last = f"mean of {last}"
    table = pd.DataFrame({"structure": [*names.values(), last]})
    for training_id, long in measured.items():
        model = training_id.split("/")[1]
        means = structure_means(long, "dice", split="test", structures=list(names))
        summary = summarise_overlap(long, "dice", split="test", structures=list(names))
        table[model] = [*means.tolist(), summary.mean]
        blank = [float("nan")] * len(names)
        table[f"{model} std"] = [*blank, summary.std_between_subjects]
        table[f"{model} n"] = summary.n_subjects
        table[f"{model} std of trainings"] = [*blank, summary.std_between_trainings]
        table[f"{model} trainings"] = summary.n_trainings
    return table


def write_own_table(
    table: pd.DataFrame, csv: str | PathLike[str], markdown: str | PathLike[str], *, title: str
) -> None:
    """Write the table as CSV and, with three decimals and without the spreads, as Markdown."""
    with replacing(csv) as temporary:
        table.to_csv(temporary, index=False)
    models = [name for name in table.columns[1:] if not name.endswith(BESIDE)]
    last = table.iloc[-1]
    values = {
        "title": title,
        "models": [
            {
                "name": m,
                "n": f"{last[f'{m} n']:.0f}",
                "std": _number(last[f"{m} std"]),
                "trainings": int(last.get(f"{m} trainings", 1)),
                "std_of_trainings": _number(last.get(f"{m} std of trainings", math.nan)),
            }
            for m in models
        ],
        "rows": [
            (row["structure"], [_number(row[model]) for model in models]) for _, row in table.iterrows()
        ],
    }
    write_text(markdown, MARKDOWN.render("own.md.j2", values))


def _number(value: float) -> str:
    """Three decimals; n/a where there is nothing to average, or the spread of one subject."""
    return f"{value:.3f}" if math.isfinite(value) else "n/a"
