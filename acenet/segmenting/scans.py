"""Which scans a person means: files, folders, and BIDS datasets (bids-specification.readthedocs.io)."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from acenet.errors import InputError

SUFFIXES = (".nii", ".nii.gz", ".mgz", ".mgh")
DESCRIPTION = "dataset_description.json"
BIDS_T1 = re.compile(r"(?P<name>sub-[A-Za-z0-9]+(_[a-z]+-[A-Za-z0-9+]+)*)_T1w\.nii(\.gz)?")


@dataclass(frozen=True)
class ScanFile:
    """A scan to segment.

    Attributes
    ----------
    path : the image.
    name : what its results are called after.
    folder : where they go, below the output folder.
    dataset : the BIDS dataset that it belongs to; None outside of one.
    """

    path: Path
    name: str
    folder: Path = Path()
    dataset: Path | None = None

    @property
    def address(self) -> str:
        """How a record names the scan: a BIDS address, or the path as given."""
        if self.dataset is None:
            return str(self.path)
        return f"bids:raw:{self.path.relative_to(self.dataset).as_posix()}"


def find_scans(places: Sequence[Path]) -> list[ScanFile]:
    """The scans at some places, in their order; those of a folder by name.

    A BIDS dataset stands for all its T1-weighted images, another folder for the images that lie directly in it.

    Raises
    ------
    InputError : a place that is not there, a folder without images, or scans whose results would have one name.
    """
    scans = [scan for place in places for scan in _scans_at(place)]
    counts = Counter((scan.folder, scan.name) for scan in scans)
    if repeated := [scan.path for scan in scans if counts[scan.folder, scan.name] > 1]:
        raise InputError(
            "scans", expected="file names that differ", found=", ".join(map(str, sorted(repeated)))
        )
    return scans


def _scans_at(place: Path) -> list[ScanFile]:
    if place.is_file():
        return [_scan(place, _dataset_of(place))]
    if not place.is_dir():
        raise InputError(place, expected="a scan or a folder of scans", found="nothing there")
    if (place / DESCRIPTION).is_file():
        found = sorted(
            path for path in place.glob("sub-*/**/anat/*_T1w.nii*") if BIDS_T1.fullmatch(path.name)
        )
        expected, scans = "T1-weighted images (sub-*/anat/*_T1w.nii.gz)", [_scan(p, place) for p in found]
    else:
        found = sorted(path for path in place.iterdir() if _is_image(path))
        expected, scans = "images (.nii, .nii.gz, .mgz) in the folder", [_scan(p, None) for p in found]
    if not scans:
        raise InputError(place, expected=expected, found="none; DICOM files are converted with dcm2niix")
    return scans


def _scan(path: Path, dataset: Path | None) -> ScanFile:
    match = BIDS_T1.fullmatch(path.name)
    if dataset is not None and match is not None:
        return ScanFile(path, match["name"], path.relative_to(dataset).parent, dataset)
    suffix = next((one for one in sorted(SUFFIXES, key=len) if path.name.lower().endswith(one)), "")
    return ScanFile(path, path.name[: len(path.name) - len(suffix)] or path.name)


def _is_image(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and path.name.lower().endswith(SUFFIXES)


def _dataset_of(path: Path) -> Path | None:
    """The BIDS dataset around a file with a BIDS name, if any."""
    if not BIDS_T1.fullmatch(path.name):
        return None
    return next((parent for parent in path.parents if (parent / DESCRIPTION).is_file()), None)
