"""Sets an arranged table in Markdown."""

import re

from acenet.report.arrange import Arranged
from acenet.report.legend import legend
from acenet.report.rendering import Language


def to_markdown(arranged: Arranged) -> str:
    """The table with its caption above and its footnotes below, ending in a newline."""
    return MARKDOWN.render("table.md.j2", {"arranged": arranged, "entries": legend(arranged)})


def escape(text: str) -> str:
    """Text that Markdown shows as it is, in a table too: in one line."""
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", " ".join(text.splitlines()))


def escape_line(text: str) -> str:
    """The same for names: underscores within words, where they set nothing, stay; white space is one space."""
    return re.sub(r"(?<=[^\W_])\\_(?=[^\W_])", "_", escape(" ".join(text.split())))


MARKDOWN = Language(escape)
