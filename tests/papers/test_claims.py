"""The claims as data: against the published values, which must bear them out."""

from pathlib import Path

import pytest

from acenet.errors import InputError
from acenet.papers import load_claims, load_layouts
from acenet.papers.claims import Claim, Contrast
from acenet.papers.records import FOLDER

SMALLER_IS_BETTER = ("hausdorff_mm", "time_text")


def claim(name: str) -> Claim:
    (found,) = (one for one in load_claims() if one.name == name)
    return found


@pytest.mark.parametrize("name", [one.name for one in load_claims()])
def test_the_published_values_bear_each_claim_out(name: str) -> None:
    """None goes against it; where one is equal, the note says so."""
    one = claim(name)
    sign = -1 if one.metric in SMALLER_IS_BETTER else 1
    for pair in one.pairs:
        if pair.published_better is None or pair.published_worse is None:
            continue
        assert sign * pair.published_better >= sign * pair.published_worse
        if pair.published_better == pair.published_worse:
            assert "equal values" in one.note


def test_values_are_those_of_the_source() -> None:
    (first,) = (pair for pair in claim("acenet_over_quicknatv2").pairs if pair.dataset == "malc133")
    assert first == Contrast(
        "malc133", "malc133/acenet-s5-skull-twostage", "malc133/quicknatv2", "table11", 0.762, 0.689
    )
    fused = claim("ffce_fused_over_2d_over_quicknat").pairs
    assert [(pair.table, pair.published_better, pair.published_worse) for pair in fused] == [
        ("ffce_table02", 0.888, 0.884),
        ("ffce_table02", 0.884, 0.876),
        ("ffce_table03", 0.733, 0.727),
        ("ffce_table03", 0.727, 0.687),
    ]


def test_both_papers_and_all_tables_that_compare_are_covered() -> None:
    sources = {pair.table for one in load_claims() for pair in one.pairs}
    assert sources == set(load_layouts()) - {"table05"}  # parameters
    assert {one.paper for one in load_claims()} == {"ACEnet", "FFCE"}
    assert all(load_layouts()[pair.table].paper == one.paper for one in load_claims() for pair in one.pairs)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[[acenet-s5-skull-twostage-aug, ", "[[acenet-s6, ", "acenet-s6"),
        (
            "[[acenet-s5-skull-twostage-aug, ",
            "[[acenet-s5-stage1, ",
            "both values in one of table06, table09",
        ),
        ("[quicknatv2, quicknatv2-cw]", "[quicknatv2, quicknatv2]", "pairs of two trainings"),
        ("datasets: [malc27, schizbull32, malc133", "datasets: [malc27, malc28, malc133", "malc28"),
        ("  metric: jaccard\n", "", "statement, paper, source, metric"),
        ("  metric: jaccard\n", "  metric: jacard\n", "one of dice, .*found 'jacard'"),
        ("  metric: jaccard\n", "  metric: params\n", "a measure that long tables have; found params"),
    ],
)
def test_a_bad_entry_is_an_error_that_names_it(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (FOLDER / "claims.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "claims.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_claims(path)
