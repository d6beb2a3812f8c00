"""Segmentations are measured and drawn as they were written, or not at all: segmented.json keeps their SHA-256."""

import json
from pathlib import Path

from acenet.errors import InputError
from acenet.files.atomic import write_json
from acenet.files.checksums import digests_of, sha256_of

SEGMENTED = "segmented.json"


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
