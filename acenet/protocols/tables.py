"""A user's own label protocol: a table with fewer columns than ours, completed here."""

import colorsys
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from acenet.errors import InputError
from acenet.files.csv_tables import NumberedRow, at, read_numbered

REQUIRED = ("source_ids", "name")
COLUMNS = ("index", "source_ids", "native_id", "name", "hemisphere", "R", "G", "B", "evaluated", "note")
BACKGROUND = "background"
MOST = 254  # a class map is uint8, and 255 stands for ids outside the protocol
LARGEST_ID = 2**31 - 1  # of an int32 label map
WIDEST = 100_000  # ids in one range
LEFT = re.compile(r"(^|[-_. ])(left|lh|l)([-_. ]|$)", re.IGNORECASE)
RIGHT = re.compile(r"(^|[-_. ])(right|rh|r)([-_. ]|$)", re.IGNORECASE)
SIDES = {"l": "L", "lh": "L", "left": "L", "r": "R", "rh": "R", "right": "R", "m": "M", "midline": "M"}
ANSWERS = {"1": "1", "yes": "1", "true": "1", "0": "0", "no": "0", "false": "0"}
WHOLE = re.compile(r"[0-9]+")
RANGE = re.compile(r"([0-9]+)\s*-\s*([0-9]+)")
GOLDEN = 0.618034


@dataclass(frozen=True)
class _Entry:
    """A row of the table with all its columns, and the line on which it stands."""

    line: int
    ids: tuple[int, ...]
    cells: dict[str, str]

    @property
    def is_background(self) -> bool:
        return self.cells["index"] == "0"


def completed_table(path: Path) -> list[str]:
    """The lines of a tab-separated table with every column of a protocol.

    Needed are source_ids (such as 17 or 3,42,1000-1035) and name. Without the column index, structures count
    from 1 in the table's order, and rows named `background` list ids to ignore. The other columns default to the
    first source id (native_id), the side that the name says (hemisphere), colours apart from each other, and 1
    (evaluated). Blank rows and lines that begin with # are passed over.

    Raises
    ------
    InputError
        Naming the file, the line and the column for whatever does not make a protocol.
    """
    if not path.is_file():
        place = path if path.is_absolute() else path.absolute()
        raise InputError(
            place, expected="a protocol table", found="a folder" if path.is_dir() else "no such file"
        )
    _, rows = read_numbered(path, required=REQUIRED, known=COLUMNS, delimiter="\t")
    if not rows:
        raise InputError(path, expected="a row for each structure", found="none")
    entries: list[_Entry] = []
    for row in rows:
        entries.append(_completed(path, row, 1 + sum(not entry.is_background for entry in entries)))
    _require_different(path, entries)
    return table_lines([COLUMNS, *([entry.cells[name] for name in COLUMNS] for entry in entries)])


def table_lines(rows: Iterable[Sequence[object]]) -> list[str]:
    """Rows as tab-separated lines; cells with quotes are quoted, so that a reader of such tables gets them back."""
    stream = io.StringIO()
    csv.writer(stream, delimiter="\t", lineterminator="\n").writerows(rows)
    return stream.getvalue().rstrip("\n").split("\n")


