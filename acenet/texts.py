"""Tables that people write: read as UTF-8, or refused with the place where they are not."""

import csv
import io
from pathlib import Path

from acenet.errors import InputError


def read_text(path: Path) -> str:
    """The text of a file, without the mark that some editors put first.

    Raises InputError for other encodings (as spreadsheets save 'CSV' on some systems) and for binary files.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{content[error.start]:02x} in line {line}"
        raise InputError(path, expected="text in UTF-8 (save it as 'CSV UTF-8')", found=found) from None
    if "\0" in text:
        raise InputError(path, expected="text", found="a binary file, or text in UTF-16")
    return text


def read_rows(path: Path, *, delimiter: str = ",") -> tuple[list[str], list[dict[str, str | None]]]:
    """The columns of a table and its rows by column; a cell that a row lacks is None. Raises InputError as above."""
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), delimiter=delimiter)
    try:
        rows = [{key: value for key, value in row.items() if key is not None} for row in reader]
        return list(reader.fieldnames or ()), rows
    except csv.Error as error:
        raise InputError(path, expected="a table", found=f"{error} (line {reader.line_num})") from None
