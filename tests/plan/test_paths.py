"""The rules' patterns, which are literal for the eye, are the paths that the plan computes."""

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from acenet.plan import paths

RULES = Path(__file__).parents[2] / "rules"
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in sorted(RULES.glob("*.smk")))
TRAINING = "{dataset}/{model}"
PATTERNS = {
    paths.conformed("adni", "{subject}"): "conform_adni",
    paths.split("{source}"): "record_split",
    paths.protocol("{dataset}"): "complete_protocol",
    paths.warped("{atlas}_{target}"): "warp",
    paths.warp_checks("{target}"): "judge_warps",
    paths.registered("{role}", "{scan}"): "register_scan",
    paths.model(TRAINING, "{seed}"): "train",
    paths.training_log(TRAINING, "{seed}"): "train",
    paths.card(TRAINING, "{seed}"): "model_card",
    paths.predicted(TRAINING, "{seed}"): "predict",
    paths.measured(TRAINING, "{seed}"): "measure",
    paths.PARAMETERS: "count_parameters",
    paths.WARPS: "list_warps",
    paths.WARP_TARGETS: "record_targets",
    paths.PROVENANCE_PAGE: "record_provenance",
    paths.PARAMETERS_LOG: "count_parameters",
    paths.PAGE: "page",
    paths.TRAINING_PAGES: "page",
    paths.viewer("{dataset}"): "view_scan",
    paths.record("run", "csv"): "record_provenance",
    paths.table_log("{table}", "{part}"): "table",
    **{paths.job_log(job, TRAINING, "{seed}"): job for job in ("train", "predict", "measure")},
    paths.own_table("{dataset}", "csv"): "own_table",
    paths.figure("{figure}", "png", "{part}"): "draw_dots",
    **{paths.table("{table}", form, "{part}"): "table" for form in paths.TABLE_FORMATS},
}


def rule(name: str) -> str:
    """The text of a rule, to the next one."""
    return TEXT.split(f"rule {name}:")[1].split("\nrule ")[0]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_rule_writes_where_the_plan_looks(pattern: str) -> None:
    assert f'"{pattern}"' in rule(PATTERNS[pattern])


def test_every_path_is_held_against_a_rule() -> None:
    functions: list[Callable[..., str]] = [
        value for value in vars(paths).values() if inspect.isfunction(value)
    ]
    spelt = set(PATTERNS) | {paths.verified_archive("{source}", "{archive}")}
    for function in functions:
        beginning = function(
            *(
                ["x"]
                * len([p for p in inspect.signature(function).parameters.values() if p.default is p.empty])
            )
        )
        assert any(one.split("/")[:2] == beginning.split("/")[:2] for one in spelt), function.__name__


def test_conformed_files_lie_in_their_folder() -> None:
    assert paths.conformed("malc", "1000", "image.nii") == f"{paths.conformed('malc', '1000')}/image.nii"
    assert 'f"results/conformed/{_source.name}/{{subject}}/image.nii"' in TEXT
