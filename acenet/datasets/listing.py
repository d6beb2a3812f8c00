"""What lies in a folder of scans: the images that are read, and what looks like a scan and is not read, by name."""

import logging
import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from unicodedata import category, normalize

from acenet.errors import InputError

logger = logging.getLogger(__name__)

SUFFIXES = (".nii.gz", ".nii", ".mgz", ".mgh")  # that are read, in any case
PAIR = "half of a pair of files: save both as one .nii.gz (mri_convert, or nibabel)"
DICOM = "DICOM: convert it with dcm2niix"
FORMAT = "a format that is not read: save it as .nii.gz"
PACKED = "packed otherwise than with gzip: unpack it"
OTHERS = {
    **dict.fromkeys((".img", ".hdr", ".img.gz", ".hdr.gz"), PAIR),
    **dict.fromkeys((".dcm", ".dicom", ".ima"), DICOM),
    **dict.fromkeys((".nrrd", ".nhdr", ".mha", ".mhd", ".mnc", ".minc", ".brik", ".brik.gz"), FORMAT),
    **dict.fromkeys((".nii.bz2", ".nii.xz", ".nii.zst", ".nii.zip", ".nii.z"), PACKED),
}
BESIDE = (
    ".json",
    ".txt",
    ".csv",
    ".tsv",
    ".xml",
    ".log",
    ".lock",
    ".md5",
    ".png",
    ".jpg",
    ".pdf",
    ".html",
    ".mat",
)
DEPTH = 4  # sub-folders that are looked into
LONGEST = 200  # bytes of a subject's id: results put up to 40 more into one file's name, which may have 255
SHOWN = 8
NOTHING = "nothing there"
PATTERN_SIGNS = "{}<>"  # Snakemake reads {name} and <name> in a path as something to fill in


def some(names: Iterable[str], separator: str = ", ") -> str:
    """Names for a message: the first few, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return separator.join(every[:SHOWN]) + more


def shown(name: str) -> str:
    """A file's name as a message may hold it, whatever bytes it is made of."""
    return name if name.isprintable() and name == name.strip() else repr(name)


def suffix_of(name: str) -> str | None:
    """The ending of an image file's name, as it is written there; None for other files."""
    length = next((len(suffix) for suffix in SUFFIXES if name.lower().endswith(suffix)), 0)
    return name[-length:] if length else None


def not_read(name: str) -> str | None:
    """Why a file whose name looks like a scan's is not read; None for one that is, and for other files."""
    lower = name.lower()
    if suffix_of(name) is not None:
        return None
    if reason := next((why for ending, why in OTHERS.items() if lower.endswith(ending)), None):
        return reason
    if any(suffix in lower for suffix in SUFFIXES) and not lower.endswith(BESIDE) and ".sha" not in lower:
        return f"not one of {', '.join(SUFFIXES)} at its end: a copy, or half of a download?"
    return None


def missing(path: Path) -> str | None:
    """What stands in the place of a file or folder that should be there; None where it is."""
    try:
        if path.exists():
            return None
        for place in (path, *path.parents):
            if place.is_symlink() and not place.exists():
                target = str(place.readlink())
                advice = "; fetch it first (datalad get, git annex get)" if ".git/annex" in target else ""
                link = "a link" if place == path else f"{place}, a link"
                return f"{link} to {shown(target)}, which is not there{advice}"
    except OSError as error:
        return f"a place that cannot be read ({error.strerror})"
    return NOTHING


def entries(folder: Path) -> list[Path]:
    """What lies in a folder, by name, without hidden files.

    Raises
    ------
    InputError
        Where it is none or cannot be read.
    """
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        found = "a file" if folder.is_file() else missing(folder) or error.strerror or "no folder"
        raise InputError(folder, expected="a folder of images", found=found) from None


def images_in(folder: Path) -> dict[str, Path]:
    """The image files that lie directly in a folder by subject: their name without its ending, in NFC.

    Hidden files are set aside on purpose and do not count. Links are followed.

    Raises
    ------
    InputError
        For whatever else looks like a scan: links to nothing, formats that are not read, folders that hold scans; and
        for a subject that has two files, or a name that results cannot be called after.
    """
    found: dict[str, Path] = {}
    others: dict[str, str] = {}
    for path in entries(folder):
        if reason := _why_not(path):
            others[path.name] = reason
        elif (suffix := suffix_of(path.name)) is not None:
            subject = normalize("NFC", path.name.removesuffix(suffix))
            if subject in found:
                raise InputError(
                    path, expected="one file for each subject", found=f"also {found[subject].name}"
                )
            found[subject] = path
    if others:
        said = [f"{shown(name)} ({reason})" for name, reason in others.items()]
        raise InputError(
            folder,
            expected=f"image files only ({', '.join(SUFFIXES)}); move other scans out of it",
            found=some(said),
        )
    return found


