"""Take wanted files out of tar and zip archives: all of them whole and verified, or none.

Nothing in an archive chooses where a file goes: members are matched against the paths we want and written
under those. Members that would leave the folder, links, devices and bombs are refused all the same, since an
archive that holds them is not what it says it is.
"""

import fnmatch
import gzip
import logging
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from acenet.errors import InputError

logger = logging.getLogger(__name__)

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")
BLOCK = 2**20
GIB = 2**30
DAMAGE = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, OSError, NotImplementedError)


@dataclass(frozen=True)
class Limits:
    """What an archive may hold at most; the largest real one (Mindboggle-101) has 8.4 GB in 2000 files."""

    members: int = 100_000
    member_bytes: int = 4 * GIB
    total_bytes: int = 64 * GIB


@dataclass
class _Sorting:
    """The state of one `unpack`: where wanted files wait, and what went by."""

    waiting: Path
    wanted: frozenset[PurePosixPath]
    nested: Sequence[str]
    limits: Limits
    found: dict[PurePosixPath, str] = field(default_factory=dict)
    members: int = 0
    total: int = 0


def archives_in(folder: Path) -> list[Path]:
    """Archives that lie directly in `folder`, by name."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.name.lower().endswith(SUFFIXES) and p.is_file())


def unpack(
    archives: Sequence[Path],
    wanted: Sequence[PurePosixPath],
    out_dir: Path,
    *,
    nested: Sequence[str] = (),
    limits: Limits | None = None,
) -> None:
    """Write the members of `archives` whose paths end with a path of `wanted` to that path under `out_dir`.

    `nested` are patterns of file names of archives within the archives that are opened too. Everything is
    read to the end, so that checksums are compared, before the first file takes its place.

    Raises
    ------
    InputError
        Naming the archive and member that is unsafe, damaged, too large or met twice, or the wanted files that no
        archive holds.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".unpack-") as folder:
        sorting = _Sorting(Path(folder), frozenset(wanted), nested, limits or Limits())
        for archive in archives:
            logger.info("reading %s", archive)
            _sort_out(archive, str(archive), sorting, depth=0)
        missing = sorted(str(path) for path in sorting.wanted - sorting.found.keys())
        if missing:
            shown = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
            names = ", ".join(archive.name for archive in archives) or "no archives"
            raise InputError(out_dir, expected=f"{shown} in the archives", found=f"none in {names}")
        for path in sorted(sorting.wanted):
            (out_dir / path).parent.mkdir(parents=True, exist_ok=True)
            (sorting.waiting / path).replace(out_dir / path)


def _sort_out(archive: Path, where: str, sorting: _Sorting, *, depth: int) -> None:
    """Copy the wanted members of one archive into the waiting folder, and open archives within it."""
    with _damage_reported(where):
        for name, size, read in _members(archive, where):
            sorting.members, sorting.total = sorting.members + 1, sorting.total + size
            _check_limits(f"{where}!{name}", size, sorting)
            path = PurePosixPath(name)
            if (match := _match(path, sorting.wanted)) is not None:
                if match in sorting.found:
                    raise InputError(
                        f"{where}!{name}", expected="each file once", found=f"also {sorting.found[match]}"
                    )
                sorting.found[match] = f"{where}!{name}"
                _copy(read(), sorting.waiting / match, f"{where}!{name}", size)
            elif depth == 0 and any(fnmatch.fnmatch(path.name, pattern) for pattern in sorting.nested):
                inner = sorting.waiting / f"inner-{sorting.members}{''.join(path.suffixes[-2:])}"
                _copy(read(), inner, f"{where}!{name}", size)
                _sort_out(inner, f"{where}!{name}", sorting, depth=1)
                inner.unlink()


def _match(path: PurePosixPath, wanted: frozenset[PurePosixPath]) -> PurePosixPath | None:
    """The wanted path that `path` ends with."""
    for depth in range(len(path.parts)):
        ending = PurePosixPath(*path.parts[depth:])
        if ending in wanted:
            return ending
    return None


Member = tuple[str, int, Callable[[], IO[bytes]]]


def _members(archive: Path, where: str) -> Iterator[Member]:
    """Name, size and opener of each plain file of an archive, in its order; unsafe members are refused."""
    if zipfile.is_zipfile(archive):
        yield from _zip_members(archive, where)
    else:
        yield from _tar_members(archive, where)


def _tar_members(archive: Path, where: str) -> Iterator[Member]:
    with archive.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        stream: IO[bytes] = gzip.GzipFile(fileobj=file) if compressed else file  # type: ignore[assignment]
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                _check_name(f"{where}!{member.name}", member.name)
                if not (member.isreg() or member.isdir()):
                    raise InputError(
                        f"{where}!{member.name}", expected="plain files and folders", found=_kind(member)
                    )
                if member.isreg():
                    yield member.name, member.size, lambda m=member: tar.extractfile(m)  # type: ignore[misc]
        while stream.read(BLOCK):  # tar stops at its own end, before gzip's length and checksum
            pass


def _zip_members(archive: Path, where: str) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as bundle:
        for member in bundle.infolist():
            _check_name(f"{where}!{member.filename}", member.filename)
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                found = "a link" if kind == stat.S_IFLNK else "a device or other special file"
                raise InputError(
                    f"{where}!{member.filename}", expected="plain files and folders", found=found
                )
            if member.flag_bits & 1:
                raise InputError(
                    f"{where}!{member.filename}", expected="no encryption", found="an encrypted file"
                )
            if not member.is_dir():
                yield member.filename, member.file_size, lambda m=member: bundle.open(m)  # type: ignore[misc]


def _kind(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return f"a link to {member.linkname}"
    return "a device or other special file"


def _check_name(where: str, name: str) -> None:
    """Refuse names that lead out of the folder, on any operating system."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or "\0" in name or name[1:2] == ":":
        raise InputError(
            where, expected="paths inside the archive's folder", found="one that leads out of it"
        )


def _check_limits(where: str, size: int, sorting: _Sorting) -> None:
    limits = sorting.limits
    if sorting.members > limits.members:
        raise InputError(where, expected=f"at most {limits.members} files", found="more")
    if size > limits.member_bytes:
        raise InputError(where, expected=f"files of at most {limits.member_bytes} bytes", found=f"{size}")
    if sorting.total > limits.total_bytes:
        raise InputError(where, expected=f"at most {limits.total_bytes} bytes", found=f"{sorting.total}")


def _copy(source: IO[bytes], target: Path, where: str, size: int) -> None:
    """Copy a member, which must have the size that its archive states."""
    target.parent.mkdir(parents=True, exist_ok=True)
    copied = 0
    with source, target.open("wb") as out:
        while block := source.read(BLOCK):
            copied += len(block)
            if copied > size:
                break
            out.write(block)
    if copied != size:
        raise InputError(where, expected=f"{size} bytes as the archive states", found=f"{copied} or more")


@contextmanager
def _damage_reported(where: str) -> Iterator[None]:
    """Turn what the libraries raise on damaged archives into a message that names the archive."""
    try:
        yield
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's fault, not the archive's
        raise InputError(where, expected="an intact archive", found=f"damage: {error}") from error
