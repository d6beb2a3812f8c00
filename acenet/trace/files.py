"""The files behind a cell, from the table back to the logs, and what each of them says of it."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

import acenet
from acenet.errors import InputError
from acenet.metrics.long_table import read_long_tables
from acenet.metrics.registry import COUNTED, SPLIT, find_metric
from acenet.models.model_file import read_card
from acenet.networks import NETWORKS
from acenet.papers import Cell, Layout, get_training, requirements
from acenet.plan import paths
from acenet.protocols import SOURCE_OF
from acenet.report import Provenance, build_table, read_table_csv
from acenet.report.arrange import CellText, cell_text
from acenet.system.code_digest import code_digest
from acenet.system.versions import code_version

SCRIPT = Path(acenet.__file__).parents[1] / "workflow_scripts" / "train.py"
"""Of rule train: what it computes is the code behind a model."""
KEYS, FACTS = ("dataset", "row", "column", "metric"), ("preset", "data", "grid", "version", "torch_version")
MADE_IN_TURN = ("table", "measured", "predicted", "model", "first stage")
NOWHERE = Provenance("", "", "", "")


@dataclass(frozen=True)
class TracedFile:
    """One step of the way.

    Attributes
    ----------
    what
        Its part in it, in a word.
    path
        Below the working directory.
    exists
        Whether it is there.
    facts
        What it says of the cell, a line each.
    seed
        Of the training that it is of; None for what all seeds have in common.
    """

    what: str
    path: str
    exists: bool
    facts: tuple[str, ...] = ()
    seed: int | None = None


def printed(cell: Cell, layout: Layout, directory: Path) -> tuple[CellText, str] | None:
    """What the table's CSV file has for the cell, and where it says that its numbers come from; None without a file."""
    path = directory / paths.table(layout.table, "csv")
    if not path.is_file():
        return None
    table = read_table_csv(path)
    keys = {key: getattr(cell, key) for key in KEYS}
    if lacking := [name for name in (*KEYS, *FACTS, "seed") if name not in table]:
        raise InputError(path, expected="a table of results", found=f"one without {', '.join(lacking)}")
    rows = [one for one in table.to_dict("records") if all(one[key] == value for key, value in keys.items())]
    if len(rows) != 1:
        return None
    preset, data, grid, version, torch_version = (
        "" if pd.isna(rows[0][name]) else str(rows[0][name]) for name in FACTS
    )
    seeds = _numbers(rows[0].get("seeds", ""))
    provenance = Provenance(preset, data, grid, version, torch_version, int(rows[0]["seed"]), seeds)
    return cell_text(rows[0]), " ".join(filter(None, (provenance.sentence, provenance.warning)))


def files_behind(cell: Cell, layout: Layout, directory: Path) -> list[TracedFile]:
    """The files behind a cell; those that are not made yet are among them, without facts.

    Raises
    ------
    InputError
        A file is there and is not what it should be.
    """
    files = [_seen(directory, *one) for one in _chain(cell, layout, directory)]
    older = {
        one.path: f"older than {before.path}: made of another one?"
        for seed in {one.seed for one in files}
        for one, before in itertools.pairwise(_made_in_turn(files, seed))
        if _changed(directory / one.path) < _changed(directory / before.path)
    }
    return [replace(one, facts=(*one.facts, older[one.path])) if one.path in older else one for one in files]


def _made_in_turn(files: list[TracedFile], seed: int | None) -> list[TracedFile]:
    """The files of one seed that are there, each made of the next one."""
    return [one for one in files if one.what in MADE_IN_TURN and one.exists and one.seed in (None, seed)]


def seeds_behind(training: str, layout: Layout, directory: Path) -> tuple[int, ...]:
    """The seeds that a table says its trainings had; without a table, those with results; without any, the first."""
    path = directory / paths.table(layout.table, "csv")
    if path.is_file() and (told := set(read_table_csv(path).get("seeds", ()))):
        return _numbers(told.pop())
    found = {
        int(name)
        for kind in ("measured", "trained")
        for one in (directory / "results" / kind / training).glob("seed*")
        if (name := one.name.removeprefix("seed").removesuffix(".csv")).isdigit()
    }
    return tuple(sorted(found)) or (1,)


def _numbers(text: str) -> tuple[int, ...]:
    """'1, 2, 3' as numbers."""
    return tuple(int(part) for part in text.split(",") if part.strip().isdigit())


def _changed(path: Path) -> float:
    """When a file was last written; of a folder, the last one in it."""
    return (
        max((one.stat().st_mtime for one in path.iterdir()), default=0.0)
        if path.is_dir()
        else path.stat().st_mtime
    )


