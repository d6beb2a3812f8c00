r"""Sets an arranged table in LaTeX: a float to be read with \input by a document that loads booktabs."""

from acenet.report.arrange import Arranged, CellText

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


def to_latex(arranged: Arranged, label: str) -> str:
    r"""The float, labelled `tab:{label}`, ending in a newline. Needs \usepackage{booktabs}."""
    n_cells = len(arranged.headings) - arranged.n_labels
    lines = [
        r"% Needs \usepackage{booktabs}.",
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{escape(arranged.caption)}}}",
        rf"\label{{tab:{label}}}",
        r"\scriptsize",
        r"\setlength{\tabcolsep}{3pt}",
        rf"\begin{{tabular}}{{{'l' * arranged.n_labels}{'c' * n_cells}}}",
        r"\toprule",
        _line([escape(heading) for heading in arranged.headings]),
        r"\midrule",
        *(_line([*map(escape, labels), *map(_cell, cells)]) for labels, cells in arranged.rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\par\smallskip",
        r"\begin{minipage}{\linewidth}",
        *(rf"{escape(note)}\par" for note in arranged.footnotes),
        r"\end{minipage}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text that LaTeX prints as it is."""
    return "".join(SPECIAL.get(character, character) for character in text)


def _cell(cell: CellText | None) -> str:
    """Ours above, the paper's value and the difference below."""
    if cell is None:
        return ""
    lines = [escape(cell.ours), rf"{{\tiny paper {escape(cell.paper)}}}"]
    if cell.difference:
        lines.append(rf"{{\tiny {escape('Δ ' + cell.difference)}}}")
    stacked = r" \\ ".join(lines)
    return rf"\shortstack{{{stacked}}}"


def _line(fields: list[str]) -> str:
    return " & ".join(fields) + r" \\"
