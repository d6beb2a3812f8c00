"""The list of all warps is made: each is judged by itself, and by what those onto the same target agree on."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from acenet.augmentation.consensus import Agreement, agreements
from acenet.augmentation.failures import failure
from acenet.augmentation.settings import Acceptance
from acenet.augmentation.warp_rows import WarpRow
from acenet.protocols import load_protocol

MEASURES = ("similarity", "folds", "jacobian_min")


def judge_target(
    warps: Sequence[Path], target: Path, acceptance: Acceptance, *, protocols: Sequence[str]
) -> list[WarpRow]:
    """Judge all warps onto one target: first each by itself, then those that pass by what they agree on."""
    rows = {folder: _alone(folder, acceptance, protocols) for folder in warps}
    standing = [folder for folder, row in rows.items() if row.accepted]
    if standing:
        coarse = min(protocols, key=lambda name: load_protocol(name).n_classes)
        found = agreements(standing, target, protocol=coarse, n_classes=load_protocol(coarse).n_classes)
        for folder, agreement in zip(standing, found, strict=True):
            rows[folder] = _together(rows[folder], agreement, acceptance)
    return list(rows.values())


def _alone(folder: Path, acceptance: Acceptance, protocols: Sequence[str]) -> WarpRow:
    """A pair judged by its own measures; the pair's names come from its folder where it failed."""
    if reason := failure(folder):
        atlas, _, target = folder.name.partition("_")
        return WarpRow(folder.name, atlas, target, accepted=False, reason=reason)
    measured = json.loads((folder / "warp.json").read_text(encoding="utf-8"))
    measured |= {name: math.nan for name, value in measured.items() if value is None}  # as JSON has it
    fine = max(protocols, key=lambda name: load_protocol(name).n_classes)
    names = {structure.index: structure.name for structure in load_protocol(fine).structures}
    lost, structures = measured["lost"][fine], measured["structures"][fine]
    reasons = _reasons(measured, lost=len(lost) / max(1, structures), acceptance=acceptance)
    return WarpRow(
        subject=measured["subject"],
        atlas=measured["atlas"],
        target=measured["target"],
        accepted=not reasons,
        reason="; ".join(reasons),
        lost=len(lost),
        structures=structures,
        lost_names=", ".join(names[i] for i in lost),
        **{name: measured[name] for name in ("similarity", "jacobian_min", "folds", "brain_ml", "seconds")},
    )


def _reasons(measured: Mapping[str, Any], *, lost: float, acceptance: Acceptance) -> list[str]:
    """What a warp's own measures have against it."""
    limits = acceptance
    if undefined := [name for name in MEASURES if math.isnan(measured[name])]:
        return [f"no value of {', '.join(undefined)}"]
    found = {
        f"similarity {measured['similarity']:.3f} below {limits.similarity}": measured["similarity"]
        < limits.similarity,
        f"folds in {measured['folds']:.3%} of the brain, more than {limits.folds:.3%}": measured["folds"]
        > limits.folds,
        f"smallest Jacobian {measured['jacobian_min']:.3f}, not above {limits.jacobian}": measured[
            "jacobian_min"
        ]
        <= limits.jacobian,
        f"{lost:.1%} of the structures lost, more than {limits.lost:.1%}": lost > limits.lost,
    }
    return [reason for reason, applies in found.items() if applies]


def _together(row: WarpRow, agreement: Agreement, acceptance: Acceptance) -> WarpRow:
    """A pair that passed alone, judged by the second opinion; an opinion that nobody has rejects nothing."""
    reasons = []
    if agreement.brain < acceptance.brain_dice:
        reasons.append(
            f"brain mask: Dice {agreement.brain:.3f} with the others, below {acceptance.brain_dice}"
        )
    if agreement.labels < acceptance.label_dice:
        reasons.append(f"labels: Dice {agreement.labels:.3f} with the others, below {acceptance.label_dice}")
    judged = {
        "accepted": not reasons,
        "reason": "; ".join(reasons),
        "opinions": agreement.opinions,
        "brain_dice": agreement.brain,
        "label_dice": agreement.labels,
    }
    return WarpRow(**{**asdict(row), **judged})
