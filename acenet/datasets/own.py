"""A data set of one's own: a folder of images, one of labels, optionally one of brain masks.

`images/<subject>.nii.gz`, `labels/<subject>.nii.gz` and `masks/<subject>.nii.gz`; .nii, .mgz and .mgh do as well, in
whatever case.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from acenet.datasets.listing import entries, images_in, shown, some
from acenet.datasets.subject import Subject, in_order
from acenet.errors import InputError
from acenet.protocols import Protocol, parse_protocol
from acenet.protocols.tables import completed_table

LAYOUT = "images/<subject>.nii.gz, labels/<subject>.nii.gz and, if there are any, masks/<subject>.nii.gz"
ROLES = ("images", "labels", "masks")
NAME = re.compile(r"[a-z][a-z0-9]*")
LONGEST_NAME = 100
RESERVED = frozenset(  # files and folders of results, and targets: a data set called so would be one of them
    (
        *("image", "images", "brainmask", "mask", "masks", "labels", "classes", "conform", "parameters"),
        *(
            "raw",
            "downloads",
            "unpacked",
            "conformed",
            "splits",
            "protocols",
            "registered",
            "warped",
            "checkpoints",
        ),
        *(
            "trained",
            "predicted",
            "measured",
            "tables",
            "figures",
            "page",
            "provenance",
            "logs",
            "benchmarks",
            "results",
        ),
        *(
            "all",
            "own",
            "cards",
            "summary",
            "claims",
            "controls",
            "manifest",
            "targets",
            "embedded",
            "download",
            "heads",
        ),
    )
)


@dataclass(frozen=True)
class OwnData:
    """An entry of `own` in the configuration.

    Attributes
    ----------
    name
        Of the data set in results.
    root
        Its folder.
    protocol
        Table of its structures.
    like
        The papers' data set whose trainings it takes, with `models` of that data set.
    split
        File of one's own split, or None.
    freesurfer
        Subjects folder with brain masks, or None.
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
    if name in taken or name in RESERVED:
        used = "taken" if name in taken else f"taken by the layout of results; my{name}, perhaps"
        raise InputError("config, own, name", expected="a name of its own", found=f"{name}, which is {used}")
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        wanted = f"small letters and digits, at most {LONGEST_NAME}, the first a letter"
        raise InputError("config, own, name", expected=wanted, found=shown(name) or "nothing")
    return OwnData(**{**entry, "models": tuple(entry["models"])})


def read_own_protocol(data: OwnData) -> Protocol:
    """The protocol of a data set of one's own, by its name."""
    return parse_protocol(data.name, completed_table(Path(data.protocol)))


def find(root: Path) -> list[Subject]:
    """All subjects under `root`, sorted by id.

    Raises
    ------
    InputError
        For an image without labels, labels or masks without an image, and whatever looks like a scan and is not read:
        nothing is left out in silence.
    """
    files = {role: _images(root, role) for role in ROLES}
    if unpaired := sorted(files["images"].keys() ^ files["labels"].keys()):
        absent = next((root / role for role in ("images", "labels") if not (root / role).is_dir()), None)
        if absent is not None:
            raise InputError(
                absent, expected="a folder of images", found=f"nothing there; in {root} lie {_inside(root)}"
            )
        said = [_unpaired(s, files["images"], files["labels"]) for s in unpaired]
        raise InputError(
            root, expected="labels for each image, and the reverse", found=some(said, separator="; ")
        )
    if spare := sorted(files["masks"].keys() - files["images"].keys()):
        raise InputError(root / "masks", expected="masks of the images", found=some(map(shown, spare)))
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


def _images(root: Path, role: str) -> dict[str, Path]:
    """The images of one role by subject; none where the folder is not there, which may be so of masks."""
    folder = root / role
    if os.path.lexists(folder):
        return images_in(folder)
    alike = (path.name for path in (entries(root) if root.is_dir() else ()))
    if near := [name for name in alike if name.casefold() in (role, role.removesuffix("s"))]:
        raise InputError(root, expected=f"a folder called {role}", found=f"one called {near[0]}")
    return {}


def _inside(root: Path) -> str:
    return some(shown(path.name) for path in entries(root))


def _unpaired(subject: str, images: Mapping[str, Path], labels: Mapping[str, Path]) -> str:
    """Who has what not, and a file whose name is almost that."""
    lacks, others = (
        ("labels", labels.keys() - images.keys())
        if subject in images
        else ("image", images.keys() - labels.keys())
    )
    no = "no " + lacks
    near = [other for other in sorted(others) if other.casefold().startswith(subject.casefold())]
    near += get_close_matches(subject, sorted(others), 1, 0.9)
    return f"{shown(subject)} has {no}" + (f" ({near[0]} has, and names must be equal)" if near else "")
