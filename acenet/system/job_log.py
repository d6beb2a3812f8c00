"""Logging of one job: everything into its log file, what a person should see onto the terminal as well."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from acenet.errors import explanation

FORMAT = "%(asctime)s %(levelname)s %(message)s"
CLEAR = "\r\x1b[2K"  # of a terminal, where the run's progress may stand in the line


class LogFile(logging.FileHandler):
    """A log file on a disk that may be full: what cannot be written is still on the terminal."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Say nothing; logging itself would print a traceback for each record."""

    def close(self) -> None:
        """Close the file, whether or not its last lines find room."""
        with suppress(OSError):
            super().close()


@contextmanager
def logged(path: str | Path) -> Iterator[None]:
    """Log the work of the block to `path`.

    What a person can do something about (bad input, a full disk) ends the process with its one message, without a
    traceback.
    """
    package = logging.getLogger("acenet")
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    handlers[0].setLevel(logging.INFO)
    package.setLevel(logging.DEBUG)
    package.addHandler(handlers[0])
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        handlers.append(LogFile(path, mode="w"))
        for handler in handlers:
            clear = CLEAR if handler is handlers[0] and sys.stderr.isatty() else ""
            handler.setFormatter(logging.Formatter(clear + FORMAT, "%H:%M:%S"))
        package.addHandler(handlers[-1])
        yield
    except Exception as error:
        message = explanation(error)
        if message is None:
            package.exception("failed")
        else:
            package.error("%s", message)
        sys.exit(1)
    finally:
        for handler in handlers:
            package.removeHandler(handler)
            handler.close()
