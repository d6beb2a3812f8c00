"""Templates: all can be read, none lacks a name in silence, and no text of data is obeyed in any language."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from jinja2 import UndefinedError, nodes
from markupsafe import Markup

from acenet import report
from acenet.papers import load_claims
from acenet.report import Provenance, evaluate_claims, write_claims_markdown
from acenet.report.arrange import Arranged, CellText, RowText
from acenet.report.html import to_html
from acenet.report.latex import LATEX, to_latex
from acenet.report.markdown import MARKDOWN, escape_line, to_markdown
from acenet.report.own_table import write_own_table
from acenet.report.page import HTML, report_page, section
from acenet.report.rendering import Language
from tests.report.synthetic import EVALUATED, ORIGIN

FOLDER = Path(report.__file__).parent / "templates"
PARTS = sorted(path.name for kind in ("css", "js") for path in FOLDER.glob(f"*.{kind}.j2"))
"""Style and script, which pages include as they stand."""
TEMPLATES = sorted({path.name for path in FOLDER.iterdir()} - {"__pycache__", *PARTS})
LANGUAGES = {".html": HTML, ".md": MARKDOWN, ".tex": LATEX}
HOSTILE = (
    *(
        "a|b",
        "<script>alert(1)</script>",
        "$x$",
        r"\input{y}",
        "{{ 7*7 }}",
        "{% raw %}",
        "%}",
        "{# x",
        "%% if x",
    ),
    *(r"\VAR{7*7}", r"\BLOCK{if x}", "\"q\" 'r' &amp;", "*b* _i_ `c` [l](u)", "100 % #1 ~ ^"),
)


def language(template: str) -> Language:
    return LANGUAGES[Path(Path(template).stem).suffix]


def arranged(text: str) -> Arranged:
    """A table that has `text` in every place: the best, a quoted one, one with another reading, and an empty one."""
    cells = [
        CellText(text, "", text, "", best=True, training="d/x"),
        CellText(text, "", text, "", quoted=True),
        CellText(text, text, text, "−1"),
        None,
    ]
    row = RowText((text, text), tuple(cells), starts_group=False)
    headings = ("Data", "Measure", "A", text, "C", "D")
    return Arranged(text, headings, 2, (row, replace(row, starts_group=True)), (text,), "table08")


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_can_be_read_and_needs_what_it_names(template: str) -> None:
    with pytest.raises(UndefinedError, match="is undefined"):
        language(template).render(template, {})


@pytest.mark.parametrize("part", PARTS)
def test_style_and_script_stand_as_they_are(part: str) -> None:
    assert HTML.render(part, {}) == (FOLDER / part).read_text(encoding="utf-8")


@pytest.mark.parametrize("template", TEMPLATES)
def test_expressions_are_no_constants(template: str) -> None:
    """Jinja would escape them as HTML, whatever the language."""
    source = (FOLDER / template).read_text(encoding="utf-8")
    tree = language(template)._environment.parse(source)
    shown = [node for output in tree.find_all(nodes.Output) for node in output.nodes]
    assert [node for node in shown if isinstance(node, nodes.Const | nodes.Concat)] == []


def test_what_is_set_passes_and_all_else_is_escaped() -> None:
    page = Language(str.upper)
    assert "BODY\n" in page.render("page.html.j2", {"title": "t", "body": "body"})
    assert "body\n" in page.render("page.html.j2", {"title": "t", "body": Markup("body")})


class Page(HTMLParser):
    """Tags and texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.texts.append("")

    def handle_data(self, data: str) -> None:
        self.texts[-1] += data


@pytest.mark.parametrize("text", HOSTILE)
def test_html_shows_hostile_text_as_it_is(text: str) -> None:
    page = Page()
    page.feed(to_html(arranged(text)))
    known = {"html", "head", "meta", "title", "style", "body", "table", "caption", "thead", "tbody"}
    assert page.tags == known | {"tr", "th", "td", "b", "small", "footer", "p"}
    # title, caption, heading and note; in each of two rows two labels, three of ours and another reading
    assert page.texts.count(text) == 4 + 2 * 6
    assert sum(one.startswith(f"paper {text}") for one in page.texts) == 2 * 3
    page = Page()
    table = pd.DataFrame({text: [text]})
    page.feed(report_page(text, [section(text, table, intro=text), section(text, text)], intro=text))
    assert page.texts.count(text) == 9 and "script" not in page.tags


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def fields(line: str) -> list[str]:
    """The fields of a Markdown table's line, with their escapes."""
    return [field.strip() for field in re.split(r"(?<!\\)(?:\\\\)*\|", line)[1:-1]]


