"""Names of rows and columns, as the papers print them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from acenet.papers import Layout

Record = Mapping[Any, Any]
"""One row of a built table, by column."""

DATA_NAMES = MappingProxyType(
    {
        "malc27": "MALC-27",
        "malc133": "MALC-133",
        "schizbull32": "SchizBull-32",
        "mindboggle62": "Mindboggle-101",
    }
)


def row_labels(record: Record, layout: Layout) -> tuple[str, ...]:
    """The labels of a built table's row, one for each of the layout's row headings."""
    return tuple(part for key in layout.row_keys for part in _label(record, key).split("|"))


def column_label(record: Record, layout: Layout) -> str:
    """The heading of the column in which a built table's row stands."""
    return " ".join(_label(record, key) for key in layout.column_keys)


def _label(record: Record, key: str) -> str:
    value = str(record[key])
    return DATA_NAMES.get(value, value) if key == "dataset" else value
