"""The claims judged on long tables of known differences."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from acenet.metrics.statistics import exact_test, smallest_p
from acenet.papers import load_claims
from acenet.report import evaluate_claims, write_claims_markdown
from acenet.report.claims import overall_verdict, verdict
from tests.report.synthetic import EVALUATED, ORIGIN, PROVENANCE, long_table

NAN = float("nan")
CLAIMS = [
    one for one in load_claims() if one.name in ("two_stages_are_best", "acenet_over_quicknatv2_hausdorff")
]
IDS = {training for claim in CLAIMS for pair in claim.pairs for training in (pair.better, pair.worse)}
MODELS = ("acenet-s5-stage1", "acenet-s5-skull-e2e", "acenet-s5-skull-twostage", "quicknatv2")


def judged(long_tables: dict[str, pd.DataFrame], unavailable: dict[str, str] | None = None) -> pd.DataFrame:
    return evaluate_claims(
        CLAIMS, long_tables, origin=ORIGIN, unavailable=unavailable or {}, evaluated=EVALUATED
    )


def tables(*levels: float) -> dict[str, pd.DataFrame]:
    """Long tables whose values are higher by `levels`, model by model."""
    level = dict(zip(MODELS, levels, strict=True))
    return {one: long_table(one, level=level[one.split("/")[1]]) for one in sorted(IDS)}


@pytest.mark.parametrize(
    ("low", "high", "lower_is_better", "expected"),
    [
        (0.1, 0.2, False, "holds"),
        (-0.2, -0.1, False, "contradicted"),
        (-0.1, 0.2, False, "undecided"),
        (0.0, 0.2, False, "undecided"),
        (NAN, NAN, False, "undecided"),
        (0.1, 0.2, True, "contradicted"),
        (-0.2, -0.1, True, "holds"),
        (NAN, NAN, True, "undecided"),
    ],
)
def test_verdict_of_an_interval(low: float, high: float, lower_is_better: bool, expected: str) -> None:
    assert verdict(low, high, lower_is_better=lower_is_better) == expected


@pytest.mark.parametrize(
    ("low", "p", "expected"),
    [
        (0.1, 0.03125, "holds"),
        (0.1, 0.05, "holds"),
        (0.1, 0.0625, "undecided"),
        (0.1, NAN, "undecided"),
        (-0.2, 0.03125, "contradicted"),
        (-0.2, 0.125, "undecided"),
        (-0.05, 0.03125, "undecided"),  # the interval includes 0
    ],
)
def test_verdict_needs_the_interval_and_the_test(low: float, p: float, expected: str) -> None:
    assert verdict(low, low + 0.1, p=p) == expected
    swapped = {"holds": "contradicted", "contradicted": "holds"}.get(expected, expected)
    assert verdict(low, low + 0.1, lower_is_better=True, p=p) == swapped


@pytest.mark.parametrize(("n", "least"), [(1, 1.0), (2, 0.5), (4, 0.125), (5, 0.0625), (6, 0.03125)])
def test_the_smallest_p_is_that_of_differences_of_one_sign(n: int, least: float) -> None:
    """Two of the 2^n assignments of signs are as extreme."""
    assert smallest_p(n) == exact_test(np.arange(1.0, n + 1), np.zeros(n)) == least


def test_four_subjects_decide_nothing() -> None:
    """Differences of 0.20 to 0.23: the interval is far from 0, and p is 2/2^4."""
    four = {
        one: table[table["subject"].isin(["t0", "t1", "t2", "t3"])]
        for one, table in tables(0.0, 0.2, 0.4, -0.6).items()
    }
    rows = judged(four).set_index("claim").loc["two_stages_are_best"]
    assert (rows["ci_low"] > 0.1).all() and set(rows["p_subjects"]) == {0.125}
    assert set(rows["verdict"]) == set(rows["claim_verdict"]) == {"undecided"}
    assert set(rows["status"]) == {"measured, 4 subjects: too few, no p below 0.125 is possible"}


def test_verdict_of_a_claim() -> None:
    assert overall_verdict(["holds", "holds"]) == overall_verdict(["holds", "not made"]) == "holds"
    assert overall_verdict(["holds", "undecided"]) == "undecided"
    assert overall_verdict(["holds", "contradicted", "undecided"]) == "contradicted"
    assert overall_verdict(["not made"]) == overall_verdict([]) == "not made"


def test_differences_of_known_size() -> None:
    """Stages 0.2 apart; 1 mm further for ACEnet, which contradicts the smaller distance."""
    found = judged(tables(0.0, 0.2, 0.4, -0.6)).set_index(["claim", "dataset", "worse_id"])
    stages = found.loc["two_stages_are_best"]
    assert set(stages["verdict"]) == set(stages["claim_verdict"]) == {"holds"}
    assert (stages["difference"] - 0.2).abs().max() < 0.05
    assert ((stages["ci_low"] < stages["difference"]) & (stages["difference"] < stages["ci_high"])).all()
    assert set(stages["n_subjects"]) == {6} and set(stages["p_subjects"]) == {2 / 2**6}
    distances = found.loc["acenet_over_quicknatv2_hausdorff"]
    assert set(distances["verdict"]) == {"contradicted"} and (distances["ci_low"] > 0.9).all()
    row = stages.loc[("malc133", "malc133/acenet-s5-skull-e2e")]
    assert row["published_difference"] == 0.016 and row["data"] == "embedded cohort"
    assert stages.loc[("schizbull32", "schizbull32/acenet-s5-stage1"), "data"] == "licensed data"


def test_equal_networks_are_undecided() -> None:
    value = long_table("malc27/x")
    same = {one: value.assign(dataset=one.split("/")[0], model=one.split("/")[1]) for one in IDS}
    found = judged(same)
    assert set(found["verdict"]) == {"undecided"}  # every interval is [0, 0]
    assert set(found["p_subjects"]) == {1} and set(found["difference"]) == {0}


def test_what_is_not_there_is_listed_with_the_reason() -> None:
    lacking = tables(0.0, 0.2, 0.4, -0.6)
    del lacking["mindboggle62/acenet-s5-skull-e2e"]
    del lacking["malc27/quicknatv2"]
    found = judged(lacking, {"table08": "no network quicknatv2"}).set_index(["claim", "dataset"])
    assert len(found) == 8 + 4
    stages = found.loc["two_stages_are_best"]
    assert set(stages.loc["mindboggle62", "verdict"]) == {"not made"}
    assert set(stages.loc["mindboggle62", "status"]) == {"no long table of mindboggle62/acenet-s5-skull-e2e"}
    assert stages.loc["mindboggle62", "published_better"].notna().all()
    assert set(stages["claim_verdict"]) == {"holds"}  # of the others
    row = found.loc[("acenet_over_quicknatv2_hausdorff", "malc27")]
    assert (
        row["status"] == "no network quicknatv2"
        and pd.isna(row["n_subjects"])
        and np.isnan(row["difference"])
    )
    nothing = judged({})
    assert set(nothing["verdict"]) == set(nothing["claim_verdict"]) == {"not made"}


def test_one_subject_and_missing_subjects_are_told() -> None:
    found = tables(0.0, 0.2, 0.4, -0.6)
    for model in MODELS[:3]:
        one = found[f"malc27/{model}"]
        found[f"malc27/{model}"] = one[one["subject"].isin(["t0", "v0"])]
    short = found["malc133/acenet-s5-skull-e2e"]
    found["malc133/acenet-s5-skull-e2e"] = short[short["subject"] != "t3"]
    rows = judged(found).set_index(["claim", "dataset"]).loc["two_stages_are_best"]
    single = rows.loc["malc27"]
    assert set(single["verdict"]) == {"undecided"} and set(single["p_subjects"]) == {1}
    assert set(single["status"]) == {"measured, one subject: no interval"}
    fewer = rows.loc["malc133"]
    assert set(fewer["n_subjects"]) == {5} and set(fewer["n_missing_subjects"]) == {1}
    assert set(fewer["verdict"]) == {"undecided"}  # 5 of one sign: p = 2/2^5
    assert set(fewer["status"]) == {"measured, 5 subjects: too few, no p below 0.0625 is possible"}


@pytest.mark.filterwarnings("error")
def test_nothing_defined_is_told_and_breaks_nothing(tmp_path: Path) -> None:
    """Every value of one network undefined, and a structure of another."""
    found = tables(0.0, 0.2, 0.4, -0.6)
    found["malc27/quicknatv2"] = found["malc27/quicknatv2"].assign(value=NAN, status="both_empty")
    other = found["malc133/quicknatv2"]
    found["malc133/quicknatv2"] = other.assign(value=other["value"].where(other["structure"] != 2))
    table = judged(found)
    rows = table.set_index(["claim", "dataset"]).loc["acenet_over_quicknatv2_hausdorff"]
    nothing, fewer = rows.loc["malc27"], rows.loc["malc133"]
    assert (nothing["verdict"], nothing["status"]) == ("undecided", "no subject with a value in both")
    assert (nothing["n_subjects"], nothing["n_missing_subjects"], nothing["n_structures"]) == (0, 6, 0)
    assert np.isnan([nothing["difference"], nothing["ci_low"], nothing["p_subjects"]]).all()
    assert (fewer["n_subjects"], fewer["n_structures"], fewer["n_missing"]) == (6, 2, 6)
    write_claims_markdown(table, tmp_path / "claims.md", provenance=PROVENANCE)
    assert "| n/a [n/a, n/a] | n/a | 0 (6) | undecided |" in (tmp_path / "claims.md").read_text("utf-8")


def test_markdown_has_every_claim_and_comparison(tmp_path: Path) -> None:
    lacking = tables(0.0, 0.2, 0.4, -0.6)
    del lacking["mindboggle62/acenet-s5-skull-e2e"]
    path = tmp_path / "claims.md"
    write_claims_markdown(judged(lacking), path, provenance=PROVENANCE)
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert "not the paper's results" in text and "Preset demo" in text
    assert sum(line.startswith("| ACEnet |") for line in lines) == 2
    assert "| holds | 6 of 6 (2 not made) |" in text and "| contradicted | 0 of 4 |" in text
    assert sum(line.startswith("| Table ") for line in lines) == 12
    assert "not made: no long table of mindboggle62/acenet-s5-skull-e2e |" in text
    assert (
        "Differences of the directed Hausdorff distance in mm, of which the smaller is the better. " in text
    )
    (row,) = (line for line in lines if "MALC-133 | acenet-s5-skull-twostage | acenet-s5-skull-e2e" in line)
    assert row.startswith("| Table 4 | MALC-133 |") and "| +0.016 | +0.1987 [+0.18" in row
    assert row.endswith("| 0.031 (0.031) | 6 (0) | holds |")
    widths = {line.count("|") for line in lines if line.startswith("| Table ")}
    assert widths == {10}
