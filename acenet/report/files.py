"""Writes the files of a table."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import pandas as pd

from acenet.errors import InputError
from acenet.files.atomic import replacing, write_text
from acenet.papers import Layout
from acenet.report.arrange import arrange
from acenet.report.html import to_html
from acenet.report.latex import to_document, to_latex
from acenet.report.markdown import to_markdown
from acenet.report.provenance import Provenance

TEXTS = ("dataset", "row", "column", "training_id", "published_text", "ours_hardware", "seeds", "note")
"""Text columns of a built table that may be empty."""


def write_table_csv(table: pd.DataFrame, path: str | PathLike[str]) -> None:
    """Write a built table as CSV with all digits, undefined values empty; completely or not at all."""
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def read_table_csv(path: str | PathLike[str]) -> pd.DataFrame:
    """Read what `write_table_csv` wrote: the same numbers, and '' in text columns that are empty."""
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(TEXTS, str))
    except ValueError as error:
        advice = f"{error}: delete it and run the same command again"
        raise InputError(path, expected="a table of results", found=advice) from None
    return table.fillna(dict.fromkeys(TEXTS, ""))


def write_table(
    table: pd.DataFrame, path: str | PathLike[str], *, layout: Layout, provenance: Provenance
) -> None:
    """Write a built table as the paper lays it out, as the ending of `path` says: .md, .tex or .html (a page)."""
    arranged, kind = arrange(table, layout, provenance), Path(path).suffix
    if kind == ".md":
        text = to_markdown(arranged)
    elif kind == ".tex":
        text = to_latex(arranged, layout.table)
    elif kind == ".html":
        text = to_html(arranged)
    else:
        raise InputError(path, expected="a name that ends in .md, .tex or .html", found=kind or "no ending")
    _write(path, text)


def write_tables_document(layouts: Sequence[Layout], path: str | PathLike[str]) -> None:
    """Write a LaTeX document that reads the tables `{table}.tex` beside it."""
    _write(path, to_document(layouts))


def _write(path: str | PathLike[str], text: str) -> None:
    write_text(path, text)
