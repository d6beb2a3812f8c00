"""The one exception that reports bad input to a person."""

from os import PathLike


class InputError(ValueError):
    """Bad input: names the file (or setting), what was expected and what was found.

    Parameters
    ----------
    where : path of the file, or name of the setting, at fault.
    expected, found : short phrases that complete "expected ..." and "found ...".
    """

    def __init__(self, where: str | PathLike[str], *, expected: str, found: str) -> None:
        self.where, self.expected, self.found = str(where), expected, found
        super().__init__(f"{self.where}: expected {expected}; found {found}")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.where, self.expected, self.found)


def _rebuild(where: str, expected: str, found: str) -> InputError:
    """Lets the error cross process boundaries, which keyword-only arguments alone would prevent."""
    return InputError(where, expected=expected, found=found)
