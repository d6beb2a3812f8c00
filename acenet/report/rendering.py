"""Fills the templates in `templates`: they hold what a page looks like, and Python what it says.

Every text that a template places is escaped for the language it is set in, without being asked to. What passes as it
is has been set before (`Markup`) or is named in the template (`| safe`). A name that a template lacks is an error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@dataclass(frozen=True)
class Delimiters:
    """How statements, expressions and comments begin and end; `line` begins one that is a line of its own, if any."""

    statement: tuple[str, str] = ("{%", "%}")
    expression: tuple[str, str] = ("{{", "}}")
    comment: tuple[str, str] = ("{#", "#}")
    line: str | None = None


@dataclass(frozen=True)
class Language:
    """A language that pages are set in.

    Attributes
    ----------
    escape
        Makes a text print as it is.
    delimiters
        Those of the language's templates.
    """

    escape: Callable[[str], str]
    delimiters: Delimiters = Delimiters()

    def render(self, template: str, values: Mapping[str, object]) -> str:
        """A template of that file name, filled with `values`. Raises jinja2.UndefinedError for one it lacks."""
        return self._environment.get_template(template).render(values)

    @cached_property
    def _environment(self) -> Environment:
        marks = self.delimiters
        return Environment(
            loader=PackageLoader(__package__, "templates"),
            undefined=StrictUndefined,
            autoescape=True,  # what is Markup, as macros return it, passes; `finalize` makes Markup of all else
            finalize=self._set,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            block_start_string=marks.statement[0],
            block_end_string=marks.statement[1],
            variable_start_string=marks.expression[0],
            variable_end_string=marks.expression[1],
            comment_start_string=marks.comment[0],
            comment_end_string=marks.comment[1],
            line_statement_prefix=marks.line,
        )

    def _set(self, value: object) -> Markup:
        return value if isinstance(value, Markup) else Markup(self.escape(str(value)))
