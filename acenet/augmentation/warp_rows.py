"""Rows of the list of all warps: which are trained on, which are left out, and why."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from acenet.errors import InputError
from acenet.files.atomic import replacing

NAN = float("nan")


@dataclass(frozen=True)
class WarpRow:
    """One pair in the manifest; numbers are NaN where a pair has none.

    Attributes
    ----------
    subject
        Its folder.
    accepted
        Whether it is trained on; else `reason` says why not.
    lost
        Structures of the finest protocol that the warp lost.
    opinions
        Number of other warps behind the two Dice values.
    """

    subject: str
    atlas: str
    target: str
    accepted: bool
    reason: str
    similarity: float = NAN
    jacobian_min: float = NAN
    folds: float = NAN
    brain_ml: float = NAN
    structures: float = NAN
    lost: float = NAN
    lost_names: str = ""
    opinions: float = NAN
    brain_dice: float = NAN
    label_dice: float = NAN
    seconds: float = NAN


COLUMNS = tuple(field.name for field in fields(WarpRow))


def write_rows(rows: Sequence[WarpRow], path: Path) -> None:
    """Rows as CSV, in their order."""
    _write(({name: _cell(value) for name, value in asdict(row).items()} for row in rows), path)


def join(parts: Sequence[Path], path: Path) -> None:
    """The rows of several such files in one."""
    _write((row for part in parts for row in read_warp_rows(part)), path)


def _write(rows: Iterable[Mapping[str, str]], path: Path) -> None:
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _cell(value: bool | float | str) -> str:
    """yes or no; a number with five digits, nothing for NaN; text as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return "" if value != value else f"{value:.5g}"


def read_warp_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a manifest as text, by column.

    Raises
    ------
    InputError
        For another table.
    """
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise InputError(path, expected=f"columns {', '.join(COLUMNS)}", found=f"{reader.fieldnames}")
        return list(reader)


def accepted_folders(path: Path) -> list[Path]:
    """Folders, beside the manifest, of the warps to train on."""
    return [path.parent / row["subject"] for row in read_warp_rows(path) if row["accepted"] == "yes"]


def summary(path: Path) -> str:
    """How many warps of a manifest are trained on, for notes and captions; no full stop."""
    rows = read_warp_rows(path)
    accepted = sum(row["accepted"] == "yes" for row in rows)
    atlases, targets = len({row["atlas"] for row in rows}), len({row["target"] for row in rows})
    left_out = len(rows) - accepted
    rest = f"{left_out} left out by the checks of quality" if left_out else "none left out"
    return f"{accepted} of {len(rows)} warps ({atlases} training scans onto {targets} targets) used, {rest}"
