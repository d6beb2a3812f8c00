"""A user's own label protocol: a table with fewer columns than ours, completed here."""

import colorsys
import re
from pathlib import Path

from acenet.errors import InputError
from acenet.texts import read_rows

REQUIRED = ("source_ids", "name")
COLUMNS = ("index", "source_ids", "native_id", "name", "hemisphere", "R", "G", "B", "evaluated", "note")
BACKGROUND = "background"
LEFT = re.compile(r"(^|[-_. ])(left|lh|l)([-_. ]|$)", re.IGNORECASE)
RIGHT = re.compile(r"(^|[-_. ])(right|rh|r)([-_. ]|$)", re.IGNORECASE)
GOLDEN = 0.618034


def completed_table(path: Path) -> list[str]:
    """The lines of a tab-separated table with every column of a protocol.

    Needed are source_ids (such as 17 or 3,42,1000-1035) and name. Without the column index, structures count
    from 1 in the table's order, and rows named `background` list ids to ignore. The other columns default to the
    first source id (native_id), the side that the name says (hemisphere), colours apart from each other, and 1
    (evaluated).

    Raises InputError naming the file for missing or unknown columns and empty tables.
    """
    if not path.is_file():
        raise InputError(path, expected="a protocol table", found="no such file")
    header, found_rows = read_rows(path, delimiter="\t")
    rows = [{key: (value or "").strip() for key, value in row.items() if key} for row in found_rows]
    missing, unknown = sorted(set(REQUIRED) - set(header)), sorted(set(header) - set(COLUMNS))
    if missing or unknown:
        found = f"without {', '.join(missing)}" if missing else f"with {', '.join(unknown)}"
        raise InputError(
            path,
            expected=f"tab-separated columns source_ids and name, at most {', '.join(COLUMNS)}",
            found=found,
        )
    if not rows:
        raise InputError(path, expected="a row for each structure", found="none")
    lines, index = ["\t".join(COLUMNS)], 0
    for row in rows:
        background = row.get("index") == "0" or ("index" not in row and row["name"].lower() == BACKGROUND)
        index += not background
        lines.append("\t".join((row | _defaults(row, 0 if background else index))[name] for name in COLUMNS))
    return lines


def _defaults(row: dict[str, str], index: int) -> dict[str, str]:
    """The columns that a row leaves out or empty."""
    red, green, blue = colorsys.hsv_to_rgb((index * GOLDEN) % 1, 0.65, 0.9)
    first_id = re.split("[,-]", row["source_ids"])[0]
    complete = {
        "index": str(index),
        "native_id": first_id,
        "hemisphere": "L" if LEFT.search(row["name"]) else "R" if RIGHT.search(row["name"]) else "M",
        "R": str(round(255 * red)),
        "G": str(round(255 * green)),
        "B": str(round(255 * blue)),
        "evaluated": "0" if index == 0 else "1",
        "note": "",
    }
    return {name: value for name, value in complete.items() if not row.get(name)}
