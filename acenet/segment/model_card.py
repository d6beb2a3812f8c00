"""The card of a trained model: what it is for, what it was made of, and how good it is, for people and programs."""

import shlex
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from acenet.errors import InputError
from acenet.files.atomic import write_json, write_text
from acenet.metrics.long_table import BRAIN_MASK, read_long_table, seeds_of
from acenet.models.released import RELEASED
from acenet.networks.parameters import count_parameters
from acenet.protocols import Protocol
from acenet.report.markdown import escape_line
from acenet.report.provenance import EMBEDDED
from acenet.report.rendering import Language
from acenet.segment.bids import described
from acenet.segment.segmenter import Segmenter

EMBEDDED_CAUTION = (
    "Trained on the embedded cohort: synthetic subjects, made from one published template. The model shows that the "
    "chain works and is not fit for the scans of people. It inherits the terms of that anatomy (ICBM 2009c: "
    "permissive with notice; Neuromorphometrics labels: CC BY-NC, non-commercial, provided by Neuromorphometrics, "
    "Inc. under academic subscription; FreeSurfer labels: EUPL-1.2). Its Dice indices are on synthetic subjects too "
    "and are not the papers' results."
)
RELEASED_CAUTION = (
    "A checkpoint released by the authors. Their README says that the demo checkpoints were trained on all 30 scans of "
    "MALC, those of the test set among them: a Dice index on scans of MALC is one on training scans and proves "
    "nothing. Measure it on other scans."
)
CAUTION = "The model inherits the terms of the data that it was trained on; see those before passing it on."
USE = (
    "For T1-weighted scans of adult heads, in research. Not a medical device: no diagnosis may rest on it. Scans that "
    "differ from those it was trained on (other contrasts, large lesions, children) may be segmented badly without "
    "any sign of it; look at each picture."
)
UNKNOWN = "unknown"
CENTRES = {"field": "field of view", "brain": "brain"}
PAGE = Language(escape_line)


def model_card(
    segmenter: Segmenter, measured: Path | None = None, *, preset: str = UNKNOWN, data: str = UNKNOWN
) -> dict[str, Any]:
    """The card of a model file as plain values.

    Parameters
    ----------
    measured
        Its long table, measured/{dataset}/{model}/seed{seed}.csv; without one there is no Dice index.
    preset
        The sizes of the run.
    data
        Where the training data came from, such as `embedded cohort`.

    Raises
    ------
    InputError
        The long table is of another training or seed, or lacks structures of the protocol.
    """
    held = segmenter.trained.card
    subjects = held.get("subjects", {})
    return {
        "model": segmenter.path.name,
        "sha256": segmenter.sha256,
        "training": segmenter.training,
        "protocol": {
            "name": segmenter.protocol.name,
            "structures": len(segmenter.protocol.structures),
            "evaluated": len(segmenter.protocol.evaluated),
        },
        "preset": preset,
        "data": data,
        "caution": caution(held, data),
        "use": USE,
        "grid": asdict(segmenter.grid),
        "network": {
            **asdict(segmenter.trained.settings),
            "parameters": count_parameters(segmenter.trained.network),
        },
        "settings": {k: v for k, v in held.get("settings", {}).items() if k not in ("training", "network")},
        "subjects": {part: len(ids) for part, ids in subjects.items()},
        "dice": _dice_of(measured, segmenter) if measured is not None else None,
        "versions": held.get("versions", {}),
        "device": held.get("device", UNKNOWN),
    }


def caution(held: Mapping[str, Any], data: str) -> str:
    """What to know before using or measuring a model, by what its file says and where its data came from."""
    if held.get("origin") == RELEASED:
        return RELEASED_CAUTION
    return EMBEDDED_CAUTION if EMBEDDED in data else CAUTION


def _dice_of(measured: Path, segmenter: Segmenter) -> dict[str, Any]:
    """Dice over the held-out scans: of each structure, and the mean over those that the tables count."""
    table = read_long_table(measured)
    trainings = sorted(set(table["dataset"] + "/" + table["model"]))
    if trainings != [segmenter.training]:
        raise InputError(
            measured, expected=f"measurements of {segmenter.training}", found=", ".join(trainings)
        )
    ours, seeds = segmenter.trained.card.get("settings", {}).get("seed"), seeds_of(table)
    if len(seeds) != 1 or ours not in (None, *seeds):
        expected = "measurements of one training" if ours is None else f"those of seed {ours}"
        raise InputError(measured, expected=expected, found=f"those of {', '.join(map(str, seeds))}")
    table = table[table["metric"] == "dice"]
    split = "test" if (table["split"] == "test").any() else "validation"
    values = table[table["split"] == split].pivot(index="subject", columns="structure", values="value")
    if lacking := {one.index for one in segmenter.protocol.structures} - set(values.columns):
        raise InputError(
            measured, expected="every structure of the protocol", found=f"none of {sorted(lacking)}"
        )
    structures = [
        {"name": one.name, "evaluated": one.evaluated, **_spread(values[one.index])}
        for one in segmenter.protocol.structures
    ]
    over_structures = values[list(segmenter.protocol.evaluated)].mean(axis=1)
    return {
        "split": split,
        "scans": len(values),
        "mean": _spread(over_structures),
        "brain_mask": _spread(values[BRAIN_MASK]) if BRAIN_MASK in values else None,
        "structures": structures,
    }


def _spread(values: "pd.Series[float]") -> dict[str, float | int | None]:
    """Mean, population standard deviation (None of one value) and least of the defined values, and their number."""
    defined = values.dropna().to_numpy()
    if not defined.size:
        return {"mean": None, "std": None, "least": None, "n": 0}
    mean, std, least = (round(float(f(defined)), 4) for f in (np.mean, np.std, np.min))
    return {"mean": mean, "std": std if defined.size > 1 else None, "least": least, "n": int(defined.size)}


def write_card(card: Mapping[str, Any], protocol: Protocol, *, markdown: Path, as_json: Path) -> None:
    """Write a card twice: for people and for programs.

    Raises
    ------
    InputError
        Where another model's card is.
    """
    ours, there = _whose(card), _whose(described(as_json, "model", "training") or card)
    if there != ours:
        raise InputError(as_json, expected=f"the card of {ours}, or another --out", found=f"that of {there}")
    write_text(markdown, to_markdown(card, protocol), errors="backslashreplace")
    write_json(as_json, card)


def _whose(card: Mapping[str, Any]) -> str:
    """Which model a card is of; trained again, it stays the same one."""
    return f"{card['model']} ({card['training']})"


def to_markdown(card: Mapping[str, Any], protocol: Protocol) -> str:
    """The card as a page."""
    values = {
        "card": card,
        "protocol": protocol,
        "centre": CENTRES[card["grid"]["centre"]],
        "file": shlex.quote(card["model"]),
        "released": card["caution"] == RELEASED_CAUTION,
        "unknown": UNKNOWN,
    }
    return PAGE.render("card.md.j2", values)
