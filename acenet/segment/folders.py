"""What lies in folders, links included, without losing a word over what cannot be opened."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


def absolute(path: Path) -> Path:
    """A path from the root on, without `..`. Links stay: a link into git-annex lies where the link is."""
    return Path(os.path.abspath(path))  # noqa: PTH100


class Kind(Enum):
    """What an entry of a folder is."""

    FILE = "a file"
    FOLDER = "a folder"
    GONE = "a link whose content is not there (DataLad, git-annex: get it first)"
    ODD = "neither a file nor a folder (a pipe or a device)"
    CLOSED = "cannot be opened"
    LOOP = "a link back to a folder that it lies in"


@dataclass(frozen=True)
class Entry:
    """A path in a folder. why : of one that cannot be opened, what the system says."""

    path: Path
    kind: Kind
    is_link: bool = False
    why: str = ""

    @property
    def reason(self) -> str:
        """Why it cannot be taken."""
        return f"{self.kind.value}{': ' * bool(self.why)}{self.why}"


def entry_of(path: Path) -> Entry:
    """What a path is, links followed."""
    is_link = path.is_symlink()
    try:
        if path.is_dir():
            return Entry(path, Kind.FOLDER, is_link)
        if path.is_file():
            return Entry(path, Kind.FILE, is_link)
        if not path.exists():
            return Entry(path, Kind.GONE, is_link)
        return Entry(path, Kind.ODD, is_link)
    except OSError as error:
        return Entry(path, Kind.CLOSED, is_link, error.strerror or str(error))


def listed(folder: Path) -> list[Entry]:
    """What lies directly in a folder, by name; hidden names are left out.

    Raises
    ------
    OSError
        The folder cannot be opened.
    """
    return [entry_of(folder / name) for name in sorted(os.listdir(folder)) if not name.startswith(".")]  # noqa: PTH208


def walk(folder: Path, enter: Callable[[Entry], bool] = lambda folder: True) -> Iterator[Entry]:
    """All that lies below a folder and is no folder itself, and each folder that cannot be opened, by name.

    Parameters
    ----------
    enter
        Whether to look into a folder. Links to folders are followed, but not back into a folder they lie in.
    """
    yield from _below(Entry(folder, Kind.FOLDER), enter, frozenset())


def _below(
    folder: Entry, enter: Callable[[Entry], bool], above: frozenset[tuple[int, int]]
) -> Iterator[Entry]:
    try:
        found = folder.path.stat()
        identity = (found.st_dev, found.st_ino)
        if identity in above:
            yield Entry(folder.path, Kind.LOOP, folder.is_link)
            return
        entries = listed(folder.path)
    except OSError as error:
        yield Entry(folder.path, Kind.CLOSED, folder.is_link, error.strerror or str(error))
        return
    for entry in entries:
        if entry.kind is not Kind.FOLDER:
            yield entry
        elif enter(entry):
            yield from _below(entry, enter, above | {identity})
