"""conform.json of conformed scans that tests make up."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from acenet.conform.manifest import Manifest, write_manifest

GRID = {"shape": [16, 16, 16], "voxel_mm": 1.0, "centre": "field"}
IDENTITY = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]


def manifest(subject: str, **changes: Any) -> Manifest:
    """What a conformed scan says of itself, as little as it may, with `changes`."""
    plain = Manifest(
        subject=subject, grid=GRID, affine=IDENTITY, protocols=[], mask=None, sha256={}, written={}
    )
    return replace(plain, **changes)


def write_for(folder: Path, **changes: Any) -> None:
    """Write conform.json into the folder of a made-up scan."""
    write_manifest(folder, manifest(folder.name, **changes))
