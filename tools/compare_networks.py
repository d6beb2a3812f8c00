"""Networks of one or more finished runs side by side: mean Dice with intervals, seeds, and tests against a baseline.

    python -m tools.compare_networks RUN [RUN ...] --dataset malc27 [--baseline quicknatv2]

RUN is the working directory of a run (`--directory`). Runs that differ in their seed give the spread between
seeds; intervals and tests are over subjects, whose values are averaged over the runs first. Prints Markdown.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd

from acenet.metrics.aggregate import subject_means
from acenet.metrics.comparison import compare_overall
from acenet.metrics.long_table import read_long_table
from acenet.metrics.statistics import t_interval
from acenet.papers import load_cells
from acenet.protocols import load_protocol

Runs = dict[str, list[pd.DataFrame]]
HEAD = (
    "| Network | Runs | Dice | 95 % interval | Seeds | Published, 1 mm "
    "| Against {} | 95 % interval | p, subjects | p, papers' test |"
)


def measured(folders: list[Path], dataset: str) -> Runs:
    """The long tables of a data set, by network: one for each run that has it."""
    found: Runs = defaultdict(list)
    for folder in folders:
        for path in sorted((folder / "results/measured" / dataset).glob("*.csv")):
            found[path.stem].append(read_long_table(path))
    return found


def averaged(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """One long table whose values are the means over several; one run's gaps are the others' means."""
    first = tables[0].copy()
    keys = ["subject", "split", "structure", "metric"]
    means = pd.concat(tables).groupby(keys)["value"].mean()
    first["value"] = means.reindex(pd.MultiIndex.from_frame(first[keys])).to_numpy()
    return first


def published(dataset: str) -> dict[str, float]:
    """The papers' own mean Dice of each network, from the first table that prints it."""
    found: dict[str, float] = {}
    for cell in load_cells():
        if cell.dataset == dataset and cell.metric == "dice" and cell.training_id and cell.published_mean:
            found.setdefault(cell.training_id.split("/")[1], cell.published_mean)
    return found


def row(name: str, tables: Runs, *, dataset: str, baseline: str) -> str:
    """One line of the table."""
    structures = [s.index for s in load_protocol(dataset).structures if s.evaluated]
    ours = averaged(tables[name])
    per_subject = subject_means(ours, "dice", split="test", structures=structures)
    interval = t_interval(per_subject)
    seeds = [
        float(np.mean(subject_means(t, "dice", split="test", structures=structures))) for t in tables[name]
    ]
    printed = published(dataset).get(name)
    words = [name, str(len(seeds)), f"{np.mean(per_subject):.3f}", f"{interval[0]:.3f} to {interval[1]:.3f}"]
    words += [
        f"{min(seeds):.3f} to {max(seeds):.3f}" if len(seeds) > 1 else "",
        f"{printed:.3f}" if printed else "",
    ]
    if name == baseline or baseline not in tables:
        return f"| {' | '.join([*words, '', '', '', ''])} |"
    found = compare_overall(ours, averaged(tables[baseline]), structures=structures)
    words += [f"{found.difference_subjects:+.3f}", f"{found.ci_low:+.3f} to {found.ci_high:+.3f}"]
    words += [f"{found.p_subjects:.2g}", f"{found.p_paper_structures:.2g}"]
    return f"| {' | '.join(words)} |"


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--dataset", default="malc27")
    parser.add_argument("--baseline", default="quicknatv2")
    given = parser.parse_args()
    tables = measured(given.runs, given.dataset)
    print(HEAD.format(given.baseline))
    print("|" + " --- |" * HEAD.count(" | ") + " --- |")
    for name in sorted(tables):
        print(row(name, tables, dataset=given.dataset, baseline=given.baseline))


if __name__ == "__main__":
    main()
