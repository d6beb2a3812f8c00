r"""Sets an arranged table in LaTeX: a float to be read with \input, and a document that reads all of them."""

import textwrap
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from acenet.experiments import Layout
from acenet.report.arrange import Arranged, CellText, RowText

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

DOCUMENT = r"""\documentclass[10pt,a4paper]{article}
\usepackage{booktabs}
\usepackage[margin=2.2cm]{geometry}
\makeatletter\setlength{\@fptop}{0pt}\makeatother
\begin{document}
%s
\end{document}
"""
NUMBERED = r"\renewcommand{\thetable}{%s\arabic{table}}\setcounter{table}{%d}\input{%s}"


def to_latex(arranged: Arranged, label: str) -> str:
    r"""The float, labelled `tab:{label}`, ending in a newline. Needs \usepackage{booktabs} and 16 cm of width."""
    n_cells = len(arranged.headings) - arranged.n_labels
    lines = [
        r"% Needs \usepackage{booktabs}.",
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{escape(arranged.caption)}}}",
        rf"\label{{tab:{label}}}",
        r"\par\medskip",
        r"\footnotesize",
        r"\setlength{\tabcolsep}{4pt}",
        rf"\begin{{tabular}}{{@{{}}{'l' * arranged.n_labels}{'c' * n_cells}@{{}}}}",
        r"\toprule",
        *_headings(arranged.headings),
        r"\midrule",
        *_rows(arranged.rows, wide=n_cells > WIDE),
        r"\bottomrule",
        r"\end{tabular}",
        r"\par\medskip",
        r"\begin{minipage}{\linewidth}",
        r"\scriptsize",
        *(rf"{escape(note)}\par" for note in arranged.footnotes),
        r"\end{minipage}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def to_document(layouts: Sequence[Layout]) -> str:
    r"""A document that reads the floats `{table}.tex` beside it; pdflatex sets it.

    Tables have their paper's numbers, those of FFCE with an F before.
    """
    return DOCUMENT % "\n".join(
        NUMBERED % ("" if layout.paper == "ACEnet" else layout.paper[0], int(layout.number) - 1, layout.table)
        for layout in layouts
    )


def escape(text: str) -> str:
    """Text that LaTeX prints as it is; a letter outside Latin-1 that it may not know becomes a question mark."""
    return "".join(SPECIAL.get(letter, letter if letter < "\u0100" else "?") for letter in text)


def _headings(headings: Sequence[str]) -> list[str]:
    """The headings, broken into as many lines as the longest needs and standing on the last one."""
    broken = [textwrap.wrap(heading, HEADING_WIDTH, break_long_words=False) for heading in headings]
    height = max(map(len, broken))
    standing = [[""] * (height - len(lines)) + lines for lines in broken]
    return [_line(map(escape, line)) for line in zip(*standing, strict=True)]


def _rows(rows: Sequence[RowText], *, wide: bool) -> list[str]:
    """Each row in lines of its own: ours, another reading of ours where there is one, the paper's value."""
    lines = []
    above = ""
    for place, row in enumerate(rows):
        if place:
            lines.append(r"\midrule" if row.starts_group else r"\addlinespace[2pt]")
        repeated = above == row.labels[0] and len(row.labels) > 1 and any(r.starts_group for r in rows)
        labels = ["" if repeated else row.labels[0], *row.labels[1:]]
        above = row.labels[0]
        stacked = zip_longest(*(_cell(cell, wide=wide) for cell in row.cells), fillvalue="")
        for number, texts in enumerate(stacked):
            lines.append(_line([*(map(escape, labels) if number == 0 else [""] * len(labels)), *texts]))
    return lines


def _cell(cell: CellText | None, *, wide: bool) -> list[str]:
    """The lines of one place; what the papers print is in small type."""
    if cell is None:
        return []
    if cell.quoted:
        return [_small(cell.paper)]
    ours = rf"\textbf{{{escape(cell.ours)}}}" if cell.best else escape(cell.ours)
    extra = cell.extra
    if extra and not wide and len(cell.ours) + len(extra) <= BESIDE:
        ours, extra = f"{ours} {_small(f'({extra})')}", ""
    paper, difference = cell.paper, cell.difference
    if difference and not wide:
        paper, difference = f"{paper} ({difference})", ""
    below = [extra, paper, f"({difference})" if difference else ""]
    return [ours, *(_small(text) for text in below if text)]


def _small(text: str) -> str:
    return rf"{{\scriptsize {escape(text)}}}"


def _line(fields: Iterable[str]) -> str:
    return " & ".join(fields) + r" \\"
