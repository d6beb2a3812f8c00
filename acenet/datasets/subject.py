"""One scan of a dataset: where its image, labels and brain mask lie."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise, zip_longest
from pathlib import Path

from acenet.errors import InputError

log = logging.getLogger(__name__)

FREESURFER_MASK = "brainmask.mgz"
CLOSING_MM = 3.0  # of masks: bridges sulci and gaps between structures, not the space around the brain
DEPTH = 4  # folders that a provider's release may put around its layout


@dataclass(frozen=True)
class Subject:
    """Paths relative to the source's root; `split` is set where a dataset fixes it, `group` is a stratum.

    mend_header : whether a header that the labels contradict is known of and mended; elsewhere it is refused.
    person : who was scanned, where an id of its own says it for more than one scan; scans of one person are
        never divided between training and testing. None: nobody else's.
    close_mask : whether the provider's mask leaves the sulci out and is closed before use (`acenet.scan`).
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


def layout_base(root: Path, patterns: Sequence[str]) -> Path:
    """The folder under `root`, itself or up to four deeper, in which one of the glob `patterns` finds a file.

    Releases put their layout into folders of differing names. Where nothing is found, `root` itself.
    Raises InputError where two folders at one depth hold the layout.
    """
    for depth in range(DEPTH + 1):
        bases = set()
        for pattern in patterns:
            parts = len(Path(pattern).parts)
            bases |= {path.parents[parts - 1] for path in root.glob("*/" * depth + pattern)}
        visible = sorted(
            b for b in bases if not any(part.startswith(".") for part in b.relative_to(root).parts)
        )
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

    The papers took these masks. Raises InputError where the folder holds none at all.
    """
    given = {path.parents[1].name: path.resolve() for path in folder.glob("*/mri/brainmask.mgz")}
    known = list(subjects)
    if not any(subject.id in given for subject in known):
        found = f"those of {', '.join(sorted(given)[:5])}" if given else "none"
        raise InputError(folder, expected="files <subject>/mri/brainmask.mgz", found=found)
    without = [subject.id for subject in known if subject.id not in given]
    if without:
        log.warning("%s: no brainmask.mgz of %s", folder, ", ".join(without))
    return [replace(s, mask=given[s.id]) if s.id in given else s for s in known]


def in_turn(groups: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """(id, group) taken from the groups in turn, so that the first few are some of each."""
    columns = ([(subject_id, group) for subject_id in ids] for group, ids in groups.items())
    return [item for item in chain.from_iterable(zip_longest(*columns)) if item is not None]
