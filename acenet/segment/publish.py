"""Put a scan's finished results into their places: all of them, or none."""

import errno
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from acenet.errors import InputError
from acenet.files.atomic import replacing


def publish(folder: Path, out: Path, files: Sequence[Path], *, old: Sequence[Path], aside: Path) -> None:
    """Move `files` (relative paths, the record last) from `folder` to `out`, where they take the place of `old`

    (the record first).

    Whatever stops it, the old results are back in their places; even a kill leaves no record that speaks for other
    files.

    Raises
    ------
    InputError
        A folder has the name of a result.
    OSError
        A file cannot be moved.
    """
    moved: list[tuple[Path, Path]] = []

    def move(source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        moved.append((source, target))
        _move(source, target)

    try:
        for file in old:
            if (out / file).is_dir():
                raise InputError(out / file, expected="a file, to be replaced", found="a folder")
            move(out / file, aside / file)
        for file in files:
            move(folder / file, out / file)
    except BaseException:
        for source, target in reversed(moved):
            with suppress(FileNotFoundError):
                _move(target, source)
        raise


def _move(source: Path, target: Path) -> None:
    """Rename a file; where a link leads `target` to another file system, copy it there and remove it here."""
    try:
        os.replace(source, target)  # noqa: PTH105 (of links, not of what they lead to)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        if source.is_symlink():
            target.symlink_to(source.readlink())
        else:
            with replacing(target) as temporary:
                shutil.copyfile(source, temporary)
        source.unlink()
