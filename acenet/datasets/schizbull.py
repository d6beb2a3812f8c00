"""SchizBull 2008 of CANDI Share (nitrc.org/projects/candi_share): 103 children in four groups, CMA labels."""

from pathlib import Path
from types import MappingProxyType

from acenet.datasets.subject import Subject, in_order, present
from acenet.errors import InputError

LAYOUT = "SchizBull_2008/<group>/<id>/<id>_{procimg,seg}.nii.gz"
TOP = "SchizBull_2008"
GROUP_OF_PREFIX = MappingProxyType(
    {"HC": "HC", "BPDwoPsy": "BPDwithoutPsy", "BPDwPsy": "BPDwithPsy", "SS": "SS"}
)
GROUPS = tuple(GROUP_OF_PREFIX.values())


def raw_subject(subject_id: str, *, group: str | None = None, split: str | None = None) -> Subject:
    """The files of one child such as HC_001; the group on disk is told from the id's prefix by default."""
    group = group or GROUP_OF_PREFIX.get(subject_id.split("_")[0])
    if group not in GROUPS:
        raise InputError(
            f"SchizBull subject {subject_id}", expected=f"a group of {', '.join(GROUPS)}", found=f"{group}"
        )
    folder = Path(TOP) / group / subject_id
    return Subject(
        id=subject_id,
        image=folder / f"{subject_id}_procimg.nii.gz",
        labels=folder / f"{subject_id}_seg.nii.gz",
        mask=folder / f"{subject_id}_brainmask.nii.gz",
        split=split,
        group=group,
    )


def find(root: Path) -> list[Subject]:
    """All children under `root`; a folder that lacks image or labels is an error."""
    folders = [
        path
        for group in GROUPS
        for path in (root / TOP / group).glob("*")
        if path.is_dir() and not path.name.startswith(".") and path.name != "MNI152_2mm_Linear"
    ]
    found = [raw_subject(path.name, group=path.parent.name) for path in folders]
    return in_order((present(root, subject) for subject in found), root, hint=LAYOUT)
