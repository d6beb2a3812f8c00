"""A data set of one's own: a folder of images, one of labels, optionally one of brain masks.

`images/<subject>.nii.gz`, `labels/<subject>.nii.gz` and `masks/<subject>.nii.gz`; .nii, .mgz and .mgh do as well.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acenet.datasets.subject import Subject, in_order
from acenet.errors import InputError
from acenet.protocols import Protocol, parse_protocol
from acenet.protocols.tables import completed_table

LAYOUT = "images/<subject>.nii.gz, labels/<subject>.nii.gz and, if there are any, masks/<subject>.nii.gz"
SUFFIXES = (".nii.gz", ".nii", ".mgz", ".mgh")
NAME = re.compile(r"[a-z][a-z0-9]*")


@dataclass(frozen=True)
class OwnData:
    """An entry of `own` in the configuration.

    name : of the data set in results. root : its folder. protocol : table of its structures. like : the papers'
    data set whose trainings it takes, with `models` of that data set. split : file of one's own split, or None.
    freesurfer : subjects folder with brain masks, or None.
    """

    name: str
    root: str
    protocol: str
    like: str
    models: tuple[str, ...]
    split: str | None = None
    freesurfer: str | None = None


def own_data(entry: Mapping[str, Any], taken: Mapping[str, object]) -> OwnData:
    """An entry of the configuration as a record; InputError for names that are no name or are taken."""
    name = entry["name"]
    if not NAME.fullmatch(name) or name in taken:
        found = f"{name}, which is taken" if name in taken else name
        raise InputError("own, name", expected="small letters and digits, a name of its own", found=found)
    return OwnData(**{**entry, "models": tuple(entry["models"])})


def read_own_protocol(data: OwnData) -> Protocol:
    """The protocol of a data set of one's own, by its name."""
    return parse_protocol(data.name, completed_table(Path(data.protocol)))


def find(root: Path) -> list[Subject]:
    """All subjects under `root`; an image without labels or labels without an image are an error."""
    files = {role: _by_subject(root / role) for role in ("images", "labels", "masks")}
    unpaired = sorted(files["images"].keys() ^ files["labels"].keys())
    if unpaired:
        said = [f"{s} has no {'labels' if s in files['images'] else 'image'}" for s in unpaired]
        raise InputError(root, expected="labels for each image, and the reverse", found="; ".join(said))
    if spare := sorted(files["masks"].keys() - files["images"].keys()):
        raise InputError(root / "masks", expected="masks of the images", found=", ".join(spare))
    subjects = (
        Subject(
            id=subject,
            image=path.relative_to(root),
            labels=files["labels"][subject].relative_to(root),
            mask=files["masks"][subject].relative_to(root) if subject in files["masks"] else None,
            split=None,
            group=None,
        )
        for subject, path in files["images"].items()
    )
    return in_order(subjects, root, hint=LAYOUT)


def _by_subject(folder: Path) -> dict[str, Path]:
    """Image files of a folder by subject, which is their name without its ending."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*")):
        suffix = next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), None)
        if suffix is None or path.name.startswith("."):
            continue
        subject = path.name.removesuffix(suffix)
        if subject in found:
            raise InputError(path, expected="one file for each subject", found=f"also {found[subject].name}")
        found[subject] = path
    return found
