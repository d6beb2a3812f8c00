"""Docstrings are numpydoc: sections with names on lines of their own and what is said of them indented below."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import acenet

ROOT = Path(acenet.__file__).parent
SECTIONS = ("Parameters", "Attributes", "Returns", "Yields", "Raises")
NAMED = ("Parameters", "Attributes", "Raises")
ENTRY = re.compile(r"\*{0,2}[A-Za-z_][\w.]*(, \*{0,2}[A-Za-z_][\w.]*)*( : \S.*)?( \(.*\))?")
LOOSE = re.compile(r"^[a-z_]\w*(, [a-z_]\w*)* : [a-z]")


def docstrings(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and (text := ast.get_docstring(node)):
            yield f"{path.relative_to(ROOT)}, {node.name}", text


def problems(text: str) -> Iterator[str]:
    """What is not numpydoc in a docstring."""
    lines = text.splitlines()
    section = None
    for i, line in enumerate(lines):
        following = lines[i + 1] if i + 1 < len(lines) else ""
        if set(following) == {"-"} and line:
            section = line
            if line in SECTIONS and len(following) != len(line):
                yield f"the line under {line} is {len(following)} long"
        elif section is None:
            if LOOSE.match(line):
                yield f"outside of a section: {line}"
            if re.search(r"\bRaises [A-Z]\w+Error\b", line):
                yield f"no section Raises: {line}"
        elif section in NAMED and line and not line.startswith((" ", "-")):
            entry = ENTRY.fullmatch(line) and re.match(r" {4}.*\w", following)
            yield from () if entry else (f"{section}: {line}",)


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_sections_are_numpydoc(path: Path) -> None:
    assert [f"{name}: {said}" for name, text in docstrings(path) for said in problems(text)] == []


def test_what_is_none_is_told() -> None:
    good = "Sum.\n\nParameters\n----------\nx, y : int\n    Two numbers.\n\nRaises\n------\nInputError\n    None."
    assert list(problems(good)) == []
    bad = "Sum.\n\nx : one of the two numbers. Raises InputError for others.\n\nRaises\n------\nInputError : none."
    assert len(list(problems(bad))) == 3
