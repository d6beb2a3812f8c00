"""2012 MALC (MICCAI 2012 Grand Challenge on Multi-Atlas Labelling): the challenge's own folders and lists.

Access: a public copy (`malc_public`), or neuromorphometrics.com, registration. Scans of OASIS; labels by
Neuromorphometrics, Inc., CC BY-NC.
The papers use 15 training and 15 test scans; the second scans of five test persons are left out.
"""

import csv
import functools
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from os import PathLike
from pathlib import Path
from types import MappingProxyType

from acenet.datasets.listing import files_in, folders, warn_of_others, without_suffix
from acenet.datasets.subject import Subject, below, files_of, in_order, layout_base, present
from acenet.datasets.traits import FieldOfView, Stray, Traits
from acenet.errors import InputError

logger = logging.getLogger(__name__)

LAYOUT = "{training,testing}-images/NNNN_3.nii.gz and {training,testing}-labels/NNNN_3_glm.nii.gz"
FOLDERS = MappingProxyType({"train": "training", "test": "testing"})
PATTERNS = tuple(f"{folder}-*/*_3*.[nN][iI][iI]*" for folder in FOLDERS.values())
ARCHIVES_WITHIN = ("*.zip", "*.tar", "*.tar.gz", "*.tgz")

ACCESS = """\
A public copy of 2012 MALC, cropped, is fetched by data.malc: download; its files lie in inst/extdata of
https://github.com/muschellij2/malf.templates (version 1.2.0). For the challenge's own release ask
http://www.neuromorphometrics.com/2012_MICCAI_Challenge_Data.html (registration; labels by Neuromorphometrics, Inc.,
under CC BY-NC; scans of OASIS). Put its folders training-images, training-labels, testing-images and testing-labels,
or the archive they come in, into a folder of your own and set data.malc to it."""


UNKNOWN_LENGTH = 300  # slices, where nobody has said how many

TRAITS = Traits(
    white_level=1400.0,
    origin="corner",
    strays=(
        Stray(
            42, 30, 200, side=1, by_volume=True
        ),  # right and left cerebral exterior, official but not evaluated:
        Stray(43, 30, 200, side=-1, by_volume=True),  # scattered over the hemisphere
        Stray(15, 1, 20),  # and ids that no structure has
        Stray(65, 1, 20),
        Stray(66, 1, 20),
    ),
)


@functools.cache
def _scans() -> tuple[Mapping[str, str], ...]:
    """The challenge's 35 scans: scan, split, oasis_subject, sex, age, and slices from back to front."""
    text = resources.files("acenet.datasets").joinpath("malc_subjects.tsv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines(), delimiter="\t"))


@functools.cache
def official_split() -> Mapping[str, str]:
    """Scan id -> train, test or rescan, of the challenge's 35 scans."""
    return {row["scan"]: row["split"] for row in _scans()}


def raw_subject(subject_id: str, *, group: str | None = None, split: str | None = None) -> Subject:
    """The files of one scan such as 1000; the split is the official one unless another is asked for."""
    listed = split or official_split().get(subject_id, "no list")
    if listed not in FOLDERS:
        raise InputError(
            f"MALC subject {subject_id}", expected="a scan of the official lists", found=f"{listed}"
        )
    folder = FOLDERS[listed]
    return Subject(
        id=subject_id,
        image=Path(f"{folder}-images/{subject_id}_3.nii.gz"),
        labels=Path(f"{folder}-labels/{subject_id}_3_glm.nii.gz"),
        mask=Path(f"{folder}-masks/{subject_id}_3_brainmask.nii.gz"),
        split=listed,
        group=group,
    )


def find(root: Path) -> list[Subject]:
    """All listed scans under `root`, the re-scans of five test persons left out.

    Raises
    ------
    InputError
        For unpaired files, and for scans of no list or of the wrong folder.
    """
    base = layout_base(root, PATTERNS)
    found: list[Subject] = []
    for folder_split, folder in FOLDERS.items():
        scans: set[str] = set()
        for kind, ending in (("images", "_3"), ("labels", "_3_glm")):
            stems = {without_suffix(path.name): path for path in files_in(base / f"{folder}-{kind}")}
            scans |= {stem.removesuffix(ending) for stem in stems if stem.endswith(ending)}
        for scan in sorted(scans):
            if (listed := official_split().get(scan)) == "rescan":
                logger.info(
                    "MALC %s is the second scan of a test person and is left out, as in the papers", scan
                )
                continue
            if listed != folder_split:
                raise InputError(
                    base / f"{folder}-images/{scan}_3.nii.gz",
                    expected=f"a scan of the official {folder_split} list",
                    found=f"one of {listed or 'no list'}",
                )
            found.append(present(root, below(base.relative_to(root), raw_subject(scan))))
    rescans = [f"{scan}_3*" for scan, part in official_split().items() if part == "rescan"]
    places = [path for kind in ("images", "labels", "masks") for path in folders(base, f"*-{kind}")]
    warn_of_others(places, taken=files_of(found, root), known=rescans)
    return in_order(found, root, hint=LAYOUT)


def official() -> list[Subject]:
    """The papers' 15 training and 15 test scans; the release has no masks."""
    listed = (scan for scan, split in official_split().items() if split in FOLDERS)
    return [replace(raw_subject(scan), mask=None) for scan in listed]


def stand_ins() -> list[Subject]:
    """Those that the embedded cohort can have, in its order: the two lists, each scan with a mask."""
    listed = official_split()
    return [raw_subject(scan) for part in FOLDERS for scan, split in listed.items() if split == part]


def field_of_view(subject_id: str, group: str | None, voxel_mm: float) -> FieldOfView:
    """256 x N x 256 mm, axes LAS; N is each scan's own, known for 34 of 35."""
    length = {row["scan"]: row["slices"] for row in _scans()}.get(subject_id)
    return FieldOfView("LAS", (256.0, float(length or UNKNOWN_LENGTH), 256.0), (voxel_mm,) * 3, up_mm=20)


def require_complete(subjects: Sequence[Subject], root: str | PathLike[str]) -> None:
    """Refuse a part of the official lists, which would give the papers' tables from other scans than theirs."""
    here = {subject.id for subject in subjects}
    missing = [f"{s.id} ({s.split})" for s in official() if s.id not in here]
    if missing:
        raise InputError(
            root,
            expected="the 15 training and 15 test scans of the official lists; for a part of them, list the "
            "scans you have in a file of subject and split and name it under splits.malc",
            found=f"{len(here)}; missing: {', '.join(missing)}",
        )