def _chain(cell: Cell, layout: Layout, directory: Path) -> Iterator[tuple[str, str, str, int | None]]:
    """(what, path, training and seed that the file is of) of each file, from the table backwards."""
    yield "table", paths.table(layout.table, "csv"), "", None
    training, source = cell.training_id, find_metric(cell.metric).source
    if training is None:
        return
    if source == COUNTED:
        yield "counted", paths.PARAMETERS, "", None
        yield "log", paths.PARAMETERS_LOG, "", None
        return
    if source == SPLIT:
        yield "split", paths.split(SOURCE_OF[cell.dataset]), "", None
        return
    for number, seed in enumerate(seeds_behind(training, layout, directory)):
        yield "measured", paths.measured(training, seed), training, seed
        yield "predicted", paths.predicted(training, seed), training, seed
        if number == 0:
            yield "split", paths.split(SOURCE_OF[training.split("/")[0]]), "", None
        for one in (training, *reversed(requirements(training))):
            yield "model" if one == training else "first stage", paths.model(one, seed), one, seed
            yield "losses", paths.training_log(one, seed), one, seed
            yield "log", paths.job_log("train", one, seed), "", seed
        for rule in ("predict", "measure"):
            yield "log", paths.job_log(rule, training, seed), "", seed
    yield "log", paths.table_log(layout.table), "", None


def _seen(directory: Path, what: str, path: str, training: str, seed: int | None) -> TracedFile:
    where = directory / path
    if not where.exists():
        return TracedFile(what, path, exists=False, seed=seed)
    facts: tuple[str, ...] = ()
    if what == "predicted":
        facts = (f"class maps: {len(list(where.glob('*_classes.nii.gz')))}",)
    elif what in ("model", "first stage"):
        facts = tuple(_card(where, training, seed))
    elif what == "losses":
        facts = (f"epochs: {_epochs(where)}",)
    return TracedFile(what, path, exists=True, facts=facts, seed=seed)


def _epochs(path: Path) -> int:
    try:
        return len(pd.read_csv(path))
    except (OSError, ValueError) as error:  # of pandas, too
        raise InputError(path, expected="a log of epochs", found=" ".join(str(error).split())) from error


def _card(path: Path, training: str, seed: int | None) -> Iterator[str]:
    """What a model's card says of how it was made."""
    card = read_card(path)
    versions, settings = card.get("versions", {}), card.get("settings", {})
    if (of := settings.get("training", "an unknown training")) != training:
        yield f"of {of}, not of this training"
    elif (of_seed := settings.get("seed")) not in (None, seed):
        yield f"of seed {of_seed}, not of this one"
    yield f"commit {versions.get('commit', 'unknown')}, code {versions.get('code', 'unknown')}"
    names = ("acenet", "python", "torch")
    yield "packages " + (
        versions.get("packages") or ", ".join(f"{one} {versions[one]}" for one in names if one in versions)
    )
    subjects = ", ".join(f"{len(ids)} {part}" for part, ids in card.get("subjects", {}).items())
    yield f"seed {settings.get('seed', 'unknown')}, subjects: {subjects or 'unknown'}"
    if same := _trained_by_this_code(versions, training):
        yield same


def _trained_by_this_code(versions: Mapping[str, str], training: str) -> str:
    """Whether the functions of a training are those of this checkout, in words; '' where that cannot be known."""
    ours = code_version()
    if (
        not SCRIPT.is_file() or "code" not in versions
    ):  # installed without the workflow, or imported from elsewhere
        known = versions.get("commit", "")
        return f"made by another commit than this, {ours}" if known and known != str(ours) else ""
    network = NETWORKS[get_training(training).arch].module
    if code_digest(SCRIPT, frozenset([network])).code == versions["code"]:
        return "trained by the same code as is here"
    return f"trained by other code than is here (commit {ours}): functions may have changed since"


def measured_again(cell: Cell, layout: Layout, directory: Path) -> tuple[CellText, str] | None:
    """What the long table gives for the cell, and which of its rows that is of; None where no long table is behind."""
    metric = find_metric(cell.metric)
    if not cell.measured or cell.training_id is None:
        return None
    seeds = seeds_behind(cell.training_id, layout, directory)
    files = [directory / paths.measured(cell.training_id, seed) for seed in seeds]
    if not all(path.is_file() for path in files):
        return None
    long = read_long_tables(files)
    (row,) = build_table(layout, [cell], long, provenance=NOWHERE).to_dict("records")
    quantities = " and ".join(filter(None, (metric.printed_first, metric.quantity)))
    counted = f"{row['n_subjects']} subjects x {row['n_structures']}"
    if len(seeds) > 1:
        counted = f"{len(seeds)} trainings x {counted}"
    which = f"metric {quantities}, split {metric.split}, {counted} {metric.rows}"
    return cell_text(row), which
