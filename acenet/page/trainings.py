"""A page for each training: its model's card, its losses, its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acenet.errors import InputError
from acenet.files.atomic import write_text
from acenet.page.contents import Contents
from acenet.page.curves import HEIGHT, WIDTH, Curve, curves
from acenet.page.links import Links, address
from acenet.papers import Training, load_trainings
from acenet.plan import paths
from acenet.report.page import HTML
from acenet.segment.model_card import CENTRES, UNKNOWN, model_card
from acenet.segment.segmenter import load_segmenter


@dataclass(frozen=True)
class ShownTraining:
    """A row of the list of trainings: what it is with one of its seeds, what it took, where it is shown.

    Attributes
    ----------
    name
        Its model, with the seed where there are several.
    """

    training: Training
    name: str
    words: str
    curve: Curve
    record: Mapping[str, str]
    links: Links


def shown_trainings(contents: Contents) -> list[ShownTraining]:
    """The trainings that have a log, in the order of the list of all."""
    known = load_trainings()
    recorded = contents.records.get("trainings")
    rows = [] if recorded is None else recorded.to_dict("records")
    records = {(one["training"], str(one["seed"])): one for one in rows}
    return [
        ShownTraining(
            known[curve.training],
            _named(known[curve.training].model, curve.seed, contents),
            in_words(known[curve.training]),
            curve,
            {
                str(key): str(value)
                for key, value in records.get((curve.training, str(curve.seed)), {}).items()
            },
            Links.of(curve.training, contents, seed=curve.seed),
        )
        for curve in curves(contents.logs)
    ]


def _named(model: str, seed: int, contents: Contents) -> str:
    several = len({one for _, one in contents.logs}) > 1
    return f"{model}, seed {seed}" if several else model


def in_words(training: Training) -> str:
    """What is particular about a training."""
    parts = [
        training.arch,
        f"s = {training.s}" if training.s else "",
        "context encoder" if training.context_encoder else "",
        "skull branch" if training.skull else "",
        "class weights" if training.class_weights else "",
        "augmented" if training.augmented else "",
        {"single": "", "stage1": "first stage", "e2e": "end to end", "twostage": "two stages"}[
            training.strategy
        ],
    ]
    return ", ".join(filter(None, parts))


def write_training_pages(contents: Contents, shown: list[ShownTraining]) -> list[str]:
    """Write the pages; returns in words what is wrong with models that have none."""
    problems = []
    for one in shown:
        model = contents.directory / paths.model(one.training.id, one.curve.seed)
        if not model.is_file():
            continue
        try:
            _write(contents, one, model)
        except InputError as error:
            problems.append(str(error))
    return problems


def _write(contents: Contents, one: ShownTraining, model: Path) -> None:
    segmenter = load_segmenter(model)
    measured = contents.directory / paths.measured(one.training.id, one.curve.seed)
    preset, data = _origin(contents, one.training.id)
    card: dict[str, Any] = model_card(
        segmenter, measured if measured.is_file() else None, preset=preset, data=data
    )
    target = paths.training_page(one.training.id, one.curve.seed)
    values = {
        "card": card,
        "one": one,
        "protocol": segmenter.protocol,
        "centre": CENTRES[card["grid"]["centre"]],
        "unknown": UNKNOWN,
        "links": Links.of(one.training.id, contents, seed=one.curve.seed, start=target).links[1:],
        "home": address(paths.PAGE, target),
        "size": (WIDTH, HEIGHT),
    }
    write_text(contents.directory / target, HTML.render("training.html.j2", values))


def _origin(contents: Contents, training: str) -> tuple[str, str]:
    """Preset and data, as the tables say of those that show the training, or of its data set."""
    for wanted in (training, training.split("/")[0] + "/"):
        for table in contents.tables.values():
            rows = table[table["training_id"].str.startswith(wanted) & table["n_subjects"].notna()]
            if len(rows):
                return str(rows.iloc[0]["preset"]), str(rows.iloc[0]["data"])
    return UNKNOWN, UNKNOWN
