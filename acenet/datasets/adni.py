"""ADNI (adni.loni.usc.edu, data use agreement): images without labels, the targets of augmentation.

The papers give no ids, so the scans are the user's choice, or drawn by seed from what is there. Two layouts
are read: a plain one, and that of a collection downloaded as NIfTI from the Image and Data Archive.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from acenet.datasets.listing import entries, folders, missing, not_read, some, suffix_of, warn_of_others
from acenet.datasets.subject import Subject, files_of, in_order, layout_base, present
from acenet.datasets.traits import FieldOfView, Traits
from acenet.errors import InputError

logger = logging.getLogger(__name__)

LAYOUT = "<subject>/<subject>_T1w.nii.gz, or as the archive ships them ADNI/<subject>/<series>/<date>/<image>/*.nii"
PATIENT = re.compile(r"\d{3}_S_\d{4,5}")
WITHDRAWN = re.compile(r"381_S_10\d{3}")  # participants whose data ADNI asked everybody to delete
SHIPPED = ("*_S_*/*/*/*/*.[nN][iI][iI]*",)
PATTERNS = (*SHIPPED, "*/*_T1w.[nN][iI][iI]*")
ARCHIVES_WITHIN: tuple[str, ...] = ()

ACCESS = """\
ADNI may not be passed on. Apply for access at https://adni.loni.usc.edu/data-samples/adni-data/ (an account, the data
use agreement and a research statement; about a week). Then, in the Image and Data Archive (https://ida.loni.usc.edu),
make a collection of ADNI1 1.5 T T1 scans, download it as NIfTI, unpack it into a folder of your own and set data.adni
to it."""

TRAITS = Traits(  # of old people, some of them ill
    white_level=620.0, ventricles_mm=(2.5, 4.0), noise=(0.03, 0.05), floor=0.12, oblique=True
)
STAND_INS = tuple(f"synthetic_{k:03d}" for k in range(1, 21))  # the paper warps to 20 scans


def raw_subject(subject_id: str, *, group: str | None = None, split: str | None = None) -> Subject:
    """The files of one subject: its image, and `<subject>_brainmask.nii.gz` where someone made one."""
    return Subject(
        id=subject_id,
        image=Path(subject_id) / f"{subject_id}_T1w.nii.gz",
        labels=None,
        mask=Path(subject_id) / f"{subject_id}_brainmask.nii.gz",
        split=split,
        group=group,
    )


def find(root: Path) -> list[Subject]:
    """All subjects under `root`; in the plain layout, a folder without its image is an error.

    Of a person with several scans in the archive's layout the first is taken. Withdrawn participants are
    left out.
    """
    shipped = _archive_subjects(root)
    if shipped:
        subjects = shipped
    else:
        there = folders(root, "*")
        if any(True for folder in there for _ in folder.rglob("*.dcm")):
            raise InputError(root, expected="NIfTI files", found="DICOM; download as NIfTI or use dcm2niix")
        subjects = [present(root, raw_subject(path.name)) for path in there]
        beside = entries(root) if root.is_dir() else []
        loose = [p.name for p in beside if (suffix_of(p.name) or not_read(p.name)) and not p.is_dir()]
        if loose and subjects:
            raise InputError(
                root, expected=f"files {LAYOUT}", found=f"scans beside the folders: {some(loose)}"
            )
        warn_of_others(there, taken=files_of(subjects, root))
    withdrawn = [subject.id for subject in subjects if WITHDRAWN.fullmatch(subject.id)]
    if withdrawn:
        logger.warning("ADNI: withdrawn and left out: %s", ", ".join(sorted(withdrawn)))
    return in_order((s for s in subjects if s.id not in withdrawn), root, hint=LAYOUT)


def choose(
    subjects: Sequence[Subject], n: int, *, ids: Sequence[str] | None = None, seed: int = 0
) -> list[Subject]:
    """The subjects of a list of ids, in its order; without a list, `n` drawn by `seed` (ACEnet: 20).

    The draw does not depend on the order of `subjects`.

    Raises
    ------
    InputError
        For ids that are not there or are listed twice, or too few subjects.
    """
    known = {subject.id: subject for subject in subjects}
    if ids is not None:
        if len(set(ids)) != len(ids):
            raise InputError("ADNI subjects", expected="each id once", found=", ".join(ids))
        if missing := [one for one in ids if one not in known]:
            raise InputError(
                "ADNI subjects", expected=f"ids among {', '.join(known)}", found=", ".join(missing)
            )
        return [known[one] for one in ids]
    if n > len(known):
        raise InputError("ADNI subjects", expected=f"at least {n}", found=f"{len(known)}")
    drawn = np.random.default_rng(np.random.SeedSequence(seed)).permutation(sorted(known))[:n]
    return [known[one] for one in sorted(drawn.tolist())]


def _archive_subjects(root: Path) -> list[Subject]:
    """One scan for each person of an Image and Data Archive collection below `root`: the earliest."""
    base = layout_base(root, SHIPPED)
    first: dict[str, tuple[str, Path]] = {}
    scans = sorted(path for pattern in SHIPPED for path in base.glob(pattern) if suffix_of(path.name))
    for path in scans:
        person, _, date = path.relative_to(base).parts[:3]
        if found := missing(path):
            raise InputError(path, expected=f"a scan of {person}", found=found)
        if PATIENT.fullmatch(person) and (person not in first or date < first[person][0]):
            first[person] = date, path.relative_to(root)
    if first:
        without = sorted(path.name for path in folders(base, "*") if path.name not in first)
        if without:
            logger.warning(
                "ADNI: left out, since no scan lies there as the archive ships them: %s", some(without)
            )
        people = [base / person for person in first]
        warn_of_others(people, taken=scans)
        if more := sum(path.relative_to(base).parts[0] in first for path in scans) - len(first):
            logger.warning("ADNI: %d more scans of persons with several; the earliest of each is taken", more)
    return [
        Subject(person, image, labels=None, mask=None, split=None, group=None)
        for person, (_, image) in first.items()
    ]


def stand_ins() -> list[Subject]:
    """Those that the embedded cohort can have, in its order; without masks."""
    return [replace(raw_subject(subject_id), mask=None) for subject_id in STAND_INS]


def field_of_view(subject_id: str, group: str | None, voxel_mm: float) -> FieldOfView:
    """Sagittal slices of 1.2 mm, axes RAS."""
    spacing = (1.2 * voxel_mm, 0.9375 * voxel_mm, 0.9375 * voxel_mm)
    return FieldOfView("RAS", (199.2, 240.0, 240.0), spacing, up_mm=14)
