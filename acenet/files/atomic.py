"""Write a file completely or not at all."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from math import isfinite
from pathlib import Path
from typing import Any

UNFINISHED = ".writing-"  # how the names of temporary files begin
KEPT, LONGEST_SUFFIX = 30, 10  # characters of a file's name that its temporary name keeps


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it takes `path`'s place, on any error it is removed.

    The temporary name keeps all suffixes (`.nii.gz`), since writers choose the format by them. The file is
    flushed to the disk before it is renamed, so that after a crash `path` holds the old or the new content.
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    # As much of the name as says what the file will be: the temporary name may not be longer than the final one.
    suffix = "".join(one for one in final.suffixes[-2:] if len(one) <= LONGEST_SUFFIX)
    try:
        handle, name = tempfile.mkstemp(
            dir=final.parent, prefix=f"{UNFINISHED}{final.name.split('.', 1)[0][:KEPT]}-", suffix=suffix
        )
    except OSError as error:
        error.filename = str(final)  # the temporary name says nothing to anybody
        raise
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(final)
        _flush_folder(final.parent)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (None, name):
            error.filename = str(final)  # writing, unlike opening, does not tell
        raise


def write_text(path: str | os.PathLike[str], text: str, *, errors: str = "strict") -> None:
    """Write a text file in UTF-8 in place of what `path` held; `errors` as those of `str.encode`."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors=errors)


def write_json(path: str | os.PathLike[str], content: Mapping[str, Any], *, indent: int | None = 1) -> None:
    """Write a JSON file, for people and programs, in place of what `path` held.

    JSON knows neither NaN nor infinity: null stands for them. Bytes of file names that are no UTF-8 (Python's lone
    surrogates) become JSON's own escapes.
    """
    text = json.dumps(_finite(content), indent=indent, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n", errors="backslashreplace")


def _finite(value: Any) -> Any:
    """A tree of JSON values with None in place of numbers that JSON does not know."""
    if isinstance(value, Mapping):
        return {key: _finite(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(child) for child in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def remove_leftovers(folder: Path) -> None:
    """Remove what killed processes left half-written in a folder that no other process writes to."""
    for path in folder.glob(f"{UNFINISHED}*"):
        path.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """Bring a renaming to the disk, too, on file systems that can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    """The process's umask; `mkstemp` ignores it and would leave private files in a shared results folder."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
