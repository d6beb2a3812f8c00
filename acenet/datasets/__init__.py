"""Raw layouts of the four sources: find the files of a real archive, or name those of an embedded one.

Each module holds one layout: `raw_subject(id)` computes the paths, `find(root)` looks up and checks them.
"""

from os import PathLike
from pathlib import Path
from types import ModuleType

from acenet.datasets import adni, malc, mindboggle, schizbull
from acenet.datasets.subject import Subject, layout_base, with_freesurfer_masks
from acenet.datasets.traits import FieldOfView, Traits
from acenet.errors import InputError

__all__ = [
    "SOURCES",
    "Subject",
    "access",
    "archives_within",
    "field_of_view",
    "find_subjects",
    "has_layout",
    "official_subjects",
    "raw_subject",
    "stand_ins",
    "traits",
    "with_freesurfer_masks",
]

SOURCES: tuple[str, ...] = ("malc", "mindboggle", "schizbull", "adni")


def find_subjects(source: str, root: str | PathLike[str]) -> list[Subject]:
    """Subjects of `source` under `root`, sorted by id, with paths relative to `root`.

    Raises
    ------
    InputError
        Naming the subject and the file, by its whole path, when something is missing or unpaired.
    """
    subjects: list[Subject] = _layout(source).find(Path(root).absolute())
    return subjects


def has_layout(source: str, root: Path) -> bool:
    """Whether some file under `root` lies where the layout of `source` has one."""
    patterns = _layout(source).PATTERNS
    base = layout_base(root, patterns)
    return any(True for pattern in patterns for _ in base.glob(pattern))


def raw_subject(
    source: str, subject_id: str, *, group: str | None = None, split: str | None = None
) -> Subject:
    """The paths, relative to the root of `source`, at which the files of `subject_id` belong."""
    subject: Subject = _layout(source).raw_subject(subject_id, group=group, split=split)
    return subject


def official_subjects(source: str) -> list[Subject]:
    """The subjects that the papers take from the release of `source`, with paths as in its archives.

    Raises
    ------
    InputError
        For adni, whose scans are the user's choice.
    """
    if source == "adni":
        raise InputError("data.adni", expected="the folder of your collection", found=adni.ACCESS)
    subjects: list[Subject] = _layout(source).official()
    return subjects


def access(source: str) -> str:
    """Where to ask for the data of `source`, what to agree to, and where to put them."""
    text: str = _layout(source).ACCESS
    return text


def archives_within(source: str) -> tuple[str, ...]:
    """Patterns of the names of archives that lie within the archives of `source`."""
    patterns: tuple[str, ...] = _layout(source).ARCHIVES_WITHIN
    return patterns


def stand_ins(source: str) -> list[Subject]:
    """The subjects of `source` that the embedded cohort can have, in its order."""
    subjects: list[Subject] = _layout(source).stand_ins()
    return subjects


def traits(source: str) -> Traits:
    """What distinguishes the people and scans of `source`."""
    found: Traits = _layout(source).TRAITS
    return found


def field_of_view(source: str, subject: Subject, voxel_mm: float) -> FieldOfView:
    """What the scanner of a subject of `source` sees; `voxel_mm` 1 gives the real spacing, more fewer voxels."""
    view: FieldOfView = _layout(source).field_of_view(subject.id, subject.group, voxel_mm)
    return view


def _layout(source: str) -> ModuleType:
    layouts = {"malc": malc, "mindboggle": mindboggle, "schizbull": schizbull, "adni": adni}
    if source not in layouts:
        raise InputError("source", expected=f"one of {', '.join(SOURCES)}", found=source)
    return layouts[source]
