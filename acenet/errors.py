"""The exceptions that speak to a person, in one message and without a traceback."""

import errno
from collections.abc import Mapping
from os import PathLike, strerror


class InputError(ValueError):
    """Bad input: names the file (or setting), what was expected and what was found.

    Parameters
    ----------
    where
        Path of the file, or name of the setting, at fault.
    expected, found
        Short phrases that complete "expected ..." and "found ...".
    """

    def __init__(self, where: str | PathLike[str], *, expected: str, found: str) -> None:
        self.where, self.expected, self.found = str(where), expected, found
        super().__init__(f"{self.where}: expected {expected}; found {found}")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.where, self.expected, self.found)


def _rebuild(where: str, expected: str, found: str) -> InputError:
    """Lets the error cross process boundaries, which keyword-only arguments alone would prevent."""
    return InputError(where, expected=expected, found=found)


class StoppedError(RuntimeError):
    """Work that cannot go on, though its input is sound: what happened, and what to do about it."""

    def __init__(self, what: str, advice: str) -> None:
        self.what, self.advice = what, advice
        super().__init__(what, advice)

    def __str__(self) -> str:
        return f"{self.what}. {self.advice}"


ADVICE = {
    errno.ENOSPC: "Make room there, then run the same command again: finished results are kept",
    errno.EDQUOT: "Your quota there is used up: make room, then run the same command again",
    errno.EFBIG: "The file system or `ulimit -f` forbids files of that size: allow them, then run again",
    errno.EROFS: "Nothing can be written there: work in another folder with --directory, or make this one writable",
    errno.EACCES: "You may not write or read there: work in another folder with --directory, or change its permissions",
    errno.EPERM: "You may not write or read there: work in another folder with --directory, or change its permissions",
    errno.ENOMEM: "The memory is used up: run fewer jobs at a time (--cores, --resources mem_mb=...)",
    errno.EMFILE: "Too many files are open at a time: raise `ulimit -n`, or set `workers: 0`",
}


WORKFLOW_ALONE = frozenset({"ants", "filelock", "pydantic", "snakemake", "statsmodels"})
"""Packages, as they are imported, of the extra `workflow`, which a light installation leaves out."""


def explanation(error: BaseException, advice: Mapping[int, str] = ADVICE) -> str | None:
    """One message for an error that a person can do something about; None for one that is the program's own fault.

    Parameters
    ----------
    advice
        What to do about errors of the system, by number; by default in the words of a run of the workflow.
    """
    if isinstance(error, InputError | StoppedError):
        return str(error)
    if isinstance(error, OSError) and error.errno is not None and error.errno in advice:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or strerror(error.errno)}. {advice[error.errno]}"
    if (
        isinstance(error, ModuleNotFoundError)
        and (name := (error.name or "").split(".")[0]) in WORKFLOW_ALONE
    ):
        advice_on_it = "Install the workflow's packages: pip install 'acenet[workflow]'"
        return f"{name} is not installed, which this needs. {advice_on_it}"
    if isinstance(error, MemoryError):
        return f"The memory is used up. {advice[errno.ENOMEM]}"
    return None
