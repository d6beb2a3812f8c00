"""`snakemake --list` explains itself."""

import re

import pytest

from tests.workflow.conftest import REPO

FILES = sorted((REPO / "rules").glob("*.smk"))
RULE = re.compile(r"^ *(?:rule|checkpoint)\b *(\w*) *:\n(?:\s*#.*\n)*\s*(.*)$", re.MULTILINE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_rule_says_what_it_is_for(path) -> None:
    rules = RULE.findall(path.read_text(encoding="utf-8"))
    assert [
        name or "(named by its place)" for name, first in rules if not re.match(r'"""\w.*\."""$', first)
    ] == []


def test_there_are_rules_to_look_at() -> None:
    assert sum(len(RULE.findall(path.read_text(encoding="utf-8"))) for path in FILES) > 40
