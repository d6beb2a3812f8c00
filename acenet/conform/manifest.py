"""Volumes are compared with their SHA-256 before they are used again: a changed one would give another result.

conform.json keeps those of a conformed scan, which are mapped, not read; segmented.json those of class maps.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from acenet.errors import InputError
from acenet.files.atomic import write_json
from acenet.files.checksums import sha256_of

RECORD = "conform.json"
SEGMENTED = "segmented.json"
WARPED = "warped/"  # how a warp's record names what it wrote


def emptied(results: Path, kinds: Iterable[str]) -> list[Path]:
    """Files without content among results of some kinds, by path: what a full or failing disk, or a person, emptied.

    No step leaves an empty file, so each counts as one that is not there. Hidden files are not looked at.
    """
    found = (path for kind in kinds for path in (results / kind).rglob("*") if not path.name.startswith("."))
    return sorted(path for path in found if path.is_file() and not path.stat().st_size)


def digests_of(paths: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of each file, by its name."""
    return {path.name: sha256_of(path) for path in paths}


def read_record(folder: Path) -> dict[str, Any]:
    """conform.json of a conformed scan. Raises InputError, with the remedy, for one that is empty or cut off."""
    path = folder / RECORD
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        what = "something else" if path.stat().st_size else "an empty file"
        advice = f"{what}: delete it and run the same command again"
        raise InputError(path, expected="the record of a conformed scan", found=advice) from None
    return found


def require_intact(folder: Path, names: Iterable[str]) -> None:
    """Raise InputError unless these files of a conformed subject are as they were written, bit by bit.

    Files that the record does not know, as in folders of earlier versions, are left to the checks of the
    reader.
    """
    manifest = read_record(folder)
    warped = {name: digest for name, digest in manifest.get("sha256", {}).items() if name.startswith(WARPED)}
    recorded = {name.removeprefix(WARPED): digest for name, digest in warped.items()} | manifest.get(
        "written", {}
    )
    for path in (folder / name for name in names if name in recorded):
        if not path.is_file():
            raise InputError(path, expected="a conformed volume", found="no such file")
        if (found := sha256_of(path)) != recorded[path.name]:
            raise InputError(
                path,
                expected=f"SHA-256 {recorded[path.name]}, as {RECORD} says",
                found=f"{found}: it is damaged or was changed; delete it and run the same command again",
            )


def record_segmented(folder: Path) -> None:
    """Keep the SHA-256 of all class maps and masks in a folder of segmentations."""
    write_json(folder / SEGMENTED, digests_of(sorted(folder.glob("*.nii.gz"))))


def require_segmented(folder: Path) -> None:
    """Raise InputError unless the segmentations in a folder are as they were written; older ones have no record."""
    path = folder / SEGMENTED
    if not path.exists():
        return
    remedy = f"delete the folder {folder} and run the same command again"
    try:
        recorded: dict[str, str] = dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        raise InputError(
            path, expected="the record of segmentations", found=f"something else: {remedy}"
        ) from None
    for name, digest in recorded.items():
        found = sha256_of(folder / name) if (folder / name).is_file() else "no such file"
        if found != digest:
            said = found if found == "no such file" else f"{found}: it is damaged or was changed"
            raise InputError(
                folder / name, expected=f"SHA-256 {digest}, as {SEGMENTED} says", found=f"{said}; {remedy}"
            )
