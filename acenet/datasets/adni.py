"""ADNI (adni.loni.usc.edu, data use agreement): images without labels, the targets of augmentation.

ADNI has no fixed layout on disk and the papers give no ids, so the user's own collection takes this form.
"""

from pathlib import Path

from acenet.datasets.subject import Subject, in_order, present

LAYOUT = "<subject>/<subject>_T1w.nii.gz"


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
    """All subjects under `root`; a folder without its image is an error."""
    folders = [path for path in root.glob("*") if path.is_dir() and not path.name.startswith(".")]
    return in_order((present(root, raw_subject(path.name)) for path in folders), root, hint=LAYOUT)
