"""Tables of the papers from long tables: CSV, Markdown and LaTeX."""

from acenet.report.files import write_table_csv, write_table_latex, write_table_markdown
from acenet.report.provenance import EMBEDDED, LICENSED, Provenance
from acenet.report.tables import build_table

__all__ = [
    "EMBEDDED",
    "LICENSED",
    "Provenance",
    "build_table",
    "write_table_csv",
    "write_table_latex",
    "write_table_markdown",
]
