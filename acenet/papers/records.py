"""Reads the package's CSV files and turns bad rows into errors that name file and line."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from acenet.errors import InputError

FOLDER = Path(__file__).parent


def read_records(path: Path, columns: Iterable[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield ("file, line n", row) for each row of a CSV whose header must be exactly `columns`."""
    expected = list(columns)
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        if reader.fieldnames != expected:
            raise InputError(path, expected=f"columns {','.join(expected)}", found=str(reader.fieldnames))
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            if None in row or None in row.values():
                raise InputError(where, expected=f"{len(expected)} fields", found=str(row))
            yield where, row


def yes_no(where: str, text: str) -> bool:
    """`yes` or `no` as a truth value."""
    if text not in ("yes", "no"):
        raise InputError(where, expected="yes or no", found=repr(text))
    return text == "yes"


def number(where: str, text: str) -> float | None:
    """A number, or None for an empty field."""
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise InputError(where, expected="a number or an empty field", found=repr(text)) from None
