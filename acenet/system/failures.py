"""What a command tells a person of an error: always one message, never a traceback."""

import errno
import sys
import tempfile
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import acenet
from acenet.errors import ADVICE, explanation

LOG = "acenet_unexpected.log"
LONGEST = 300  # characters of an error's own words
MEMORY = (
    "The memory is used up: take fewer slices at a time (--batch 1), fewer --threads, or a machine with more"
)
PERMISSION = "You may not read or write there: change its permissions, or name another place"
COMMAND_ADVICE = MappingProxyType(
    ADVICE
    | {
        errno.EROFS: "Nothing can be written there: name another folder",
        errno.EACCES: PERMISSION,
        errno.EPERM: PERMISSION,
        errno.ENOMEM: MEMORY,
        errno.ENAMETOOLONG: "Shorten the file's name: results add to it, and a folder takes 255 bytes",
        errno.EIO: "The disk or network drive does not answer: look after it, then run the same command again",
        errno.ESTALE: "The network drive has gone away: mount it, then run the same command again",
    }
)


def failure(error: BaseException, *, about: str, log: Path) -> str:
    """One message for any error, which names what it is about.

    An error of the program itself leaves its traceback in the file `log`, which the message asks for.
    """
    message = _explained(error)
    if message is None:
        words = " ".join(str(error).split())[:LONGEST]
        sent = _record(error, about, log)
        message = f"unexpected {type(error).__name__}{': ' * bool(words)}{words}; {sent}"
    return message if about in message else f"{about}: {message}"


def _explained(error: BaseException) -> str | None:
    if is_out_of_memory(error):
        return f"{MEMORY} ({' '.join(str(error).split())[:LONGEST] or type(error).__name__})"
    message = explanation(error, COMMAND_ADVICE)
    if message is None and isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return where + (error.strerror or " ".join(str(error).split())[:LONGEST] or type(error).__name__)
    return message


def any_folder() -> Path:
    """Where a log can go when there is no folder of results: that of the system for temporary files, or this one."""
    try:
        return Path(tempfile.gettempdir())
    except OSError:
        return Path()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory, of a GPU or of the machine, did not suffice; asks torch only where it is loaded."""
    if isinstance(error, MemoryError):
        return True
    if "torch" not in sys.modules:
        return False
    from acenet.system.out_of_memory import is_out_of_memory as torch_is

    return torch_is(error)


def _record(error: BaseException, about: str, log: Path) -> str:
    """Append the traceback to `log`; returns what to do with it."""
    when = datetime.now(UTC).isoformat(timespec="seconds")
    head = f"{when} acenet {acenet.__version__}, Python {sys.version.split()[0]}: {about}\n"
    text = head + "".join(traceback.format_exception(error)) + "\n"
    try:
        with log.open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
    except OSError as failed:
        with suppress(IndexError):
            last = traceback.extract_tb(error.__traceback__)[-1]
            return f"please send this line: {Path(last.filename).name}, line {last.lineno} (no log: {failed})"
        return f"no log: {failed}"
    return f"please send {log}"
