"""Tables of the papers from long tables: CSV, Markdown, LaTeX and HTML."""

from acenet.report.files import (
    write_table_csv,
    write_table_html,
    write_table_latex,
    write_table_markdown,
    write_tables_document,
)
from acenet.report.provenance import EMBEDDED, LICENSED, Provenance
from acenet.report.tables import build_table

__all__ = [
    "EMBEDDED",
    "LICENSED",
    "Provenance",
    "build_table",
    "write_table_csv",
    "write_table_html",
    "write_table_latex",
    "write_table_markdown",
    "write_tables_document",
]
