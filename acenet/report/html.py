"""Sets an arranged table as a web page that stands alone: what the workflow's report shows."""

from acenet.report.arrange import Arranged
from acenet.report.page import HTML


def to_html(arranged: Arranged) -> str:
    """A page with the table, its caption and its footnotes; it loads nothing from elsewhere."""
    return HTML.render("table.html.j2", {"title": arranged.caption, "arranged": arranged})
