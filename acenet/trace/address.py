"""Which cell of which table a person means, by words that need not be exact."""

import re
from collections.abc import Collection

from acenet.errors import InputError
from acenet.papers import Cell, Layout, load_cells, load_layouts
from acenet.report.labels import column_label, row_labels

IGNORED = re.compile(r"[\s,|_†\\-]+")
"""What a label of a table may be written with or without: 'MALC-27', 'malc27'; 'MALC-27, Dice', 'malc27 dice'."""
ZEROS = re.compile(r"(?<=[a-z])0+(?=\d)")


def find_layout(table: str) -> Layout:
    """The layout of a table: 'table08', 'table8', 'ffce_table1'. InputError names the tables where it is none."""
    layouts = load_layouts()
    names = {ZEROS.sub("", name): name for name in layouts}
    asked = ZEROS.sub("", table.casefold())
    if asked not in names:
        raise InputError("TABLE", expected=f"one of {', '.join(layouts)}", found=repr(table))
    return layouts[names[asked]]


def find_cell(layout: Layout, row: str, column: str = "") -> Cell:
    """The cell of a table in the row and column that `row` and `column` name, each in full or by a part that is unique.

    Parameters
    ----------
    column
        '' is enough where the row has one value.

    Raises
    ------
    InputError
        One of them fits none, or several; the message lists the choices.
    """
    cells = {(row_of(cell, layout), column_of(cell, layout)): cell for cell in load_cells(layout.table)}
    label = _only(f"ROW of {layout.table}", row, dict.fromkeys(row for row, _ in cells))
    columns = [column for row, column in cells if row == label]
    return cells[label, _only(f"COLUMN of {layout.table}, {label}", column, columns)]


def row_of(cell: Cell, layout: Layout) -> str:
    """The label of a cell's row; one of several parts joins them by a comma."""
    return ", ".join(row_labels(vars(cell), layout))


def column_of(cell: Cell, layout: Layout) -> str:
    """The heading of a cell's column."""
    return column_label(vars(cell), layout)


def fitting(asked: str, choices: Collection[str]) -> list[str]:
    """The choices that are `asked`; else those that contain it; else those that contain each of its words."""
    plain = {choice: _plain(choice) for choice in choices}
    key, words = _plain(asked), [_plain(word) for word in asked.split()]
    return (
        [choice for choice, text in plain.items() if text == key]
        or [choice for choice, text in plain.items() if key in text]
        or [choice for choice, text in plain.items() if all(word in text for word in words)]
    )


def _plain(text: str) -> str:
    return IGNORED.sub("", text.casefold())


def _only(where: str, asked: str, choices: Collection[str]) -> str:
    """The one choice that fits."""
    found = fitting(asked, choices)
    if len(found) == 1:
        return found[0]
    if found and asked:
        raise InputError(where, expected="one of them", found=f"{asked!r}, which fits {_listed(found)}")
    raise InputError(where, expected=f"one of {_listed(choices)}", found=repr(asked))


def _listed(choices: Collection[str]) -> str:
    return "; ".join(f"'{choice}'" for choice in choices)
