"""Sets an arranged table in Markdown."""

import re
import shlex

from markupsafe import Markup

from acenet.report.arrange import Arranged
from acenet.report.legend import legend
from acenet.report.rendering import Language


def to_markdown(arranged: Arranged) -> str:
    """The table with its caption above and its footnotes below, ending in a newline."""
    return MARKDOWN.render("table.md.j2", {"arranged": arranged, "entries": legend(arranged)})


def escape(text: str) -> str:
    """Text that Markdown shows as it is, in a table too: in one line."""
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", " ".join(text.splitlines()))


def _bars(text: object) -> Markup:
    """A program's own names and numbers, which have underscores, in a cell of a table."""
    return Markup(" ".join(str(text).split()).replace("|", "\\|"))


def _shell(text: object) -> Markup:
    """A word of a command line."""
    return Markup(shlex.quote(str(text)))


MARKDOWN = Language(escape, filters={"bars": _bars, "shell": _shell})
