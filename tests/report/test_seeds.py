"""Tables, claims and summary of trainings with several seeds, and what is said of one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from acenet.papers import load_cells, load_claims, load_layouts
from acenet.report import Provenance, build_summary, evaluate_claims, write_claims_markdown, write_claims_page
from acenet.report.arrange import arrange
from acenet.report.provenance import EMBEDDED
from tests.report.synthetic import EVALUATED, ORIGIN, PROVENANCE, all_long_tables, all_tables, tables_of_all

SEEDS = (1, 2, 5)
SHIFTS = dict(zip(SEEDS, (-0.03, 0.0, 0.03), strict=True))
SEVERAL = replace(PROVENANCE, seed=1, seeds=SEEDS)
STAGES = [one for one in load_claims() if one.name == "two_stages_are_best"]


def three(table: pd.DataFrame) -> pd.DataFrame:
    """A long table of one seed as one of three, whose values differ by their shifts alone."""
    return pd.concat(
        [table.assign(seed=seed, value=table["value"] + shift) for seed, shift in SHIFTS.items()]
    )


@pytest.fixture(scope="module")
def long_tables() -> dict[str, pd.DataFrame]:
    return {training: three(table) for training, table in all_long_tables().items()}


def test_a_cell_is_the_mean_over_seeds_and_the_file_has_each_spread(
    long_tables: dict[str, pd.DataFrame],
) -> None:
    once, found = tables_of_all(), all_tables(long_tables)
    for name, table in found.items():
        measured = table["n_trainings"].notna()
        for column in ("ours_mean", "ours_std_between_subjects", "ours_directed_mean"):
            np.testing.assert_allclose(table[column], once[name][column], atol=1e-12)
        assert set(table.loc[measured, "n_trainings"]) <= {3} and set(once[name]["n_trainings"].dropna()) <= {
            1
        }
        spread = table.loc[measured, "ours_std_between_trainings"]
        np.testing.assert_allclose(spread, np.std(list(SHIFTS.values())))
        assert once[name]["ours_std_between_trainings"].isna().all()


def test_what_is_printed_says_that_it_is_of_several_trainings(long_tables: dict[str, pd.DataFrame]) -> None:
    layout = load_layouts()["table08"]
    table = all_tables(long_tables)["table08"]
    notes = " ".join(arrange(table, layout, SEVERAL).footnotes)
    assert "means over 3 trainings of each network (seeds 1, 2, 5)" in notes
    assert "seed 1, trainings with seeds 1, 2, 5." in notes
    once = " ".join(arrange(tables_of_all()["table08"], layout, PROVENANCE).footnotes)
    assert "trainings of each network" not in once and "seed 0." in once


def test_a_run_says_its_seeds_as_it_did_where_there_is_one() -> None:
    def said(seed: int, *seeds: int) -> str:
        return Provenance("demo", EMBEDDED, "a grid", "0.1", "2", seed, seeds).sentence

    assert said(3) == said(3, 3) and said(3).endswith("torch 2, seed 3.")
    assert said(3, 4).endswith("seed 3, trainings with seed 4.")
    assert said(3, 3, 4).endswith("seed 3, trainings with seeds 3, 4.")


def test_claims_are_about_other_trainings_too(long_tables: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    def judged(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
        return evaluate_claims(STAGES, tables, origin=ORIGIN, unavailable={}, evaluated=EVALUATED)

    once, found = judged(dict(all_long_tables())), judged(long_tables)
    assert set(found["n_trainings_ours"]) == {3} == set(found["n_trainings_baseline"])
    assert (found["ci_low"] < once["ci_low"]).all() and (found["ci_high"] > once["ci_high"]).all()
    assert found["std_trainings_ours"].to_numpy() == pytest.approx(np.std(list(SHIFTS.values())))
    assert found["p_subjects"].equals(once["p_subjects"]) and set(found["least_p"]) == {2 / 2**6}
    write_claims_markdown(found, tmp_path / "claims.md", provenance=SEVERAL)
    text = (tmp_path / "claims.md").read_text(encoding="utf-8")
    assert (
        "trained 3 times (seeds 1, 2, 5)" in text
        and "other trainings as well as about other subjects" in text
    )
    assert "interval over subjects and trainings" in text and "trained once" not in text
    write_claims_page(found, tmp_path / "claims.html", provenance=SEVERAL)
    assert "trained 3 times" in (tmp_path / "claims.html").read_text(encoding="utf-8")
    write_claims_markdown(once, tmp_path / "once.md", provenance=PROVENANCE)
    assert "they are about other subjects, not about other trainings." in (tmp_path / "once.md").read_text(
        "utf-8"
    )


@pytest.mark.parametrize(
    ("seeds", "status"),
    [
        ((1,), "measured, 3 trainings against 1: the interval is over subjects alone"),
        ((1, 2), "measured, 3 trainings against 2"),
    ],
)
def test_trainings_with_other_seeds_are_compared_and_told(
    long_tables: dict[str, pd.DataFrame], seeds: tuple[int, ...], status: str
) -> None:
    less = dict(long_tables)
    for training in [one for one in less if one.endswith("stage1")]:
        less[training] = less[training][less[training]["seed"].isin(seeds)]
    found = evaluate_claims(STAGES, less, origin=ORIGIN, unavailable={}, evaluated=EVALUATED)
    against = found[found["worse_id"].str.endswith("stage1")]
    assert set(against["status"]) == {status} and set(against["n_trainings_baseline"]) == {len(seeds)}
    assert set(found.loc[~found.index.isin(against.index), "status"]) == {"measured"}


def test_the_summarys_intervals_are_over_subjects_and_trainings(long_tables: dict[str, pd.DataFrame]) -> None:
    cells = [cell for cell in load_cells("table08") if cell.metric == "dice"]

    def summary(tables: dict[str, pd.DataFrame], built: dict[str, pd.DataFrame]) -> pd.DataFrame:
        return build_summary(cells, built, tables, origin=ORIGIN, unavailable={}, evaluated=EVALUATED)

    once = summary(dict(all_long_tables()), tables_of_all())
    found = summary(long_tables, all_tables(long_tables))
    assert (found["ci_low"] < once["ci_low"]).all() and (found["ci_high"] > once["ci_high"]).all()
    np.testing.assert_allclose(found["ours_std_between_trainings"], np.std(list(SHIFTS.values())))
    np.testing.assert_allclose(found["bootstrap_low"], once["bootstrap_low"], atol=1e-3)
    assert set(found["n_trainings"]) == {3} and set(once["n_trainings"]) == {1}
