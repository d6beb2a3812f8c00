"""The list of trainings behind the papers' tables, and what each of them starts from."""

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from acenet.errors import InputError
from acenet.papers.records import FOLDER, read_records, yes_no

DATASETS = ("malc27", "malc133", "schizbull32", "mindboggle62")
STRATEGIES = ("single", "stage1", "e2e", "twostage")
LONG = "long"
"""The strategy of a control of equal budget: trained once, for the epochs of both stages."""


@dataclass(frozen=True)
class Training:
    """One training of one network on one data set; the numbers are the papers' (ACEnet section F, FFCE 4.2).

    Attributes
    ----------
    id
        `{dataset}/{model}`, the two wildcards of every workflow rule behind a training.
    out_channels
        Classes including the background.
    arch
        Name of the network's builder.
    s
        Neighbouring slices on each side: '' (the network's own input), '0' to '9', or '0s5' (both encoders).
    strategy
        'single' and 'stage1' train once; 'e2e' trains all modules at once for twice the epochs; 'twostage' continues
        from `init_from`. Controls (`acenet.papers.controls`) have one of their own.
    augmented
        Trained on the warped ADNI scans too.
    lr
        Initial learning rate of the poly schedule.
    batch
        Slices per step; None where the paper prints none ("all GPU memory").
    init_from
        Id of the training whose weights this one starts with.
    """

    id: str
    dataset: str
    model: str
    out_channels: int
    arch: str
    s: str
    context_encoder: bool
    class_weights: bool
    skull: bool
    strategy: str
    augmented: bool
    epochs: int
    lr: float
    batch: int | None
    init_from: str | None
    note: str


COLUMNS = tuple(field.name for field in fields(Training) if field.name not in ("dataset", "model"))


@cache
def load_trainings(path: Path = FOLDER / "trainings.csv") -> dict[str, Training]:
    """All trainings by id, in the file's order.

    Raises
    ------
    InputError
        On an inconsistent row.
    """
    trainings: dict[str, Training] = {}
    for where, row in read_records(path, COLUMNS):
        training = _parse(where, row)
        if training.id in trainings:
            raise InputError(where, expected="each id once", found=f"{training.id} again")
        trainings[training.id] = training
    for training in trainings.values():
        _check(path, training, trainings)
    return trainings


def requirements(training_id: str, trainings: dict[str, Training] | None = None) -> list[str]:
    """Ids of the trainings that must exist before `training_id`, first one first; without itself."""
    known = load_trainings() if trainings is None else trainings
    chain: list[str] = []
    start = get_training(training_id, known).init_from
    while start is not None:
        if start in chain or start == training_id:
            raise InputError(training_id, expected="a chain of init_from with an end", found=f"{start} twice")
        chain.append(start)
        start = get_training(start, known).init_from
    return chain[::-1]


def get_training(training_id: str, trainings: dict[str, Training] | None = None) -> Training:
    """The training of that id; InputError names close ids where there is none."""
    known = load_trainings() if trainings is None else trainings
    if training_id not in known:
        from difflib import get_close_matches

        close = ", ".join(get_close_matches(training_id, known)) or "one of trainings.csv"
        raise InputError("training id", expected=close, found=repr(training_id))
    return known[training_id]


def _parse(where: str, row: dict[str, str]) -> Training:
    dataset, slash, model = row["id"].partition("/")
    if dataset not in DATASETS or not slash or not model or "/" in model:
        raise InputError(
            where, expected=f"an id {{dataset}}/{{model}}, dataset one of {DATASETS}", found=row["id"]
        )
    try:
        return Training(
            id=row["id"],
            dataset=dataset,
            model=model,
            out_channels=int(row["out_channels"]),
            arch=row["arch"],
            s=row["s"],
            context_encoder=yes_no(where, row["context_encoder"]),
            class_weights=yes_no(where, row["class_weights"]),
            skull=yes_no(where, row["skull"]),
            strategy=row["strategy"],
            augmented=yes_no(where, row["augmented"]),
            epochs=int(row["epochs"]),
            lr=float(row["lr"]),
            batch=int(row["batch"]) if row["batch"] else None,
            init_from=row["init_from"] or None,
            note=row["note"],
        )
    except InputError:
        raise
    except ValueError as error:
        raise InputError(
            where, expected="numbers in out_channels, epochs, lr and batch", found=str(error)
        ) from error


def _check(path: Path, training: Training, trainings: dict[str, Training]) -> None:
    """What one row must fulfil in view of the others."""
    where = f"{path}: {training.id}"
    if training.strategy not in STRATEGIES:
        raise InputError(where, expected=f"strategy one of {STRATEGIES}", found=training.strategy)
    if training.s not in ("", "0s5") and not training.s.isdigit():
        raise InputError(where, expected="s empty, a number or 0s5", found=training.s)
    if (training.strategy == "twostage") != (training.init_from is not None):
        raise InputError(
            where, expected="init_from exactly where the strategy is twostage", found=str(training.init_from)
        )
    classes = {other.out_channels for other in trainings.values() if other.dataset == training.dataset}
    if len(classes) > 1:
        raise InputError(where, expected="one out_channels per data set", found=str(sorted(classes)))
    if training.init_from is None:
        return
    if training.init_from not in trainings:
        raise InputError(where, expected="init_from among the ids", found=training.init_from)
    start = trainings[training.init_from]
    same = ("dataset", "arch", "s", "context_encoder", "class_weights", "augmented")
    if differing := [name for name in same if getattr(start, name) != getattr(training, name)]:
        raise InputError(where, expected=f"the {', '.join(differing)} of its init_from", found="others")
    requirements(training.id, trainings)
