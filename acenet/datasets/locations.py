"""From a source's setting in the configuration to its subjects and the folder of their raw files."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from acenet.datasets import find_subjects, has_layout, malc, malc_public, official_subjects, own
from acenet.datasets.fetch import require_agreement
from acenet.datasets.splits import chosen_split, make_split
from acenet.datasets.subject import CLOSING_MM, FREESURFER_MASK, Subject, require_plain, with_freesurfer_masks
from acenet.files.archives import archives_in

EMBEDDED, DOWNLOAD, HEADS = "embedded", "download", "heads"
FILE_BY_FILE = ("malc",)  # sources that are published so, and not as archives


@dataclass(frozen=True)
class Location:
    """Where a source's raw files are or will be.

    Attributes
    ----------
    kind
        Embedded (made here), heads (public scans, fetched here; adni only), download (fetched and unpacked here),
        archives (the user's, unpacked here) or folder (the user's, as it lies).
    root
        The folder of the raw files.
    archives
        Of that kind alone.
    stripped
        Whether images without skull are fetched (malc only).
    """

    source: str
    kind: Literal["embedded", "heads", "download", "archives", "folder"]
    root: str
    archives: tuple[str, ...] = ()
    stripped: bool = False

    @property
    def is_fetched_by_file(self) -> bool:
        """Whether each scan's files are fetched by themselves, and no archives."""
        return self.kind == "download" and self.source in FILE_BY_FILE


def place_of(source: str, setting: str, *, malc_images: str = "head") -> Location:
    """The place that `embedded`, `download` or a folder (of files or of archives) stands for.

    Whole and stripped images have folders of their own, so that no run mixes them.
    """
    if setting == EMBEDDED:
        return Location(source, "embedded", f"results/raw/{source}")
    if setting == HEADS and source == "adni":
        return Location(source, "heads", "results/raw/heads")
    if setting == DOWNLOAD and source == "malc" and malc_images == "stripped":
        return Location(source, "download", "results/unpacked/malc_stripped", stripped=True)
    if setting == DOWNLOAD:
        return Location(source, "download", f"results/unpacked/{source}")
    archives = archives_in(Path(setting))
    if archives and not has_layout(source, Path(setting)):
        for archive in archives:
            require_plain(Path(archive.name), archive.parent)
        return Location(source, "archives", f"results/unpacked/{source}", tuple(map(str, archives)))
    return Location(source, "folder", setting)


def real_subjects(place: Location, *, masks: str | None = None, split: str | None = None) -> list[Subject]:
    """Subjects of real data: those found in a folder, or those that the archives or the public copy hold.

    `masks` is a FreeSurfer subjects folder. Without a `split` file MALC must be complete.

    Raises
    ------
    InputError
        For what is missing.
    """
    if place.kind == "folder":
        subjects = find_subjects(place.source, place.root)
        if place.source == "malc" and split is None:
            malc.require_complete(subjects, place.root)
        if place.source == "malc":
            malc_public.require_one_kind(subjects, Path(place.root))
    elif place.is_fetched_by_file:
        subjects = malc_public.subjects()
    elif place.kind == "download" and place.source == "adni":
        require_agreement("adni")
    else:
        subjects = official_subjects(place.source)
    return with_freesurfer_masks(subjects, Path(masks).absolute()) if masks else subjects


def own_subjects(data: own.OwnData) -> list[Subject]:
    """Subjects of a data set of one's own."""
    subjects = own.find(Path(data.root).absolute())
    return with_freesurfer_masks(subjects, Path(data.freesurfer).absolute()) if data.freesurfer else subjects


def with_closed_masks(subjects: Iterable[Subject]) -> list[Subject]:
    """`subjects` whose provider's masks leave the sulci out and are closed before use; others stay as they are."""
    return [replace(s, close_mask=True) for s in subjects]


def masks_in_words(subjects: Iterable[Subject]) -> str:
    """What the brain masks of `subjects` are, for captions; where they differ, of how many scans each."""
    counts = Counter(map(_mask_in_words, subjects))
    if len(counts) == 1:
        return next(iter(counts))
    total = counts.total()
    return ", ".join(f"{words} ({n} of {total} scans)" for words, n in counts.most_common())


def _mask_in_words(subject: Subject) -> str:
    if subject.mask is None:
        return f"derived from the labels, closed by {CLOSING_MM:g} mm"
    if subject.mask.name == FREESURFER_MASK:
        return "FreeSurfer's"
    return f"the data set's own, closed by {CLOSING_MM:g} mm" if subject.close_mask else "the data set's own"


def split_subjects(
    subjects: Sequence[Subject], *, seed: int, path: str | None = None, test: int | None = None
) -> pd.DataFrame:
    """The split of a file, or else the official or the drawn one (`test` to test); columns subject and split."""
    return chosen_split(subjects, path) if path else make_split(subjects, seed=seed, test=test)
