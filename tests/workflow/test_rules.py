"""The rules stay thin, and what they use of Snakemake beyond its documented interface is there."""

import ast
import re
from pathlib import Path

import pytest
import snakemake.api  # noqa: F401  (first: the others import each other in a circle)
from snakemake.rules import Rule
from snakemake.scheduling.job_scheduler import JobScheduler
from snakemake.workflow import Workflow

REPO = Path(__file__).parents[2]
RULES = sorted((REPO / "rules").glob("*.smk"))
INTERNALS = REPO / "rules" / "snakemake_internals.smk"


def functions(path: Path) -> dict[str, int]:
    """Functions of a file of rules by name, with their lines of code: without docstring, comments and blank lines."""
    found: dict[str, int] = {}
    for text in re.findall(r"^def .*?(?=^\S|\Z)", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        (function,) = ast.parse(text).body
        assert isinstance(function, ast.FunctionDef)
        if isinstance(function.body[0], ast.Expr):
            del function.body[0]
        found[function.name] = len(ast.unparse(function).splitlines())
    return found


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_functions_of_rules_are_glue(path: Path) -> None:
    assert all(lines <= 10 for lines in functions(path).values()), functions(path)


def test_the_glue_between_rules_and_plan_is_short() -> None:
    assert len((REPO / "rules/common.smk").read_text(encoding="utf-8").splitlines()) < 60
    assert len((REPO / "Snakefile").read_text(encoding="utf-8").splitlines()) <= 95


@pytest.mark.parametrize("name", ["set_params", "script"])
def test_rules_can_be_given_params_later(name: str) -> None:
    assert hasattr(Rule, name) or name in Rule.__init__.__code__.co_names, (
        f"Snakemake's Rule has no {name} any more: rules/snakemake_internals.smk needs another way to give rules the "
        "digest of their code"
    )


@pytest.mark.parametrize("name", ["rules", "non_local_exec", "scheduler", "dag", "is_main_process"])
def test_the_workflow_knows_its_rules_and_where_jobs_run(name: str) -> None:
    names = {name for one in vars(Workflow).values() for name in getattr(one, "__dict__", {})} | set(
        vars(Workflow)
    )
    declared = getattr(Workflow, "__annotations__", {})
    assert name in names | set(declared), (
        f"Snakemake's Workflow has no {name} any more: rules/snakemake_internals.smk needs another way"
    )


def test_the_scheduler_has_a_rate_limiter() -> None:
    assert "job_rate_limiter" in JobScheduler.__init__.__code__.co_names, (
        "Snakemake's scheduler has no job_rate_limiter any more: lift_default_rate_limit of "
        "rules/snakemake_internals.smk can go, if jobs start as soon as others end"
    )


def test_nothing_undocumented_is_used_elsewhere() -> None:
    private = re.compile(
        r"workflow\.(rules|scheduler|non_local_exec|persistence|dag|is_main_process)\b|\.set_params|job_rate_limiter"
    )
    for path in (REPO / "Snakefile", *RULES):
        if path != INTERNALS:
            assert not private.search(path.read_text(encoding="utf-8")), path
