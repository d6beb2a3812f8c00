"""Networks of one or more finished runs side by side: mean Dice with intervals, seeds, and tests against a baseline.

    python -m tools.compare_networks RUN [RUN ...] --dataset malc27 [--baseline quicknatv2]

RUN is the working directory of a run (`--directory`). Trainings with several seeds, of one run or of several, give
the spread between seeds, and intervals over subjects and trainings; tests are over subjects, whose values are means
over the seeds. Prints Markdown.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from acenet.errors import InputError
from acenet.metrics.aggregate import subject_means_by_seed
from acenet.metrics.comparison import compare_overall
from acenet.metrics.crossed import crossed_interval
from acenet.metrics.long_table import read_long_tables, seeds_of
from acenet.papers import load_cells
from acenet.protocols import load_protocol

Tables = dict[str, pd.DataFrame]
HEAD = (
    "| Network | Seeds | Dice | 95 % interval | Each seed | Published, 1 mm "
    "| Against {} | 95 % interval | p, subjects | p, papers' test |"
)


def measured(folders: list[Path], dataset: str) -> Tables:
    """The long tables of a data set, by network: all seeds of all runs. Raises InputError for a seed in two runs."""
    found: Tables = {}
    for folder in folders:
        here = read_long_tables(sorted((folder / "results/measured" / dataset).glob("*/seed*.csv")))
        for training, table in here.items():
            model = training.split("/")[1]
            if twice := set(seeds_of(table)) & set(seeds_of(found[model]) if model in found else ()):
                raise InputError(
                    folder, expected="other seeds than those of other runs", found=f"{sorted(twice)}"
                )
            found[model] = pd.concat([found[model], table]) if model in found else table
    return found


def published(dataset: str) -> dict[str, float]:
    """The papers' own mean Dice of each network, from the first table that prints it."""
    found: dict[str, float] = {}
    for cell in load_cells():
        if cell.dataset == dataset and cell.metric == "dice" and cell.training_id and cell.published_mean:
            found.setdefault(cell.training_id.split("/")[1], cell.published_mean)
    return found


def row(name: str, tables: Tables, *, dataset: str, baseline: str) -> str:
    """One line of the table."""
    structures = [s.index for s in load_protocol(dataset).structures if s.evaluated]
    values = subject_means_by_seed(tables[name], "dice", split="test", structures=structures).to_numpy()
    interval, seeds = crossed_interval(values), values.mean(axis=1)
    printed = published(dataset).get(name)
    words = [name, str(len(seeds)), f"{np.mean(values):.3f}", f"{interval[0]:.3f} to {interval[1]:.3f}"]
    words += [
        f"{min(seeds):.3f} to {max(seeds):.3f}" if len(seeds) > 1 else "",
        f"{printed:.3f}" if printed else "",
    ]
    if name == baseline or baseline not in tables:
        return f"| {' | '.join([*words, '', '', '', ''])} |"
    found = compare_overall(tables[name], tables[baseline], structures=structures)
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
