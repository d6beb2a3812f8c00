"""Failures as data: a scan or pair that cannot be used leaves its reason in its folder and stops nothing else."""

import json
import logging
import multiprocessing
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from acenet.errors import InputError
from acenet.files.atomic import write_json

logger = logging.getLogger(__name__)

FILE = "failed.json"
POLICIES = ("exclude", "stop")
CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGBUS, signal.SIGILL)


class PairError(RuntimeError):
    """A scan or pair that cannot be used, for a reason found before."""


@contextmanager
def recording(out: Path, on_failure: str) -> Iterator[None]:
    """Work on folder `out`: an error of the data or of ANTs empties it and writes its reason there.

    A full disk, too little memory or an interruption are not the pair's fault: they end the job, so that it is
    done again. With `on_failure` "stop" everything does.
    """
    if on_failure not in POLICIES:
        raise InputError("augmentation, on_failure", expected=" or ".join(POLICIES), found=on_failure)
    out.mkdir(parents=True, exist_ok=True)
    (out / FILE).unlink(missing_ok=True)
    try:
        yield
    except (OSError, MemoryError):
        raise
    except Exception as error:
        if on_failure == "stop":
            raise
        reason = str(error) or type(error).__name__
        logger.warning(
            "%s is left out: %s", out.name, reason, exc_info=not isinstance(error, (InputError, PairError))
        )
        record(out, reason)


def record(out: Path, reason: str) -> None:
    """Leave nothing but the reason in folder `out`."""
    shutil.rmtree(out, ignore_errors=True)
    write_json(out / FILE, {"reason": reason}, indent=None)


def in_a_child(work: Callable[[], None], out: Path, on_failure: str) -> None:
    """Do `work` on folder `out` in a process of its own: a crash within ANTs then fails its pair alone.

    Call it before anything starts threads.

    Raises
    ------
    RuntimeError
        The work raised, was killed or, with `on_failure` "stop", crashed.
    """
    child = multiprocessing.get_context("fork").Process(target=_logging_errors, args=(work,))
    child.start()
    child.join()
    status = child.exitcode or 0
    if -status in CRASHES and on_failure == "exclude":
        reason = f"the registration crashed ({signal.Signals(-status).name})"
        logger.warning("%s is left out: %s", out.name, reason)
        record(out, reason)
    elif status:
        found = signal.Signals(-status).name if status < 0 else f"status {status}"
        raise RuntimeError(f"the process that made {out} ended with {found}")


def _logging_errors(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        logger.exception("failed")
        raise SystemExit(1) from None


def failure(folder: Path) -> str:
    """Why the folder of a scan or pair holds nothing to use; empty where it does."""
    path = folder / FILE
    if not path.is_file():
        return ""
    return str(json.loads(path.read_text(encoding="utf-8"))["reason"])


def require_usable(folder: Path, what: str) -> None:
    """Raise PairError with the reason recorded in `folder`, if any; `what` names it."""
    if reason := failure(folder):
        raise PairError(f"{what}: {reason}")
