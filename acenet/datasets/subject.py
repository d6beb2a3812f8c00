"""One scan of a dataset: where its image, labels and brain mask lie."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from acenet.errors import InputError


@dataclass(frozen=True)
class Subject:
    """Paths relative to the source's root; `split` is set where a dataset fixes it, `group` is a stratum."""

    id: str
    image: Path
    labels: Path | None
    mask: Path | None
    split: str | None
    group: str | None


def present(root: Path, expected: Subject) -> Subject:
    """`expected` without its optional mask where that file is absent; image and labels must exist.

    Raises InputError naming the subject and the file that is missing.
    """
    for role, path in (("image", expected.image), ("labels", expected.labels)):
        if path is not None and not (root / path).is_file():
            raise InputError(
                root / path, expected=f"the {role} of subject {expected.id}", found="no such file"
            )
    if expected.mask is not None and not (root / expected.mask).is_file():
        return replace(expected, mask=None)
    return expected


def in_order(subjects: Iterable[Subject], root: Path, *, hint: str) -> list[Subject]:
    """`subjects` sorted by id; none, or one id twice, is an error. `hint` describes the layout looked for."""
    ordered = sorted(subjects, key=lambda subject: subject.id)
    if not ordered:
        raise InputError(root, expected=f"files {hint}", found="none" if root.is_dir() else "no such folder")
    for first, second in pairwise(ordered):
        if first.id == second.id:
            raise InputError(
                root / second.image,
                expected="each subject id once",
                found=f"{first.id} also at {first.image}",
            )
    return ordered
