"""Every number comes from its own training: one long table is exchanged, and exactly its cells move."""

import pandas as pd
import pytest

from acenet.papers import load_cells, load_claims, load_trainings
from acenet.report import build_summary, evaluate_claims
from tests.report.synthetic import (
    EVALUATED,
    ORIGIN,
    all_long_tables,
    all_tables,
    long_table,
    summary_of_all,
    tables_of_all,
)

Frames = dict[str, pd.DataFrame]
# A baseline of both papers, in a p-value; one with validation scans, brain masks and distances.
EXCHANGED = ("malc27/quicknatv2", "mindboggle62/acenet-s5-skull-twostage")


def with_claims(tables: Frames, summary: pd.DataFrame, long_tables: Frames) -> Frames:
    """All tables, the summary and the claims."""
    claims = evaluate_claims(load_claims(), long_tables, origin=ORIGIN, unavailable={}, evaluated=EVALUATED)
    return {**tables, "summary": summary, "claims": claims.drop(columns=["verdict", "claim_verdict"])}


@pytest.fixture(scope="module")
def before() -> Frames:
    return with_claims(tables_of_all(), summary_of_all(), all_long_tables())


def belongs(frame: pd.DataFrame, training_id: str) -> pd.Series:
    """The rows of a table, the summary or the claims that a training's long table makes."""
    names = [name for name in ("training_id", "against_id", "better_id", "worse_id") if name in frame]
    counted = frame["metric"].isin(["params", "n_train", "n_test"])
    return frame[names].eq(training_id).any(axis=1) & ~counted


@pytest.mark.parametrize("training_id", EXCHANGED)
def test_exactly_the_cells_of_an_exchanged_training_move(before: Frames, training_id: str) -> None:
    exchanged = {**all_long_tables(), training_id: long_table(training_id, level=-0.1, seed=1)}
    tables = all_tables(exchanged)
    summary = build_summary(
        load_cells(), tables, exchanged, origin=ORIGIN, unavailable={}, evaluated=EVALUATED
    )
    after = with_claims(tables, summary, exchanged)
    moved = 0
    for name, old in before.items():
        new, mine = after[name], belongs(old, training_id)
        pd.testing.assert_frame_equal(new[~mine], old[~mine])
        value = {"summary": "ours", "claims": "difference"}.get(name, "ours_mean")
        # All structures of a pair can stay better: its p-value over structures then does not move.
        values = mine & (old["metric"] != "p_value")
        assert (new.loc[values, value] != old.loc[values, value]).all()
        moved += int(mine.sum())
    assert moved >= 2


def test_every_training_makes_a_cell(before: Frames) -> None:
    """But for first stages on augmented data, which no table shows."""
    idle = [one for one in load_trainings() if not belongs(before["summary"], one).any()]
    assert idle == ["malc27/acenet-s5-stage1-aug", "malc133/acenet-s5-stage1-aug"]


def test_the_summary_repeats_the_tables(before: Frames) -> None:
    key = ["table", "dataset", "row", "column", "metric"]
    summary = before["summary"].set_index(key)
    tables = pd.concat(frame for name, frame in before.items() if name not in ("summary", "claims"))
    direct = tables[~tables["literature"] & tables["n_subjects"].notna()].set_index(key)
    assert len(direct) >= 121
    for place, row in direct.iterrows():
        ours = row["ours_directed_mean" if place[4] == "hausdorff_mm" else "ours_mean"]
        assert summary.loc[place, "ours"] == ours
        if pd.notna(row["published_mean"]):
            assert summary.loc[place, "difference"] == pytest.approx(row["difference"])
