"""The summary of all published values: ours, intervals over subjects, and what was not measured."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from acenet.metrics.statistics import overall_test
from acenet.papers import load_cells, load_layouts
from acenet.report import build_summary, build_table, read_table_csv, write_table_csv
from tests.report.synthetic import (
    EVALUATED,
    ORIGIN,
    PROVENANCE,
    all_long_tables,
    long_table,
    summary_of_all,
    tables_of_all,
)

TRAINING = "malc27/acenet-s5-skull-twostage"


@pytest.fixture
def long_tables() -> dict[str, pd.DataFrame]:
    return all_long_tables()


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    return tables_of_all()


@pytest.fixture
def summary() -> pd.DataFrame:
    return summary_of_all()


def row(summary: pd.DataFrame, table: str, where: str, column: str, dataset: str = "malc27") -> pd.Series:
    chosen = summary[
        (summary["table"] == table)
        & (summary["row"] == where)
        & (summary["column"] == column)
        & (summary["dataset"] == dataset)
    ]
    assert len(chosen) == 1
    return chosen.iloc[0]


def subject_means(table: pd.DataFrame, metric: str, split: str, structures: tuple[int, ...]) -> np.ndarray:
    chosen = table[(table["metric"] == metric) & (table["split"] == split)]
    wide = chosen.pivot(index="subject", columns="structure", values="value")
    return wide[list(structures)].mean(axis=1).to_numpy()


def test_every_direct_value_once_and_no_other(summary: pd.DataFrame) -> None:
    cells = [cell for cell in load_cells() if cell.direct]
    key = ["table", "dataset", "row", "column", "metric"]
    assert summary[key].to_numpy().tolist() == [[getattr(cell, name) for name in key] for cell in cells]
    assert not summary["row"].isin(["SLANT8", "SLANT27", "DeepNAT", "Seg-Net", "3D SegNet"]).any()
    assert summary["ours"].notna().eq(summary["status"] == "measured").all()


@pytest.mark.parametrize(
    ("where", "column", "metric", "split", "structures"),
    [
        ("Dice", "ACEnet", "dice", "test", (1, 2, 3)),
        ("Jaccard", "ACEnet", "jaccard", "test", (1, 2, 3)),
        ("Skull-stripping (Dice)", "ACEnet", "dice", "test", (-1,)),
        ("Hausdorff Distance", "ACEnet", "hd_gt_to_pred_mm", "test", (1, 2, 3)),
    ],
)
def test_intervals_are_over_subjects(
    summary: pd.DataFrame, where: str, column: str, metric: str, split: str, structures: tuple[int, ...]
) -> None:
    means = subject_means(long_table(TRAINING), metric, split, structures)
    found = row(summary, "table08", where, column)
    assert found["ours"] == pytest.approx(means.mean())
    low, high = stats.t.interval(0.95, len(means) - 1, means.mean(), stats.sem(means))
    assert (found["ci_low"], found["ci_high"]) == (pytest.approx(low), pytest.approx(high))
    assert found["bootstrap_low"] < found["ours"] < found["bootstrap_high"]
    assert found["n_subjects"] == 6 and found["difference"] == found["ours"] - found["published_mean"]


def test_validation_scans_are_their_own(summary: pd.DataFrame) -> None:
    found = row(summary, "table08", "Dice (validation)", "ACEnet", "schizbull32")
    means = subject_means(long_table("schizbull32/acenet-s5-skull-twostage"), "dice", "validation", (1, 2, 3))
    assert found["n_subjects"] == 3 and found["ours"] == pytest.approx(means.mean())
    assert found["ci_low"] == pytest.approx(stats.t.interval(0.95, 2, means.mean(), stats.sem(means))[0])


def test_each_row_says_what_it_was_made_from(summary: pd.DataFrame) -> None:
    assert row(summary, "table04", "MALC-27", "Two Stages")["data"] == "embedded cohort"
    assert row(summary, "table04", "SchizBull-32", "Two Stages", "schizbull32")["data"] == "licensed data"
    counted = row(summary, "table05", "Number of parameters", "baseline", "")
    assert counted["ours"] == 3_555_284 and counted["data"] == "" and np.isnan(counted["ci_low"])


def test_values_of_the_texts(summary: pd.DataFrame) -> None:
    ours, base = (
        long_table(f"malc27/{model}").query("metric == 'dice' and split == 'test' and structure > 0")
        for model in ("acenet-s5-skull-twostage", "quicknatv2")
    )
    means = [one.groupby("structure")["value"].mean().to_numpy() for one in (ours, base)]
    p = row(summary, "text", "ACEnet vs QuickNAT V2 overall", "two-sided Wilcoxon signed rank")
    assert p["ours"] == pytest.approx(overall_test(*means)) and np.isnan(p["ci_low"])
    relative = row(summary, "text", "ACEnet vs QuickNAT V2", "Dice improvement, % of the ACEnet value")
    a, b = ours["value"].mean(), base["value"].mean()
    assert relative["ours"] == pytest.approx(100 * (a - b) / a)
    assert relative["ci_low"] < relative["ours"] < relative["ci_high"]
    points = row(summary, "ffce_text", "fused vs 2D coarse", "text")
    fused, flat = (
        long_table(f"malc27/{model}").query("metric == 'dice' and split == 'test' and structure > 0")["value"]
        for model in ("ffce-fused", "acenet-s0-stage1")
    )
    assert points["ours"] == pytest.approx(100 * (fused.mean() - flat.mean()))


def test_what_was_not_measured_says_why(tables: dict, long_tables: dict) -> None:
    lacking = {one: table for one, table in long_tables.items() if one != "malc133/quicknatv2"}
    built = {name: table for name, table in tables.items() if name not in ("table09", "table11")}
    reasons = {"table09": "no network unet3d", "table11": "no network quicknatv2"}
    found = build_summary(
        load_cells(), built, lacking, origin=ORIGIN, unavailable=reasons, evaluated=EVALUATED
    )
    for table, reason in reasons.items():
        rows = found[found["table"] == table]
        assert len(rows) and set(rows["status"]) == {reason} and rows["ours"].isna().all()
        assert rows["published_mean"].notna().all()
    p = row(found, "text", "ACEnet vs QuickNAT V2 overall", "two-sided Wilcoxon signed rank", "malc133")
    assert p["status"] == "no long table of malc133/quicknatv2" and np.isnan(p["ours"])
    typed = row(found, "text", "context encoding module added params", "complexity", "")
    assert typed["status"] == "printed in the paper, not measured here"


def test_one_subject_has_a_value_and_no_interval(long_tables: dict) -> None:
    table = long_tables[TRAINING]
    one = {**long_tables, TRAINING: table[table["subject"].isin(["t0", "v0"])]}
    built = {
        "table04": build_table(
            load_layouts()["table04"], load_cells("table04"), one, provenance=PROVENANCE, evaluated=EVALUATED
        )
    }
    found = build_summary(
        load_cells("table04"), built, one, origin=ORIGIN, unavailable={}, evaluated=EVALUATED
    )
    cell = row(found, "table04", "MALC-27", "Two Stages")
    assert cell["n_subjects"] == 1 and cell["ours"] > 0
    assert np.isnan([cell["ci_low"], cell["bootstrap_high"]]).all()


@pytest.mark.filterwarnings("error")
def test_nothing_defined_has_no_value_and_says_so(long_tables: dict) -> None:
    empty = {**long_tables, TRAINING: long_tables[TRAINING].assign(value=np.nan, status="both_empty")}
    layout, cells = load_layouts()["table04"], load_cells("table04")
    built = build_table(layout, cells, empty, provenance=PROVENANCE, evaluated=EVALUATED)
    found = build_summary(
        [*cells, *load_cells("text")],
        {"table04": built},
        empty,
        origin=ORIGIN,
        unavailable={},
        evaluated=EVALUATED,
    )
    cell = row(found, "table04", "MALC-27", "Two Stages")
    assert cell["status"] == "no subject with a value" and cell["n_missing"] == 6 * 3
    assert np.isnan([cell["ours"], cell["difference"], cell["ci_low"], cell["bootstrap_low"]]).all()
    p = row(found, "text", "ACEnet vs QuickNAT V2 overall", "two-sided Wilcoxon signed rank")
    assert (p["status"], p["n_subjects"]) == ("no subject with a value", 0) and np.isnan(p["ours"])


def test_tables_are_read_as_they_were_written(tables: dict, tmp_path) -> None:
    for name in ("table05", "table08", "ffce_table02"):
        write_table_csv(tables[name], tmp_path / f"{name}.csv")
        again = read_table_csv(tmp_path / f"{name}.csv")
        assert again["dataset"].tolist() == tables[name]["dataset"].tolist()
        for column in ("ours_mean", "difference", "published_mean"):
            np.testing.assert_allclose(again[column], tables[name][column], rtol=1e-15)
        pd.testing.assert_series_equal(again["training_id"], tables[name]["training_id"], check_dtype=False)
