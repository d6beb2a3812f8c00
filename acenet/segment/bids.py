"""BIDS datasets as input: where their root is, and which of their images are T1-weighted scans."""

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from acenet.segment.folders import Entry, Kind, absolute, walk
from acenet.segment.image_names import PACKED, PAIRS, SUFFIXES, Verdict, bids_verdict, ending_of, stem_of

DESCRIPTION = "dataset_description.json"
ANY = (*SUFFIXES, *PAIRS, *PACKED)
NOT_RAW = ("derivatives", "sourcedata", "code", "stimuli", "phenotype")


@dataclass
class Images:
    """Of a dataset or a part of it: T1-weighted images, what looks like one and why it is not taken, and the rest."""

    taken: list[Path] = field(default_factory=list)
    missed: dict[Path, str] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    unseen: list[str] = field(default_factory=list)

    @property
    def passed(self) -> str:
        """What is left out on purpose, in words."""
        images = [f"{number} {what}" for what, number in sorted(self.others.items())]
        return ", ".join(images + [f"all in {name}" for name in self.unseen])


def described(path: Path, *keys: str) -> dict[str, object] | None:
    """The content of a JSON file that holds an object with these keys; None for anything else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and all(key in content for key in keys) else None


def is_derivative(root: Path) -> bool:
    """Whether a dataset's description says that it is made of another."""
    return str((described(root / DESCRIPTION) or {}).get("DatasetType", "raw")).lower() == "derivative"


def dataset_around(place: Path) -> Path | None:
    """The root of the dataset that a path is, or is a part of; None outside of one.

    Folders of a dataset that hold no subjects of its own (derivatives, sourcedata, ...) are no part in this sense.
    """
    whole = absolute(place)
    for root in (whole, *whole.parents):
        if os.path.lexists(root / DESCRIPTION):  # content that git-annex has not fetched is one, too
            part = whole.relative_to(root).parts
            return root if not part or part[0].startswith("sub-") else None
    return None


def search(place: Path, root: Path) -> Images:
    """The images in `place`, which is the dataset's root or lies in it."""
    found = Images()

    def below(path: Path) -> Path:
        return absolute(path).relative_to(root)

    def enter(folder: Entry) -> bool:
        """Subjects, and what may be subjects of almost BIDS names; no other datasets, and no links to elsewhere."""
        part = below(folder.path)
        if part.parts[0].startswith("sub-"):
            return True
        if part.parts[0] in NOT_RAW or (folder.path / DESCRIPTION).is_file():
            if part.parts[0] not in ("code", "stimuli", "phenotype"):
                found.unseen.append(f"{part.as_posix()}/")
            return False
        return not folder.is_link

    for entry in walk(place, enter):
        _sort(entry, below(entry.path), found)
    read = {(path.parent, stem_of(path.name)) for path in found.taken}
    found.missed = {
        path: why for path, why in found.missed.items() if (path.parent, stem_of(path.name, ANY)) not in read
    }
    return found


def _sort(entry: Entry, part: Path, found: Images) -> None:
    """One file, or folder that cannot be opened, to where it belongs."""
    ending = ending_of(part.name, ANY)
    if entry.kind in (Kind.CLOSED, Kind.LOOP, Kind.GONE) and not ending:
        if _may_hold_scans(part):
            found.missed[entry.path] = entry.reason
        elif entry.kind is not Kind.GONE:
            found.unseen.append(f"{part.as_posix()} ({entry.reason})")
        return
    if not ending or ending.lower().startswith(".hdr"):
        return
    native = ending.lower() in (".nii", ".nii.gz")
    verdict, why = bids_verdict(part if native else part.with_name(f"{stem_of(part.name, ANY)}.nii"))
    if verdict is Verdict.OTHER:
        if why:
            found.others[why] += 1
    elif entry.kind is not Kind.FILE:
        found.missed[entry.path] = entry.reason
    elif not native:
        found.missed[entry.path] = (
            f"ends in {ending}; images of a BIDS dataset are .nii or .nii.gz: convert it"
        )
    elif verdict is Verdict.ALMOST:
        found.missed[entry.path] = why
    else:
        found.taken.append(entry.path)


def _may_hold_scans(part: Path) -> bool:
    """Whether a folder that cannot be seen would hold scans, by its name: the dataset, a subject, a session, anat."""
    named = part.name.startswith(("sub-", "ses-")) and not part.suffix
    return not part.parts or named or part.name == "anat"
