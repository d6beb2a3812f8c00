"""The table of docs/reliability.md names a test for each case, and every test that it names exists."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "docs" / "reliability.md"


def functions(path: Path) -> set[str]:
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }


def test_cases_and_tests_belong_together() -> None:
    rows = re.findall(r"^\| (\d+) \|.*\| ([^|]+) \|$", TABLE.read_text("utf-8"), re.MULTILINE)
    cases = {int(number): re.findall(r"`(test_\w+)`", tests) for number, tests in rows}
    assert set(range(1, 31)) <= set(cases)
    here = set().union(*(functions(path) for path in HERE.glob("test_*.py")))
    for number in range(1, 31):
        assert cases[number], number
        assert set(cases[number]) == {name for name in here if name.startswith(f"test_{number:02d}_")}
