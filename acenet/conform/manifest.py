"""conform.json: what a conformed scan, or a warp of one, says of itself. It has one reader and one writer, here."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypedDict

from acenet.errors import InputError
from acenet.files.atomic import write_json
from acenet.files.checksums import sha256_of

NAME = "conform.json"
WARPED = "warped/"  # how records of warps of earlier versions name what was written


class ReadFile(TypedDict):
    """A raw file as it was when it was read: its path below the raw folder, and by what it is known again."""

    path: str
    bytes: int
    mtime_ns: int


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The content of conform.json.

    Attributes
    ----------
    subject
        Str The folder's name.
    grid
        Mapping Shape, voxel_mm and centre of the grid, as `acenet.imaging.grid.Grid` has them.
    affine
        List of 4 lists of 4 floats From the grid's voxels to RAS mm.
    protocols
        List of str Of the class maps beside it.
    mask
        Str or None Where the brain mask is from, in words.
    sha256
        Dict of str to str Of every file that was read, by its path below the raw folder; of a warp, of the volumes it
        was made from.
    written
        Dict of str to str SHA-256 of every volume beside it, by its name.
    read
        Dict of str to ReadFile The raw files by role: image, labels, mask.
    group
        Str or None Of the subject, where the data set has groups.
    centre, tool
        Str or None What the grid is centred on; what converted the image.
    grey_scale
        Mapping or None Grey levels of the raw image that became 0 and 255.
    voxels
        Dict of str to dict of str to int By protocol, the voxels of each class on the grid.
    label_voxels_lost, labels_outside_grid
        Int, float or None Labelled voxels outside the grid, and their share.
    labels_outside_mask
        Float or None Share of the labelled voxels outside the brain mask.
    head_outside_mask
        Float or None Voxels on the grid that are head and not brain, as a multiple of the brain mask's: about 0 of a
        stripped image.
    image_sha256
        Str or None Of the grey levels, the same for a scan that is stored in another type or order of axes.
    source_shape, source_affine
        List or None Of the raw image; the way back.
    notes
        List of str What was doubtful.
    warp
        Mapping or None Of a warp: atlas, target, mode and the settings of its registration.
    """

    subject: str
    grid: Mapping[str, Any]
    affine: list[list[float]]
    protocols: list[str]
    mask: str | None
    sha256: dict[str, str]
    written: dict[str, str]
    read: dict[str, ReadFile] = field(default_factory=dict)
    group: str | None = None
    centre: str | None = None
    tool: str | None = None
    grey_scale: Mapping[str, Any] | None = None
    voxels: dict[str, dict[str, int]] = field(default_factory=dict)
    label_voxels_lost: int | None = None
    labels_outside_grid: float | None = None
    labels_outside_mask: float | None = None
    head_outside_mask: float | None = None
    image_sha256: str | None = None
    source_shape: list[int] | None = None
    source_affine: list[list[float]] | None = None
    notes: list[str] = field(default_factory=list)
    warp: Mapping[str, Any] | None = None


REQUIRED = ("subject", "grid", "affine", "sha256")  # by every record that was ever written


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write conform.json into `folder`, whole or not at all."""
    write_json(folder / NAME, {one.name: getattr(manifest, one.name) for one in fields(Manifest)})


def read_manifest(folder: Path) -> Manifest:
    """conform.json in `folder`, also as earlier versions wrote it.

    Raises
    ------
    InputError
        It is empty, cut off or something else; with the remedy.
    OSError
        It cannot be read, or is not there.
    """
    path = folder / NAME
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if absent := [name for name in REQUIRED if name not in found]:
            raise ValueError(f"no {', '.join(absent)}")
        known = {one.name: found[one.name] for one in fields(Manifest) if one.name in found}
        known.setdefault("protocols", [])
        known.setdefault("mask", None)
        known.setdefault("written", {})
        for name in [name for name in known["sha256"] if name.startswith(WARPED)]:
            known["written"][name.removeprefix(WARPED)] = known["sha256"].pop(name)
        return Manifest(**known)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        what = "something else" if path.stat().st_size else "an empty file"
        logged = f" ({error})" if isinstance(error, ValueError) and str(error).startswith("no ") else ""
        advice = f"{what}{logged}: delete it and run the same command again"
        raise InputError(path, expected="the record of a conformed scan", found=advice) from None


def require_intact(folder: Path, names: Iterable[str]) -> None:
    """Compare volumes of a conformed scan, which are mapped and not read, with their SHA-256 before they are used.

    Files that conform.json does not know, as in folders of earlier versions, are left to the checks of their reader.

    Raises
    ------
    InputError
        A volume is missing, damaged or was changed.
    """
    written = read_manifest(folder).written
    for path in (folder / name for name in names if name in written):
        if not path.is_file():
            raise InputError(path, expected="a conformed volume", found="no such file")
        if (found := sha256_of(path)) != written[path.name]:
            raise InputError(
                path,
                expected=f"SHA-256 {written[path.name]}, as {NAME} says",
                found=f"{found}: it is damaged or was changed; delete it and run the same command again",
            )
