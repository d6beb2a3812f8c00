"""One process at a time in a folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Let no other process into such a block for the same folder; not on file systems without locks.

    Raises
    ------
    OSError
        The folder cannot be opened.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
