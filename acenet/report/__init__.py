"""Tables of the papers from long tables: CSV, Markdown, LaTeX and HTML."""

from acenet.report.claims import evaluate_claims, write_claims_markdown
from acenet.report.files import (
    read_table_csv,
    write_table,
    write_table_csv,
    write_tables_document,
)
from acenet.report.footnotes import mask_note
from acenet.report.overview import write_claims_page, write_summary_page
from acenet.report.provenance import EMBEDDED, LICENSED, Provenance
from acenet.report.summary import Origin, build_summary
from acenet.report.tables import build_table

__all__ = [
    "EMBEDDED",
    "LICENSED",
    "Origin",
    "Provenance",
    "build_summary",
    "build_table",
    "evaluate_claims",
    "mask_note",
    "read_table_csv",
    "write_claims_markdown",
    "write_claims_page",
    "write_summary_page",
    "write_table",
    "write_table_csv",
    "write_tables_document",
]