def _completed(path: Path, row: NumberedRow, index: int) -> _Entry:
    """A row with what it leaves out; `index` is the class of a structure that stands here."""

    def wrong(column: str, expected: str, found: str | None = None) -> InputError:
        return InputError(
            at(path, row.line, column), expected=expected, found=found or row.cells.get(column) or "nothing"
        )

    given = {column: cell for column, cell in row.cells.items() if cell}
    name = given.get("name", "")
    if not name:
        raise wrong("name", "the structure's name")
    said = given.get("index")
    if said is not None and not WHOLE.fullmatch(said):
        raise wrong("index", f"{index}, or 0 for background")
    background = int(said) == 0 if said is not None else name.casefold() == BACKGROUND
    index = 0 if background else index
    if said is not None and int(said) != index:
        raise wrong("index", f"{index}: indices count 1..C in the table's order, and 0 is background")
    if index > MOST:
        raise wrong("name", f"at most {MOST} structures", f"{name}, one more")
    ids = _ids(path, row)
    if not background and 0 in ids:
        raise wrong("source_ids", "ids of a structure, which 0 is not: it is the background's")
    cells = _defaults(name, index, ids[0]) | {"note": given.get("note", "")}
    cells |= {"index": str(index), "source_ids": _compact(ids), "name": name}
    for column, most, meaning in (
        ("native_id", LARGEST_ID, "a whole number"),
        *((colour, 255, "a whole number from 0 to 255") for colour in "RGB"),
    ):
        if column in given:
            if not WHOLE.fullmatch(given[column]) or int(given[column]) > most:
                raise wrong(column, meaning)
            cells[column] = str(int(given[column]))
    if not background and cells["native_id"] == "0":
        raise wrong("native_id", "1 or more; 0 is the background")
    for column, words, meaning in (
        ("hemisphere", SIDES, "L, R or M"),
        ("evaluated", ANSWERS, "1 (counts in tables) or 0"),
    ):
        if column in given:
            answer = given[column].casefold()
            if answer not in words:
                raise wrong(column, meaning)
            cells[column] = words[answer]
    return _Entry(row.line, ids, cells)


def _ids(path: Path, row: NumberedRow) -> tuple[int, ...]:
    """Ids of "1,5-7": 1, 5, 6, 7."""
    where, text = at(path, row.line, "source_ids"), row.cells["source_ids"]
    found: list[int] = []
    for part in (part.strip() for part in text.split(",")):
        several = RANGE.fullmatch(part)
        if several:
            first, last = int(several[1]), int(several[2])
        elif WHOLE.fullmatch(part):
            first = last = int(part)
        else:
            wanted = "whole numbers such as 17 or 3,42,1000-1035"
            raise InputError(where, expected=wanted, found=repr(text) if text else "nothing")
        if last < first:
            raise InputError(where, expected=f"a range that runs upwards ({last}-{first})", found=part)
        if last > LARGEST_ID or last - first >= WIDEST:
            raise InputError(
                where, expected=f"ids up to {LARGEST_ID}, ranges of at most {WIDEST}", found=part
            )
        found += range(first, last + 1)
    return tuple(found)


def _compact(ids: Sequence[int]) -> str:
    """Ids as a table has them, runs of three and more as ranges."""
    runs: list[list[int]] = []
    for one in ids:
        if runs and one == runs[-1][1] + 1:
            runs[-1][1] = one
        else:
            runs.append([one, one])
    parts = [str(a) if a == b else f"{a},{b}" if b == a + 1 else f"{a}-{b}" for a, b in runs]
    return ",".join(parts)


def _require_different(path: Path, entries: Sequence[_Entry]) -> None:
    """Raise InputError, with both lines, where two rows share an id or two structures a name."""
    if all(entry.is_background for entry in entries):
        raise InputError(path, expected="a row for each structure", found="background only")
    structures = [entry for entry in entries if not entry.is_background]
    named = [(entry, (entry.cells["name"],)) for entry in structures]
    native = [(entry, (entry.cells["native_id"],)) for entry in structures]
    for column, kind, values in (
        ("source_ids", "source id", [(entry, entry.ids) for entry in entries]),
        ("native_id", "native id", native),
        ("name", "name", named),
    ):
        lines: dict[object, int] = {}
        for entry, ones in values:
            for one in ones:
                if one in lines:
                    raise InputError(
                        at(path, entry.line, column),
                        expected=f"each {kind} once",
                        found=f"{one} again, as in line {lines[one]}",
                    )
                lines[one] = entry.line


def _defaults(name: str, index: int, first_id: int) -> dict[str, str]:
    """The columns that a row may leave out or empty."""
    red, green, blue = colorsys.hsv_to_rgb((index * GOLDEN) % 1, 0.65, 0.9)
    return {
        "native_id": str(first_id),
        "hemisphere": "L" if LEFT.search(name) else "R" if RIGHT.search(name) else "M",
        "R": str(round(255 * red)),
        "G": str(round(255 * green)),
        "B": str(round(255 * blue)),
        "evaluated": "0" if index == 0 else "1",
    }
