"""One table of all scans in an output folder: a row for each that is segmented, from its record."""

import csv
import logging
from pathlib import Path

from acenet.segment.bids import described
from acenet.segment.result_names import ResultNames
from acenet.segment.results import NONE, write_table
from acenet.system.file_lock import only_one
from acenet.system.terminal import printable

logger = logging.getLogger(__name__)

TABLE = Path("quality.tsv")
KEY = "labels"
FIGURES = (
    *("brain_ml", "asymmetry", "contrast", "missing", "odd", "structures", "cut_by_grid", "cut_by_field"),
    *("is_stripped", "looks", "doubts"),
)


def add_to_quality_table(out: Path, names: ResultNames) -> None:
    """Put a scan's row into `quality.tsv` of the output folder, in place of an older one; other rows stay.

    Lists become their length. Rows of results that are gone are left out. What the record does not say is n/a. A table
    that cannot be written is said, and is no fault of the scan's.
    """
    figures = (described(out / names.record, "Quality") or {}).get("Quality")
    told = figures if isinstance(figures, dict) else {}
    key = printable(names.labels.as_posix())  # bytes that are no UTF-8 would spoil the table
    row: dict[str, object] = {KEY: key, **{name: _cell(told.get(name)) for name in FIGURES}}
    try:
        with only_one(out):
            rows = {**_rows(out / TABLE), key: row}
            there = [rows[one] for one in sorted(rows) if "\\" in one or (out / one).is_file()]
            write_table(out / TABLE, there)
    except OSError as error:
        logger.warning("%s: not written (%s)", out / TABLE, error)


def _rows(path: Path) -> dict[str, dict[str, object]]:
    """The rows of a table of ours by their label maps; none of what is no such table."""
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as stream:
            read = list(csv.DictReader(stream, delimiter="\t"))
    except (OSError, csv.Error):
        return {}
    return {
        row[KEY]: {name: row.get(name) or NONE for name in (KEY, *FIGURES)} for row in read if row.get(KEY)
    }


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    return NONE if value is None else len(value) if isinstance(value, list) else value
