"""Logging of one job: everything into its log file, what a person should see onto the terminal as well."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from acenet.errors import InputError

FORMAT = "%(asctime)s %(levelname)s %(message)s"


@contextmanager
def logged(path: str | Path) -> Iterator[None]:
    """Log the work of the block to `path`; bad input ends the process with its one message, no traceback."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    file, terminal = logging.FileHandler(path, mode="w"), logging.StreamHandler(sys.stderr)
    file.setLevel(logging.DEBUG)
    terminal.setLevel(logging.INFO)
    package = logging.getLogger("acenet")
    package.setLevel(logging.DEBUG)
    for handler in (file, terminal):
        handler.setFormatter(logging.Formatter(FORMAT, "%H:%M:%S"))
        package.addHandler(handler)
    try:
        yield
    except InputError as error:
        package.error("%s", error)
        sys.exit(1)
    except Exception:
        package.exception("failed")
        sys.exit(1)
    finally:
        for handler in (file, terminal):
            package.removeHandler(handler)
            handler.close()
