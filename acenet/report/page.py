"""Web pages that stand alone, as the workflow's report shows them: one look, nothing loaded from elsewhere."""

from collections.abc import Sequence
from html import escape

import pandas as pd
from markupsafe import Markup

from acenet.report.rendering import Language

HTML = Language(escape)


def section(heading: str, content: pd.DataFrame | str, *, intro: str = "") -> str:
    """A heading with a table, all its rows and columns, or with text that keeps its line breaks."""
    table = None if isinstance(content, str) else Markup(_table(content))
    return HTML.render(
        "section.html.j2", {"heading": heading, "intro": intro, "table": table, "text": content}
    )


def _table(content: pd.DataFrame) -> str:
    return content.to_html(index=False, border=0, na_rep="", float_format=lambda number: f"{number:.6g}")


def report_page(title: str, sections: Sequence[str], *, intro: str = "") -> str:
    """A page of sections, which are HTML, under a title."""
    set_sections = [Markup(one) for one in sections]
    return HTML.render("report.html.j2", {"title": title, "intro": intro, "sections": set_sections})
