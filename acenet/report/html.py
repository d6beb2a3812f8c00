"""Sets an arranged table as a web page that stands alone: what the workflow's report shows."""

from html import escape

from acenet.report.arrange import Arranged, CellText, RowText
from acenet.report.page import page


def to_html(arranged: Arranged) -> str:
    """A page with the table, its caption and its footnotes; it loads nothing from elsewhere."""
    headings = "".join(
        f'<th class="label">{escape(text)}</th>' if place < arranged.n_labels else f"<th>{escape(text)}</th>"
        for place, text in enumerate(arranged.headings)
    )
    lines = [
        f"<table>\n<caption>{escape(arranged.caption)}</caption>",
        f"<thead><tr>{headings}</tr></thead>\n<tbody>",
        *(_row(row) for row in arranged.rows),
        "</tbody>\n</table>\n<footer>",
        *(f"<p>{escape(note)}</p>" for note in arranged.footnotes),
        "</footer>",
    ]
    return page(arranged.caption, "\n".join(lines))


def _row(row: RowText) -> str:
    labels = "".join(f'<td class="label">{escape(label)}</td>' for label in row.labels)
    cells = "".join(f"<td{_title(cell)}>{_cell(cell)}</td>" for cell in row.cells)
    opening = '<tr class="group">' if row.starts_group else "<tr>"
    return f"{opening}{labels}{cells}</tr>"


def _title(cell: CellText | None) -> str:
    """The training that a value is of, shown where the pointer rests on it."""
    return f' title="{escape(cell.training)}"' if cell is not None and cell.training else ""


def _cell(cell: CellText | None) -> str:
    """Ours above; the paper's value and the difference below, in small type."""
    if cell is None:
        return ""
    ours = f"<b>{escape(cell.ours)}</b>" if cell.best else escape(cell.ours)
    extra = f"<small>{escape(cell.extra)}</small>" if cell.extra else ""
    difference = f"; Δ {cell.difference}" if cell.difference else ""
    return f"{ours}{extra}<small>paper {escape(cell.paper)}{difference}</small>"