def obeyed(text: str) -> list[str]:
    """What Markdown would obey: special letters without a backslash before."""
    return re.findall(r"[`*_|<>\[\]]", re.sub(r"\\.", "", text))


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_hostile_text_as_it_is(text: str, tmp_path: Path) -> None:
    lines = to_markdown(arranged(text)).splitlines()
    assert unescaped(lines[0]) == text and not obeyed(lines[0]) and f"- {text}" in map(unescaped, lines)
    head, _, row, _ = (fields(line) for line in lines if line.startswith("|"))
    assert unescaped(head[3]) == text
    assert [unescaped(field) for field in row] == [
        *(text, text, f"**{text}** (paper: {text})", f"{text} (paper: {text})"),
        *(f"{text} ({text}) (paper: {text}; Δ −1)", ""),
    ]
    table = pd.DataFrame({"structure": [text, "all"], text: 0.5, f"{text} std": 0.1, f"{text} n": 2})
    write_own_table(table, tmp_path / "t.csv", tmp_path / "t.md", title=text)
    title, _, head, _, row, *_, last = (tmp_path / "t.md").read_text("utf-8").splitlines()
    assert unescaped(title) == f"# {text}" and list(map(unescaped, fields(head))) == ["Structure", text]
    assert [unescaped(field) for field in fields(row)] == [text, "0.500"]
    assert not obeyed(title + last) and f"{text}: n = 2" in unescaped(last)


@pytest.mark.parametrize("text", HOSTILE)
def test_claims_show_hostile_reasons_as_they_are(text: str, tmp_path: Path) -> None:
    claims = load_claims()[:1]
    why = {pair.table: text for pair in claims[0].pairs}
    judged = evaluate_claims(claims, {}, origin=ORIGIN, unavailable=why, evaluated=EVALUATED)
    provenance = Provenance("demo", text, "a grid", "0.1")
    write_claims_markdown(judged, tmp_path / "c.md", provenance=provenance)
    lines = (tmp_path / "c.md").read_text("utf-8").splitlines()
    assert unescaped(lines[2]) == provenance.sentence and not obeyed(lines[2])
    rows = [fields(line) for line in lines if line.startswith("| Table ")]
    assert {unescaped(row[-1]) for row in rows} == {f"not made: {text}"} and {len(row) for row in rows} == {9}


@pytest.mark.parametrize("text", HOSTILE)
def test_latex_prints_hostile_text_as_it_is(text: str) -> None:
    commands = {r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^"}
    commands |= {r"\ensuremath{<}": "<", r"\ensuremath{>}": ">"}
    found = to_latex(arranged(text), "table08")
    (note,) = re.findall(r"\\scriptsize\n(.*)\\par\n", found)
    for command, letter in commands.items():
        note = note.replace(command, f"\0{ord(letter):03d}")
    note = re.sub(r"\\([{}$&#%_])", lambda match: f"\0{ord(match[1]):03d}", note)
    assert not re.search(r"[\\{}$&#%_~^]", note)  # nothing is left that TeX obeys
    assert re.sub(r"\0(\d{3})", lambda match: chr(int(match[1])), note) == text
    places = [line.count(" & ") - line.count(r" \& ") for line in found.splitlines() if line.endswith(r"\\")]
    assert set(places) == {5}


NAMES = {
    "learning_rate": "learning_rate",
    "a b\n c": "a b c",
    "_a_": r"\_a\_",
    "a__b": r"a\_\_b",
    "a|b": r"a\|b",
    r"a\_b": r"a\\\_b",
    "<b>x</b>": r"\<b\>x\</b\>",
}


@pytest.mark.parametrize(("text", "expected"), list(NAMES.items()))
def test_names_keep_underscores_within_words_and_one_line(text: str, expected: str) -> None:
    assert escape_line(text) == expected
