"""Standard streams as they may be: closed, full, a broken pipe, of another encoding. The work goes on without them."""

import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO


def open_missing_streams() -> None:
    """Put /dev/null in the place of closed standard streams, before a file takes their number and gets their text."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (for the process's life)
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def say(text: str) -> None:
    """A line on stderr, if that takes it."""
    with suppress(OSError, ValueError):
        stream = sys.stderr
        encoding = stream.encoding or "utf-8"
        stream.write(printable(text).encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()


def tell_path(path: Path) -> str | None:
    """A path on stdout, byte by byte as the file system has it; returns why stdout did not take it."""
    try:
        sys.stdout.flush()
        buffer = getattr(sys.stdout, "buffer", None)  # streams of notebooks have none
        if buffer is None:
            sys.stdout.write(f"{printable(str(path))}\n")
        else:
            buffer.write(os.fsencode(path) + b"\n")
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        discard(sys.stdout)
        return str(error)
    return None


def tell(text: str) -> None:
    """A text on stdout, in its encoding; a reader who has left need not have it.

    Raises
    ------
    OSError
        Where it takes none.
    """
    stream = sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(printable(text).encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        discard(stream)
    except OSError as error:
        discard(stream)
        error.filename = error.filename or "stdout"
        raise


def discard(stream: TextIO) -> None:
    """Let what a stream still holds, and all that follows, go nowhere: Python itself would complain at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def flush_streams() -> None:
    """Bring out what was printed; what cannot be is given up."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            discard(stream)


def printable(text: str) -> str:
    """Text without what a terminal would obey and no encoding has: control characters and lone bytes, escaped.

    >>> printable("M\\udcfcller\\t\\x1b[2J.nii")
    'M\\\\xfcller\\\\t\\\\x1b[2J.nii'
    """
    return "".join(one if one.isprintable() or one == "\n" else _escaped(one) for one in text)


def _escaped(one: str) -> str:
    if "\udc80" <= one <= "\udcff":  # how Python holds a byte of a name that is not UTF-8
        return f"\\x{ord(one) - 0xDC00:02x}"
    return one.encode("unicode_escape").decode("ascii")


class TerminalHandler(logging.Handler):
    """Log records as lines of stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say one record."""
        say(self.format(record))
