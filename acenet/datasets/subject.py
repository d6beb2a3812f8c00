"""One scan of a dataset: where its image, labels and brain mask lie."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise, zip_longest
from pathlib import Path

from acenet.datasets.listing import (
    NOTHING,
    PATTERN_SIGNS,
    entries,
    in_place,
    missing,
    require_names,
    shown,
    some,
)
from acenet.errors import InputError

logger = logging.getLogger(__name__)

FREESURFER_MASK = "brainmask.mgz"
CLOSING_MM = 3.0  # of masks: bridges sulci and gaps between structures, not the space around the brain
DEPTH = 4  # folders that a provider's release may put around its layout


@dataclass(frozen=True)
class Subject:
    """Paths relative to the source's root; `split` is set where a dataset fixes it, `group` is a stratum.

    Attributes
    ----------
    mend_header
        Whether a header that the labels contradict is known of and mended; elsewhere it is refused.
    person
        Who was scanned, where an id of its own says it for more than one scan; scans of one person are never divided
        between training and testing. None: nobody else's.
    close_mask
        Whether the provider's mask leaves the sulci out and is closed before use (`acenet.conform.load_scan`).
    """

    id: str
    image: Path
    labels: Path | None
    mask: Path | None
    split: str | None
    group: str | None
    person: str | None = None
    mend_header: bool = False
    close_mask: bool = False


def present(root: Path, expected: Subject) -> Subject:
    """`expected` with its files as they are called on the disk, without its optional mask where that is absent.

    Endings may be others that are read, and in any case.

    Raises
    ------
    InputError
        Naming the subject and the image or labels that are missing.
    """
    files: dict[str, Path | None] = {
        "image": expected.image,
        "labels": expected.labels,
        "mask": expected.mask,
    }
    for role, wanted in files.items():
        if wanted is None:
            continue
        path = files[role] = in_place(root / wanted).relative_to(root)
        found = missing(root / path) or ("" if (root / path).is_file() else "a folder")
        if not found:
            continue
        if role == "mask" and found == NOTHING:
            files[role] = None
            continue
        said = "no such file" if found == NOTHING else found
        raise InputError(root / path, expected=f"the {role} of subject {expected.id}", found=said)
    return replace(
        expected, image=files["image"] or expected.image, labels=files["labels"], mask=files["mask"]
    )


def files_of(subjects: Iterable[Subject], root: Path) -> list[Path]:
    """Every file of some subjects below `root`."""
    return [root / path for s in subjects for path in (s.image, s.labels, s.mask) if path is not None]


def in_order(subjects: Iterable[Subject], root: Path, *, hint: str) -> list[Subject]:
    """`subjects` sorted by id; none, or one id twice, is an error. `hint` describes the layout looked for."""
    ordered = sorted(subjects, key=lambda subject: subject.id)
    if not ordered:
        raise InputError(root, expected=f"files {hint}", found=_instead(root))
    require_names((subject.id for subject in ordered), root)
    for subject in ordered:
        for path in (subject.image, subject.labels, subject.mask):
            require_plain(path, root)
    for first, second in pairwise(ordered):
        if first.id == second.id:
            raise InputError(
                root / second.image,
                expected="each subject id once",
                found=f"{first.id} also at {first.image}",
            )
    return ordered


def require_plain(path: Path | None, root: Path) -> None:
    """Raise InputError for a path below `root` with signs that the workflow's patterns have."""
    if path and (signs := set(PATTERN_SIGNS) & set(str(path))):
        found = f"{' '.join(sorted(signs))}; rename it"
        raise InputError(
            root / path, expected=f"names of folders and files without {PATTERN_SIGNS}", found=found
        )


def _instead(root: Path) -> str:
    """What is in the place of a folder in which a layout was looked for."""
    if root.is_file():
        return "a file; name the folder that it lies in"
    if not root.is_dir():
        found = missing(root)
        return "no such folder" if found in (None, NOTHING) else f"no such folder: {found}"
    inside = some(shown(path.name) for path in entries(root))
    return f"none; what lies there: {inside}" if inside else "none: it is empty"


def layout_base(root: Path, patterns: Sequence[str]) -> Path:
    """The folder under `root`, itself or up to four deeper, in which one of the glob `patterns` finds a file.

    Releases put their layout into folders of differing names. Where nothing is found, `root` itself.

    Raises
    ------
    InputError
        Where two folders at one depth hold the layout.
    """
    for depth in range(DEPTH + 1):
        bases = set()
        for pattern in patterns:
            parts = len(Path(pattern).parts)
            bases |= {path.parents[parts - 1] for path in root.glob("*/" * depth + pattern)}
        found = (b for b in bases if not any(part.startswith(".") for part in b.relative_to(root).parts))
        visible = list({b.resolve(): b for b in sorted(found, reverse=True)}.values())[
            ::-1
        ]  # links are no copies
        if len(visible) > 1:
            raise InputError(root, expected="one copy of the data", found=", ".join(map(str, visible)))
        if visible:
            return visible[0]
    return root


def below(prefix: Path, subject: Subject) -> Subject:
    """`subject` with its relative paths below the folder `prefix`."""
    return replace(
        subject,
        image=prefix / subject.image,
        labels=prefix / subject.labels if subject.labels else None,
        mask=prefix / subject.mask if subject.mask else None,
    )


def with_freesurfer_masks(subjects: Iterable[Subject], folder: Path) -> list[Subject]:
    """`subjects` with the masks of a FreeSurfer subjects folder, `<subject>/mri/brainmask.mgz`, where given.

    The papers took these masks.

    Raises
    ------
    InputError
        Where the folder holds none at all.
    """
    known = list(subjects)
    given: dict[str, Path] = {}
    for subject in known:
        path = folder / subject.id / "mri" / "brainmask.mgz"
        found = missing(path)
        if found is None:
            given[subject.id] = (
                path.absolute()
            )  # a link's target may be called otherwise: it is FreeSurfer's by its name
        elif found != NOTHING:
            raise InputError(path, expected=f"the brain mask of {subject.id}", found=found)
    if not given:
        others = sorted(path.parents[1].name for path in folder.glob("*/mri/brainmask.mgz"))
        found = f"those of {some(others)}" if others else "none" if folder.is_dir() else "no such folder"
        raise InputError(folder, expected="files <subject>/mri/brainmask.mgz", found=found)
    without = [subject.id for subject in known if subject.id not in given]
    if without:
        logger.warning("%s: no brainmask.mgz of %s", folder, some(without))
    return [replace(s, mask=given[s.id]) if s.id in given else s for s in known]


def in_turn(groups: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """(id, group) taken from the groups in turn, so that the first few are some of each."""
    columns = ([(subject_id, group) for subject_id in ids] for group, ids in groups.items())
    return [item for item in chain.from_iterable(zip_longest(*columns)) if item is not None]
