"""What the results of a scan are called: plain names, or those of BIDS derivatives."""

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from acenet.errors import InputError
from acenet.protocols import Structure
from acenet.segment.find_scans import ScanFile

LONGEST_LABEL = 60  # characters of a structure's name in a file's
NAME_BYTES = 255  # of any file, on all common file systems


@dataclass(frozen=True)
class ResultNames:
    """Paths of one scan's results, relative to the output folder.

    Attributes
    ----------
    labels
        Label map in the protocol's ids.
    brain
        Mask 0/1.
    volumes
        Table.
    picture
        For a look at the result.
    record
        What it was made of; written last, so that where it is, everything else is.
    view
        A page with a viewer, where it was asked for.
    probabilities
        Beginning and end of a probability map's path.
    slugs
        What stands between, by class.
    """

    labels: Path
    brain: Path
    volumes: Path
    picture: Path
    record: Path
    view: Path
    probabilities: tuple[str, str]
    slugs: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))

    def probability(self, structure: Structure) -> Path:
        """The probability map of a structure; BIDS allows letters and digits alone."""
        slug = self.slugs.get(structure.index) or slugs_of([structure])[structure.index]
        return Path(self.probabilities[0] + slug + self.probabilities[1])

    @property
    def always(self) -> tuple[Path, ...]:
        """The results of every request, the record last."""
        return (self.labels, self.brain, self.volumes, self.picture, self.record)

    def of_any_request(self, out: Path) -> Iterator[Path]:
        """What lies in `out` of this scan's results, of this or an earlier request; relative paths."""
        yield from (path for path in (*self.always, self.view) if os.path.lexists(out / path))
        first, last = self.probabilities
        folder, begin = Path(first).parent, Path(first).name
        if (out / folder).is_dir():
            for path in sorted((out / folder).iterdir()):
                if re.fullmatch(re.escape(begin) + "[A-Za-z0-9]+" + re.escape(last), path.name):
                    yield folder / path.name


def result_names(scan: ScanFile, protocol: str, structures: Sequence[Structure] = ()) -> ResultNames:
    """The names for one scan; `structures` are all that the protocol has, so that no two share a map's name."""
    slugs = slugs_of(structures)
    if scan.dataset is None:
        at = scan.folder
        return ResultNames(
            labels=at / f"{scan.name}_labels.nii.gz",
            brain=at / f"{scan.name}_brainmask.nii.gz",
            volumes=at / f"{scan.name}_volumes.tsv",
            picture=at / f"{scan.name}_picture.png",
            record=at / f"{scan.name}_labels.json",
            view=at / f"{scan.name}_view.html",
            probabilities=((at / f"{scan.name}_probability-").as_posix(), ".nii.gz"),
            slugs=slugs,
        )
    at, desc = scan.folder, bids_label(protocol)
    return ResultNames(
        labels=at / f"{scan.name}_desc-{desc}_dseg.nii.gz",
        brain=at / f"{scan.name}_desc-brain_mask.nii.gz",
        volumes=at / f"{scan.name}_desc-{desc}_volumes.tsv",
        picture=at.parent / "figures" / f"{scan.name}_desc-{desc}_dseg.png",
        record=at / f"{scan.name}_desc-{desc}_dseg.json",
        view=at.parent / "figures" / f"{scan.name}_desc-{desc}_view.html",
        probabilities=((at / f"{scan.name}_label-").as_posix(), f"_desc-{desc}_probseg.nii.gz"),
        slugs=slugs,
    )


def check_lengths(scan: ScanFile, names: ResultNames) -> None:
    """Refuse a scan whose name leaves no room for what results add to it."""
    added = [names.probabilities[0] + slug + names.probabilities[1] for slug in names.slugs.values()]
    longest = max(len(os.fsencode(path.name)) for path in (*names.always, *map(Path, added)))
    if longest > NAME_BYTES:
        own = len(os.fsencode(scan.name))
        raise InputError(
            scan.path,
            expected=f"a name of at most {own - (longest - NAME_BYTES)} bytes, to which results add theirs",
            found=f"{own} bytes",
        )


def slugs_of(structures: Sequence[Structure]) -> dict[int, str]:
    """For each class a label of Latin letters and digits, no two alike in any case.

    Names that come to nothing, or to the same as another, get their id behind.
    """
    plain = {one.index: _letters(one.name)[:LONGEST_LABEL] for one in structures}
    folded = [slug.lower() for slug in plain.values()]
    taken = {slug for slug in folded if slug and folded.count(slug) == 1}
    slugs = {}
    for one in structures:
        slug = plain[one.index]
        if slug.lower() not in taken:
            slug = f"{slug or 'structure'}Id{one.native_id}"
            while slug.lower() in taken:
                slug += "x"
            taken.add(slug.lower())
        slugs[one.index] = slug
    return slugs


def lookup_name(protocol: str, *, bids: bool) -> str:
    """The table of ids, names and colours, which all scans of a protocol share."""
    return f"desc-{bids_label(protocol)}_dseg.tsv" if bids else f"{file_label(protocol)}_labels.tsv"


def bids_label(name: str) -> str:
    """A name as BIDS has labels: letters and digits alone."""
    return _letters(name)[:LONGEST_LABEL] or "labels"


def file_label(name: str) -> str:
    """A name as a part of a file's: letters of any alphabet, digits, and signs that no system minds."""
    return re.sub(r"[^\w.+-]", "-", name).lstrip(".-")[:LONGEST_LABEL] or "labels"


def _letters(name: str) -> str:
    """Latin letters and digits of a name, without accents."""
    return re.sub("[^A-Za-z0-9]", "", unicodedata.normalize("NFKD", name))
