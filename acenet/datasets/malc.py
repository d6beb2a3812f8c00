"""2012 MALC (MICCAI 2012 Grand Challenge on Multi-Atlas Labelling): the challenge's own folders and lists.

Access: neuromorphometrics.com, registration. Scans of OASIS; labels by Neuromorphometrics, Inc., CC BY-NC.
The papers use 15 training and 15 test scans; the second scans of five test persons are left out.
"""

import csv
import functools
import logging
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from acenet.datasets.subject import Subject, in_order, present
from acenet.errors import InputError

log = logging.getLogger(__name__)

LAYOUT = "{training,testing}-images/NNNN_3.nii.gz and {training,testing}-labels/NNNN_3_glm.nii.gz"
FOLDERS = MappingProxyType({"train": "training", "test": "testing"})


@functools.cache
def official_split() -> Mapping[str, str]:
    """Scan id -> train, test or rescan, of the challenge's 35 scans."""
    text = resources.files("acenet.datasets").joinpath("malc_subjects.tsv").read_text(encoding="utf-8")
    return {row["scan"]: row["split"] for row in csv.DictReader(text.splitlines(), delimiter="\t")}


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
    """All listed scans under `root`; a part of the lists will do if it holds training and test scans.

    Raises InputError for unpaired files, scans of no list or of the wrong folder, or an empty split.
    """
    found: list[Subject] = []
    for folder_split, folder in FOLDERS.items():
        scans = {path.name.removesuffix("_3.nii.gz") for path in root.glob(f"{folder}-images/*_3.nii.gz")}
        scans |= {
            path.name.removesuffix("_3_glm.nii.gz") for path in root.glob(f"{folder}-labels/*_3_glm.nii.gz")
        }
        for scan in sorted(scans):
            if (listed := official_split().get(scan)) == "rescan":
                log.info(
                    "MALC %s is the second scan of a test person and is left out, as in the papers", scan
                )
                continue
            if listed != folder_split:
                raise InputError(
                    root / f"{folder}-images/{scan}_3.nii.gz",
                    expected=f"a scan of the official {folder_split} list",
                    found=f"one of {listed or 'no list'}",
                )
            found.append(present(root, raw_subject(scan)))
    subjects = in_order(found, root, hint=LAYOUT)
    _report_lists(root, subjects)
    return subjects


def _report_lists(root: Path, subjects: list[Subject]) -> None:
    """Say how much of the official lists is there, and refuse when one of them is not there at all."""
    here = {subject.id for subject in subjects}
    for split in FOLDERS:
        listed = {scan for scan, of in official_split().items() if of == split}
        missing = sorted(listed - here)
        if len(missing) == len(listed):
            raise InputError(root, expected=f"scans of the official {split} list", found=f"none of {missing}")
        log.log(
            logging.WARNING if missing else logging.INFO,
            "MALC %s: %d of %d scans; missing: %s",
            split,
            len(listed) - len(missing),
            len(listed),
            ", ".join(missing) or "none",
        )
