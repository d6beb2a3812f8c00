r"""Sets an arranged table in LaTeX: a float to be read with \input, and a document that reads all of them."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from acenet.papers import Layout
from acenet.report.arrange import Arranged, CellText, RowText
from acenet.report.rendering import Delimiters, Language

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}",
    "±": r"\ensuremath{\pm}",
    "−": r"\ensuremath{-}",
    "×": r"\ensuremath{\times}",
    "Δ": r"\ensuremath{\Delta}",
    "†": r"\ensuremath{^{\dagger}}",
    "–": "--",
}
HEADING_WIDTH = 15
"""Letters after which a column's heading breaks, at a space."""
WIDE = 4
"""More columns than this leave no room for two numbers side by side."""
BESIDE = 20
"""Letters of both readings of ours that still stand in one line."""


@dataclass(frozen=True)
class Piece:
    """A text in a line of the table; `style`: plain, best or small. `beside` stands behind it, in small type."""

    text: str
    style: str = "plain"
    beside: str = ""


@dataclass(frozen=True)
class LatexRow:
    """A row in as many lines as its highest place needs, each with a piece for each column."""

    lines: tuple[tuple[Piece, ...], ...]
    starts_group: bool


@dataclass(frozen=True)
class Input:
    """A float in the document: a letter before its number, the number before its own, and its file's name."""

    letter: str
    before: int
    name: str


def to_latex(arranged: Arranged, label: str) -> str:
    r"""The float, labelled `tab:{label}`, ending in a newline. Needs \usepackage{booktabs} and 16 cm of width."""
    n_cells = len(arranged.headings) - arranged.n_labels
    values = {
        "arranged": arranged,
        "label": label,
        "n_cells": n_cells,
        "headings": _headings(arranged.headings),
        "rows": _rows(arranged.rows, wide=n_cells > WIDE),
    }
    return LATEX.render("table.tex.j2", values)


def to_document(layouts: Sequence[Layout]) -> str:
    r"""A document that reads the floats `{table}.tex` beside it; pdflatex sets it.

    Tables have their paper's numbers, those of FFCE with an F before.
    """
    tables = [
        Input("" if layout.paper == "ACEnet" else layout.paper[0], int(layout.number) - 1, layout.table)
        for layout in layouts
    ]
    return LATEX.render("document.tex.j2", {"tables": tables})


def escape(text: str) -> str:
    """Text that LaTeX prints as it is; a letter outside Latin-1 that it may not know becomes a question mark."""
    return "".join(SPECIAL.get(letter, letter if letter < "\u0100" else "?") for letter in text)


LATEX = Language(
    escape,
    Delimiters((r"\BLOCK{", "}"), (r"\VAR{", "}"), (r"\#{", "}"), line="%%"),
)
"""Its templates are LaTeX, too: statements are commands or comments."""


def _headings(headings: Sequence[str]) -> list[tuple[str, ...]]:
    """The headings, broken into as many lines as the longest needs and standing on the last one."""
    broken = [textwrap.wrap(heading, HEADING_WIDTH, break_long_words=False) for heading in headings]
    height = max(map(len, broken))
    standing = [[""] * (height - len(lines)) + lines for lines in broken]
    return list(zip(*standing, strict=True))


def _rows(rows: Sequence[RowText], *, wide: bool) -> list[LatexRow]:
    """Each row in lines of its own: ours, another reading of ours where there is one, the paper's value."""
    found = []
    above = ""
    for row in rows:
        repeated = above == row.labels[0] and len(row.labels) > 1 and any(r.starts_group for r in rows)
        labels = [Piece(text) for text in ("" if repeated else row.labels[0], *row.labels[1:])]
        above = row.labels[0]
        stacked = zip_longest(*(_cell(cell, wide=wide) for cell in row.cells), fillvalue=Piece(""))
        lines = [
            (*(labels if number == 0 else [Piece("")] * len(labels)), *pieces)
            for number, pieces in enumerate(stacked)
        ]
        found.append(LatexRow(tuple(lines), row.starts_group))
    return found


def _cell(cell: CellText | None, *, wide: bool) -> list[Piece]:
    """The lines of one place; what the papers print is in small type."""
    if cell is None:
        return []
    if cell.quoted:
        return [Piece(cell.paper, "small")]
    extra, beside = cell.extra, ""
    if extra and not wide and len(cell.ours) + len(extra) <= BESIDE:
        extra, beside = "", f"({extra})"
    paper, difference = cell.paper, cell.difference
    if difference and not wide:
        paper, difference = f"{paper} ({difference})", ""
    below = [extra, paper, f"({difference})" if difference else ""]
    ours = Piece(cell.ours, "best" if cell.best else "plain", beside)
    return [ours, *(Piece(text, "small") for text in below if text)]
