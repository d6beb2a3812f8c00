"""Web pages that stand alone, as the workflow's report shows them: one look, nothing loaded from elsewhere."""

from collections.abc import Sequence
from html import escape

import pandas as pd

STYLE = """
body { font: 14px/1.4 Georgia, "Times New Roman", serif; color: #111; margin: 1.5em; max-width: 75em; }
table { border-collapse: collapse; border-top: 2px solid; border-bottom: 2px solid; margin: 1em 0; }
caption { text-align: left; padding-bottom: .6em; }
th, td { padding: .25em .8em; text-align: center; vertical-align: top; white-space: nowrap; }
th { vertical-align: bottom; border-bottom: 1px solid; font-weight: normal; white-space: normal; }
th.label, td.label, table.dataframe th, table.dataframe td { text-align: left; }
tr.group td { border-top: 1px solid #999; }
table.dataframe td:last-child { white-space: normal; min-width: 12em; }
small { display: block; color: #555; }
footer p { font-size: 12px; margin: .3em 0; }
"""


def page(title: str, body: str) -> str:
    """A page around `body`, which is HTML."""
    head = f'<meta charset="utf-8">\n<title>{escape(title)}</title>\n<style>{STYLE}</style>'
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def section(heading: str, content: pd.DataFrame | str, *, intro: str = "") -> str:
    """A heading with a table, all its rows and columns, or with text that keeps its line breaks."""
    if isinstance(content, str):
        body = f"<pre>{escape(content)}</pre>"
    else:
        body = content.to_html(index=False, border=0, na_rep="", float_format=lambda number: f"{number:.6g}")
    return f"<h2>{escape(heading)}</h2>\n{f'<p>{escape(intro)}</p>' if intro else ''}\n{body}"


def report_page(title: str, sections: Sequence[str], *, intro: str = "") -> str:
    """A page of sections under a title."""
    head = f"<h1>{escape(title)}</h1>" + (f"\n<p>{escape(intro)}</p>" if intro else "")
    return page(title, "\n".join((head, *sections)))
