"""Mindboggle-101: five archives of volumes with DKT31 labels (doi:10.7910/DVN/HMQKCK, CC BY-NC-SA 3.0).

The mask is the stripped image: its non-zero voxels. Known: the same persons occur in several sets
(NKI-RS and NKI-TRT; Twins), and 14 scans have a wrong orientation header (nipy/mindboggle#186).
"""

from pathlib import Path

from acenet.datasets.subject import Subject, in_order, present

LAYOUT = "<set>_volumes/<subject>/{t1weighted,t1weighted_brain,labels.DKT31.manual}.nii.gz"
LARGE_SETS = ("OASIS-TRT-20", "NKI-RS-22", "NKI-TRT-20", "MMRR-21")
EXTRA = "Extra-18"  # one archive of HLN-12, MMRR-3T7T-2, Colin27-1, Twins-2 and Afterthought-1


def raw_subject(subject_id: str, *, group: str | None = None, split: str | None = None) -> Subject:
    """The files of one subject such as OASIS-TRT-20-1; the group is its set, by default told from the id."""
    if group is None:
        own = subject_id.rpartition("-")[0]
        group = own if own in LARGE_SETS else EXTRA
    folder = Path(f"{group}_volumes") / subject_id
    return Subject(
        id=subject_id,
        image=folder / "t1weighted.nii.gz",
        labels=folder / "labels.DKT31.manual.nii.gz",
        mask=folder / "t1weighted_brain.nii.gz",
        split=split,
        group=group,
    )


def find(root: Path) -> list[Subject]:
    """All subjects under `root`; a folder that lacks image or labels is an error."""
    folders = [path for path in root.glob("*_volumes/*") if path.is_dir() and not path.name.startswith(".")]
    found = [raw_subject(path.name, group=path.parent.name.removesuffix("_volumes")) for path in folders]
    return in_order((present(root, subject) for subject in found), root, hint=LAYOUT)
