"""The table of docs/reliability.md names tests for each case, and every test that it names exists."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
REPO = HERE.parents[1]
CASES = range(1, 103)


def functions(path: Path) -> set[str]:
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }


def test_cases_and_tests_belong_together() -> None:
    text = (REPO / "docs" / "reliability.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (\d+) \|.*\| ([^|]+) \|$", text, re.MULTILINE))
    assert [int(number) for number in rows] == list(CASES)
    here = set().union(*(functions(path) for path in HERE.glob("test_*.py")))
    for number in CASES:
        named = re.findall(r"`(test_\w+)`", rows[str(number)])
        elsewhere = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", rows[str(number)])
        assert named or elsewhere, number
        assert set(named) == {name for name in here if name.startswith(f"test_{number:02d}_")}
        for path, name in elsewhere:
            assert name in functions(REPO / path), (path, name)
