"""Sets an arranged table in Markdown."""

import re

from acenet.report.arrange import Arranged, CellText
from acenet.report.legend import legend


def to_markdown(arranged: Arranged) -> str:
    """The table with its caption above and its footnotes below, ending in a newline."""
    headings = [escape(heading) for heading in arranged.headings]
    rules = ["---"] * len(headings)
    lines = [escape(arranged.caption), "", _line(headings), _line(rules)]
    for row in arranged.rows:
        lines.append(_line([*map(escape, row.labels), *map(_cell, row.cells)]))
    lines += ["", *(f"- {escape(note)}" for note in arranged.footnotes), *_trainings(arranged)]
    return "\n".join(lines) + "\n"


def _trainings(arranged: Arranged) -> list[str]:
    """Which training each value is of, and how to go on from there."""
    entries = legend(arranged)
    if not entries:
        return []
    lines = [
        f"Trainings (`acenet trace {arranged.table} ROW COLUMN` leads from a value to its files and code):",
        "",
    ]
    for entry in entries:
        ids = "; ".join(f"{escape(f'{where} ')}`{one}`".strip() for where, one in entry.trainings)
        lines.append(f"- {escape(entry.rows)}: {ids}")
    return ["", *lines]


def _cell(cell: CellText | None) -> str:
    if cell is None:
        return ""
    ours = f"**{escape(cell.ours)}**" if cell.best else escape(cell.ours)
    extra = f" ({escape(cell.extra)})" if cell.extra else ""
    difference = f"; Δ {cell.difference}" if cell.difference else ""
    return f"{ours}{extra} (paper: {escape(cell.paper)}{difference})"


def _line(fields: list[str]) -> str:
    return f"| {' | '.join(fields)} |"


def escape(text: str) -> str:
    """Text that Markdown shows as it is, in a table too."""
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", text)
