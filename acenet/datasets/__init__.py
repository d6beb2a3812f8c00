"""Raw layouts of the four sources: find the files of a real archive, or name those of an embedded one.

Each module holds one layout: `raw_subject(id)` computes the paths, `find(root)` looks up and checks them.
"""

from os import PathLike
from pathlib import Path
from types import ModuleType

from acenet.datasets import adni, malc, mindboggle, schizbull
from acenet.datasets.subject import Subject
from acenet.errors import InputError

__all__ = ["SOURCES", "Subject", "find_subjects", "raw_subject"]

SOURCES: tuple[str, ...] = ("malc", "mindboggle", "schizbull", "adni")


def find_subjects(source: str, root: str | PathLike[str]) -> list[Subject]:
    """Subjects of `source` under `root`, sorted by id, with paths relative to `root`.

    Raises InputError naming the subject and the file when something is missing or unpaired.
    """
    subjects: list[Subject] = _layout(source).find(Path(root))
    return subjects


def raw_subject(
    source: str, subject_id: str, *, group: str | None = None, split: str | None = None
) -> Subject:
    """The paths, relative to the root of `source`, at which the files of `subject_id` belong."""
    subject: Subject = _layout(source).raw_subject(subject_id, group=group, split=split)
    return subject


def _layout(source: str) -> ModuleType:
    layouts = {"malc": malc, "mindboggle": mindboggle, "schizbull": schizbull, "adni": adni}
    if source not in layouts:
        raise InputError("source", expected=f"one of {', '.join(SOURCES)}", found=source)
    return layouts[source]