def _why_not(path: Path) -> str | None:
    """Why an entry of a folder of images that looks like a scan, or holds scans, is not read; None for others."""
    name = path.name
    if suffix_of(name) is None and not_read(name) is None and not path.is_dir():
        return None
    if reason := missing(path):
        return reason
    if path.is_dir():
        if suffix_of(name) is not None:
            return "a folder"
        inside = next(_scans_below(path, DEPTH, set()), None)
        return f"a folder that holds {shown(inside.name)}" if inside else None
    return not_read(name) or (None if path.is_file() else "neither a file nor a link to one")


def require_names(ids: Iterable[str], root: Path) -> None:
    """Raise InputError for ids that files, patterns and tables of results cannot be called after, with a proposal.

    Results have a folder for each id, `PATTERN_SIGNS` mean something in their rules, and some disks do not tell upper
    from lower case.
    """
    seen: dict[str, str] = {}
    for one in ids:
        clean = "".join(
            "_" if letter in PATTERN_SIGNS or category(letter) in ("Cc", "Cs") else letter for letter in one
        )
        clean = clean.strip().strip("_" if clean != one else "").encode()[:LONGEST].decode("utf-8", "ignore")
        if clean != one:
            raise InputError(
                root,
                expected=f"names in UTF-8 without {PATTERN_SIGNS}, control characters and outer spaces, "
                f"of at most {LONGEST} bytes",
                found=f"{one!r}; rename it, to {shown(clean or 'subject1')} perhaps",
            )
        alike = normalize("NFC", one).casefold()
        if seen.setdefault(alike, one) != one:
            raise InputError(
                root, expected="names that differ in more than their case", found=f"{seen[alike]} and {one}"
            )


def folders(base: Path, pattern: str) -> list[Path]:
    """The folders below `base` that match a pattern such as *_volumes/*, by name; links are followed, hidden ones not.

    Raises
    ------
    InputError
        For a link to nothing, which may have been one of them.
    """
    level = [base]
    for part in pattern.split("/"):
        matching = [
            path
            for folder in level
            if folder.is_dir()
            for path in entries(folder)
            if fnmatchcase(path.name, part)
        ]
        for path in matching:
            if path.is_symlink() and (found := missing(path)):
                raise InputError(path, expected="a folder of scans", found=found)
        level = [path for path in matching if path.is_dir()]
    return level


def files_in(folder: Path) -> Iterator[Path]:
    """The image files that lie directly in a folder, by name; none where it is not there."""
    return (path for path in (entries(folder) if folder.is_dir() else ()) if suffix_of(path.name))


def without_suffix(name: str) -> str:
    """An image file's name without its ending."""
    return name.removesuffix(suffix_of(name) or "")


def in_place(path: Path) -> Path:
    """The file that stands where a layout has `path`: itself, or the one with another ending or an ending in capitals.

    `path` where there is none.

    Raises
    ------
    InputError
        Where there are two.
    """
    if os.path.lexists(path):
        return path
    found = [p for p in files_in(path.parent) if without_suffix(p.name) == without_suffix(path.name)]
    if len(found) > 1:
        raise InputError(found[0], expected="one file", found=f"also {found[1].name}")
    return found[0] if found else path


def warn_of_others(places: Iterable[Path], *, taken: Iterable[Path], known: Iterable[str] = ()) -> None:
    """Name whatever looks like a scan in some folders, or in folders in them, and is none of the files taken.

    `known` are patterns of the names of files and folders that a release has beside its scans.
    """
    seen: set[Path] = set()
    files = {path.absolute() for path in taken}
    passed = [pattern.casefold() for pattern in known]
    others = [
        path
        for place in places
        for path in _scans_below(place, DEPTH, seen)
        if path.absolute() not in files
        and not any(fnmatchcase(part.casefold(), p) for part in path.relative_to(place).parts for p in passed)
    ]
    if others:
        logger.warning(
            "left out, since the layout has no such files: %s", some(shown(str(p)) for p in sorted(others))
        )


def warn_of_folders(there: Iterable[Path], *, known: Iterable[Path], holding: str) -> None:
    """Name the folders in which scans called like `holding`, a pattern, lie in further folders, and are left out."""
    others = sorted(set(there) - set(known))
    if left_out := [path for path in others if _holds(path, holding.casefold())]:
        logger.warning("left out, since the layout knows no such folders: %s", some(map(str, left_out)))


def _holds(folder: Path, pattern: str) -> bool:
    scans = _scans_below(folder, DEPTH, set())
    return any(fnmatchcase(path.name.casefold(), pattern) for path in scans)


def _looks_like_a_scan(name: str) -> bool:
    return suffix_of(name) is not None or not_read(name) is not None


def _scans_below(folder: Path, depth: int, seen: set[Path]) -> Iterator[Path]:
    """What looks like a scan in a folder or the folders in it; links that lead in circles end."""
    here = folder.resolve()
    if here in seen or depth == 0:
        return
    seen.add(here)
    try:
        inside = entries(folder)
    except InputError:
        return
    for path in inside:
        if path.is_dir():
            yield from _scans_below(path, depth - 1, seen)
        elif _looks_like_a_scan(path.name):
            yield path
