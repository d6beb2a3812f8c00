"""Which scans a person means: files, folders, and BIDS datasets or parts of them (bids-specification.readthedocs.io).

What looks like a scan and is not taken is never left out in silence.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from acenet.errors import InputError
from acenet.segment.bids import DESCRIPTION, dataset_around, search
from acenet.segment.folders import Kind, absolute, entry_of, listed
from acenet.segment.image_names import BIDS_T1, Verdict, bids_verdict, ending_of, stem_of
from acenet.segment.plain_folders import deeper_images, judged, result_of, undescribed

NO_IMAGES = "none; DICOM files are converted with dcm2niix"


@dataclass(frozen=True)
class ScanFile:
    """A scan to segment.

    Attributes
    ----------
    path
        The image.
    name
        What its results are called after.
    folder
        Where they go, below the output folder.
    dataset
        The BIDS dataset that it belongs to; None outside of one.
    link
        What that dataset is called in the DatasetLinks of the results.
    """

    path: Path
    name: str
    folder: Path = Path()
    dataset: Path | None = None
    link: str = "raw"

    @property
    def address(self) -> str:
        """How a record names the scan: a BIDS address, or the path as given."""
        if self.dataset is None:
            return str(self.path)
        return f"bids:{self.link}:{_below(self.path, self.dataset).as_posix()}"

    @property
    def space(self) -> str | None:
        """The space that a BIDS name says the scan was brought to; None for its own."""
        entities = dict(part.split("-", 1) for part in self.name.split("_") if "-" in part)
        return entities.get("space") if self.dataset is not None else None


@dataclass
class Found:
    """What lies at some places.

    Attributes
    ----------
    scans
        To be segmented.
    missed
        What looks like one and is not taken, and why.
    refused
        Places that hold none.
    alike
        Paths of scans whose results would have one name.
    notes
        What else is left out, in a line each.
    """

    scans: list[ScanFile] = field(default_factory=list)
    missed: dict[Path, str] = field(default_factory=dict)
    refused: list[InputError] = field(default_factory=list)
    alike: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find_scans(places: Sequence[Path]) -> list[ScanFile]:
    """The scans at some places, in their order; those of a folder by name.

    A BIDS dataset, or a part of one, stands for its T1-weighted images; another folder for the images that lie
    directly in it.

    Raises
    ------
    InputError
        A place that is not there, a folder without images, or scans whose results would have one name.
    """
    found = look_for_scans(places)
    if found.alike:
        raise InputError(
            "scans", expected="file names that differ", found=", ".join(map(str, sorted(found.alike)))
        )
    if found.refused:
        raise found.refused[0]
    return found.scans


def look_for_scans(places: Sequence[Path]) -> Found:
    """As `find_scans`, but what cannot be taken is told beside the rest, which does not suffer from it."""
    found = Found()
    for place in places:
        try:
            _look_at(place, found)
        except InputError as error:
            found.refused.append(error)
        except OSError as error:
            found.refused.append(
                InputError(place, expected="a scan or a folder of scans", found=error.strerror or str(error))
            )
    once: dict[Path, ScanFile] = {}
    for scan in found.scans:
        once.setdefault(absolute(scan.path), scan)
    found.scans = list(once.values())
    counts = Counter((scan.folder, scan.name) for scan in found.scans)
    found.alike = [scan.path for scan in found.scans if counts[scan.folder, scan.name] > 1]
    found.scans = [scan for scan in found.scans if counts[scan.folder, scan.name] == 1]
    for path in found.alike:
        found.missed[path] = (
            "results of several scans would have one name: rename them, or segment them into folders of their own"
        )
    return found


def _look_at(place: Path, found: Found) -> None:
    entry = entry_of(place)
    if entry.kind is Kind.FOLDER:
        root = dataset_around(place)
        if root is not None:
            _look_into_bids(place, root, found)
        else:
            _look_into_folder(place, found)
    elif entry.kind is Kind.FILE:
        _look_at_file(place, found)
    elif entry.kind is Kind.GONE and not entry.is_link:
        where = "" if place.is_absolute() else f" (looked at {absolute(place)})"
        raise InputError(place, expected="a scan or a folder of scans", found=f"nothing there{where}")
    else:
        found.missed[place] = entry.reason


def _look_at_file(place: Path, found: Found) -> None:
    """A file that is named is taken whatever its name says, but for results of this program."""
    if owner := result_of(place):
        found.missed[place] = f"is a result of `acenet segment` (of {owner}), no scan"
        return
    root = dataset_around(place)
    if root is not None:
        verdict, why = bids_verdict(_below(place, root))
        if verdict is not Verdict.T1:
            found.notes.append(
                f"{place}: taken, though not as a T1w image of its dataset ({why or 'not BIDS'})"
            )
            root = None
    found.scans.append(_scan(place, root))


def _look_into_bids(place: Path, root: Path, found: Found) -> None:
    images = search(place, root)
    found.scans += [_scan(path, root) for path in images.taken]
    found.missed |= images.missed
    if images.passed:
        found.notes.append(f"{place}: not taken: {images.passed}")
    if not images.taken and not images.missed:
        raise InputError(
            place, expected="T1-weighted images (sub-*/anat/*_T1w.nii.gz)", found=images.passed or NO_IMAGES
        )


def _look_into_folder(place: Path, found: Found) -> None:
    entries = listed(place)
    taken, missed, left = [], {}, Counter[str]()
    stems = {stem_of(one.path.name) for one in entries if ending_of(one.path.name)}
    for entry in entries:
        what, why = judged(entry, stems)
        if what == "taken":
            taken.append(entry.path)
        elif what == "missed":
            missed[entry.path] = why
        elif what == "left":
            left[why] += 1
    found.scans += [_scan(path, None) for path in taken]
    found.missed |= missed
    deeper = deeper_images(entries)
    notes = [*(f"{number} {what}" for what, number in sorted(left.items())), *deeper]
    if taken or missed:
        if notes:
            found.notes.append(f"{place}: not taken: {', '.join(notes)}")
        return
    if part := undescribed(place, entries):
        raise InputError(place, expected=f"a BIDS dataset with {DESCRIPTION} at its root", found=part)
    raise InputError(
        place, expected="images (.nii, .nii.gz, .mgz) in the folder", found=", ".join(notes) or NO_IMAGES
    )


def _scan(path: Path, dataset: Path | None) -> ScanFile:
    match = BIDS_T1.fullmatch(path.name)
    if dataset is not None and match is not None:
        # A derivative's own desc gives way to that of the results: a name has but one.
        name = "_".join(part for part in match["name"].split("_") if not part.startswith("desc-"))
        return ScanFile(path, name, _below(path, dataset).parent, dataset)
    return ScanFile(path, stem_of(path.name) or path.name)


def _below(path: Path, dataset: Path) -> Path:
    return absolute(path).relative_to(absolute(dataset))
