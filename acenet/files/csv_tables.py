"""Tables that people write: read as UTF-8, or refused with the place where they are not."""

import csv
import io
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from unicodedata import category

from acenet.errors import InputError

SEPARATORS = {"\t": "tabs", ",": "commas", ";": "semicolons"}


@dataclass(frozen=True)
class NumberedRow:
    """A row of a table that a person wrote: its cells by column, without spaces around them, and its line."""

    line: int
    cells: dict[str, str]


def read_text(path: Path) -> str:
    """The text of a file, without the mark that some editors put first.

    Raises
    ------
    InputError
        For other encodings (as spreadsheets save 'CSV' on some systems) and for binary files.
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
    """The columns of a table and its rows by column; a cell that a row lacks is None.

    Raises
    ------
    InputError
        As above.
    """
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), delimiter=delimiter)
    try:
        rows = [{key: value for key, value in row.items() if key is not None} for row in reader]
        return list(reader.fieldnames or ()), rows
    except csv.Error as error:
        raise InputError(path, expected="a table", found=f"{error} (line {reader.line_num})") from None


def at(path: Path, line: int, column: str = "") -> str:
    """How messages name a place in a table: the file, the line and the column."""
    return f"{path}, line {line}" + (f", column {column}" if column else "")


def read_numbered(
    path: Path,
    *,
    required: tuple[str, ...],
    known: tuple[str, ...] | None = None,
    delimiter: str = ",",
    comments: bool = True,
) -> tuple[list[str], list[NumberedRow]]:
    """The columns of a table that a person wrote, and its rows with their lines; unlike `read_rows`, strictly.

    Blank rows and, where there may be `comments`, lines that begin with # are passed over. The case of column names
    does not matter. A cell that a row lacks at its end is ''. known : the columns that there may be; None: any.

    Raises
    ------
    InputError
        With file and line for missing, unknown or repeated columns, another separator, more cells than columns, quotes
        that are not closed and cells with line breaks or other control characters.
    """
    lines = _lines(path, delimiter, comments)
    if not lines:
        raise InputError(path, expected=f"columns {' and '.join(required)}", found=_lacking([], required))
    (first, heading), *body = lines
    header = _header(path, first, heading, required=required, known=known, delimiter=delimiter)
    rows = []
    for line, cells in body:
        if any(cells[len(header) :]):
            raise InputError(
                at(path, line), expected=f"{len(header)} cells, as the header has", found=f"{len(cells)}"
            )
        named = dict(zip(header, [*cells, *[""] * len(header)], strict=False))
        rows.append(NumberedRow(line, {column: cell for column, cell in named.items() if column}))
    return [column for column in header if column], rows


def _lines(path: Path, delimiter: str, comments: bool) -> list[tuple[int, list[str]]]:
    """The cells of each row that holds any and is no comment, with the line on which it begins."""
    reader = csv.reader(io.StringIO(read_text(path), newline=""), delimiter=delimiter, strict=True)
    found, begins = [], 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells) and not (comments and cells[0].startswith("#")):
                if odd := next((cell for cell in cells if any(category(c) == "Cc" for c in cell)), None):
                    raise InputError(
                        at(path, begins),
                        expected="cells without line breaks or other control characters",
                        found=f"{odd[:60]!r} (is a quote not closed?)",
                    )
                found.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InputError(at(path, begins), expected="a row of a table", found=f"{error}") from None
    return found


def _header(
    path: Path,
    line: int,
    heading: list[str],
    *,
    required: tuple[str, ...],
    known: tuple[str, ...] | None,
    delimiter: str,
) -> list[str]:
    """The columns as they are known; '' for one without a name, whose cells have to be empty or do not count."""
    names = {name.casefold(): name for name in (*required, *(known or ()))}
    header = [names.get(cell.casefold(), cell) for cell in heading]
    while header and not header[-1]:
        header.pop()
    if missing := [name for name in required if name not in header]:
        raise InputError(
            at(path, line),
            expected=_wanted(required, known, delimiter),
            found=_lacking(heading, missing) + _separated(heading, delimiter),
        )
    unknown = [
        name or "a column without a name" for name in header if known is not None and name not in known
    ]
    if unknown:
        near = get_close_matches(unknown[0].casefold(), [k for k in names if names[k] not in header], 1)
        guess = f" ({names[near[0]]}, perhaps)" if near else ""
        raise InputError(
            at(path, line),
            expected=_wanted(required, known, delimiter),
            found=f"with {', '.join(unknown)}{guess}",
        )
    if repeated := sorted({name for name in header if name and header.count(name) > 1}):
        raise InputError(at(path, line), expected="each column once", found=f"{', '.join(repeated)} again")
    return header


def _wanted(required: tuple[str, ...], known: tuple[str, ...] | None, delimiter: str) -> str:
    most = f", at most {', '.join(known)}" if known else ""
    return f"columns {' and '.join(required)}{most}, separated by {SEPARATORS[delimiter]}"


def _lacking(heading: list[str], missing: tuple[str, ...] | list[str]) -> str:
    shown = f" in {', '.join(heading)!r}" if any(heading) else ""
    return f"a header without {', '.join(sorted(missing))}{shown}"


def _separated(heading: list[str], delimiter: str) -> str:
    """A remark on a header that some other sign separates."""
    others = [
        name for sign, name in SEPARATORS.items() if sign != delimiter and any(sign in one for one in heading)
    ]
    return f" (separated by {others[0]}?)" if others else ""
