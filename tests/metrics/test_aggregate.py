"""Summaries of a small long table, computed by hand in every reading."""

import numpy as np
import pandas as pd
import pytest

from acenet.errors import InputError
from acenet.metrics.aggregate import structure_means, summarise_distance, summarise_mask, summarise_overlap

NAN = float("nan")
# (subject, structure) -> value and status
DICE = {
    ("a", 0): (1.0, "ok"),
    ("a", 1): (0.8, "ok"),
    ("a", 2): (0.6, "ok"),
    ("b", 0): (0.9, "ok"),
    ("b", 1): (0.0, "prediction_empty"),
    ("b", 2): (NAN, "both_empty"),
    ("a", -1): (0.9, "ok"),
    ("b", -1): (0.7, "ok"),
}
DISTANCE = {
    ("a", 1): (2.0, "ok"),
    ("a", 2): (4.0, "ok"),
    ("b", 1): (6.0, "ok"),
    ("b", 2): (NAN, "both_empty"),
}


@pytest.fixture
def table() -> pd.DataFrame:
    rows = [
        (subject, "test", structure, metric, *entry)
        for metric, values in (("dice", DICE), ("hd_mm", DISTANCE))
        for (subject, structure), entry in values.items()
    ]
    rows += [("v", "validation", structure, "dice", 0.1, "ok") for structure in (0, 1, 2)]
    rows += [(subject, "test", 3, "dice", 0.123, "ok") for subject in "ab"]  # a structure that does not count
    frame = pd.DataFrame(rows, columns=["subject", "split", "structure", "metric", "value", "status"])
    return frame.assign(dataset="malc27", model="m", seed=1, name="x")


def test_overlap_in_each_reading(table: pd.DataFrame) -> None:
    summary = summarise_overlap(table, "dice", split="test", structures=[1, 2])
    pooled = [0.8, 0.6, 0.0]
    assert summary.mean == summary.mean_pooled == pytest.approx(1.4 / 3)
    assert summary.std_pooled == pytest.approx(np.std(pooled))  # of the population: divided by 3
    assert summary.std_pooled**2 == pytest.approx((0.64 + 0.36) / 3 - (1.4 / 3) ** 2)
    assert summary.std_between_subjects == pytest.approx((0.7 - 0.0) / 2)
    assert summary.mean_with_background == pytest.approx((1.4 + 1.9) / 5)
    assert summary.std_with_background == pytest.approx(np.std([*pooled, 1.0, 0.9]))
    assert (summary.n_subjects, summary.n_structures, summary.n_missing, summary.n_empty) == (2, 2, 1, 2)


def test_distance_averages_subjects_first(table: pd.DataFrame) -> None:
    summary = summarise_distance(table, "hd_mm", split="test", structures=[1, 2])
    assert summary.mean == pytest.approx((3 + 6) / 2)
    assert summary.std_between_subjects == pytest.approx(1.5)
    assert summary.mean_pooled == pytest.approx(4)
    assert summary.std_pooled == pytest.approx(np.std([2, 4, 6]))
    assert np.isnan(summary.mean_with_background)
    assert (summary.n_missing, summary.n_empty) == (1, 1)


def test_brain_mask_and_validation(table: pd.DataFrame) -> None:
    mask = summarise_mask(table, "dice", split="test")
    assert (mask.mean, mask.n_structures) == (pytest.approx(0.8), 1)
    assert mask.std_pooled == mask.std_between_subjects == pytest.approx(0.1)
    validation = summarise_overlap(table, "dice", split="validation", structures=[1, 2])
    assert (validation.mean, validation.n_subjects) == (pytest.approx(0.1), 1)


def test_means_of_structures(table: pd.DataFrame) -> None:
    means = structure_means(table, "dice", split="test", structures=[2, 1])
    assert means.index.tolist() == [2, 1]
    assert means.tolist() == pytest.approx([0.6, 0.4])


def test_nothing_defined_gives_nan_without_warning(
    table: pd.DataFrame, recwarn: pytest.WarningsRecorder
) -> None:
    empty = table.assign(value=NAN, status="both_empty")
    summary = summarise_overlap(empty, "dice", split="test", structures=[1, 2])
    assert np.isnan([summary.mean, summary.std_pooled, summary.std_between_subjects]).all()
    assert summary.n_missing == 4
    assert not recwarn.list


def test_incomplete_tables_are_refused(table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"malc27/m.*no row"):
        summarise_mask(table, "dice", split="validation")
    lacking = table[~((table["subject"] == "b") & (table["structure"] == 2))]
    with pytest.raises(InputError, match="3 rows for 2 subjects and 2 structures"):
        summarise_distance(lacking, "hd_mm", split="test", structures=[1, 2])
    with pytest.raises(InputError, match="each structure"):
        summarise_overlap(table, "dice", split="test", structures=[1, 2, 99])


@pytest.fixture
def seeds(table: pd.DataFrame) -> pd.DataFrame:
    """Two trainings: the second's overlaps are 0.1 higher where they are defined, its distances 2 mm."""
    second = table.assign(seed=2)
    second["value"] += np.where(second["metric"] == "dice", 0.1, 2.0)
    return pd.concat([table, second], ignore_index=True)


def test_several_trainings_are_averaged_and_their_spread_is_told(seeds: pd.DataFrame) -> None:
    summary = summarise_overlap(seeds, "dice", split="test", structures=[1, 2])
    assert summary.mean == summary.mean_pooled == pytest.approx(1.4 / 3 + 0.05)
    assert summary.std_between_trainings == pytest.approx(0.05)  # subjects' means 0.7 and 0, and 0.1 more
    assert summary.std_between_subjects == pytest.approx(0.35)  # 0.75 and 0.05
    assert summary.std_pooled == pytest.approx(np.std([0.8, 0.6, 0.0, 0.9, 0.7, 0.1]))
    assert (summary.n_trainings, summary.n_subjects, summary.n_missing, summary.n_empty) == (2, 2, 2, 4)
    distance = summarise_distance(seeds, "hd_mm", split="test", structures=[1, 2])
    assert distance.mean == pytest.approx(5.5) and distance.std_between_trainings == pytest.approx(1)
    means = structure_means(seeds, "dice", split="test", structures=[2, 1])
    assert means.to_dict() == pytest.approx({2: 0.65, 1: 0.45})


def test_one_training_has_no_spread_between_trainings(table: pd.DataFrame) -> None:
    summary = summarise_overlap(table, "dice", split="test", structures=[1, 2])
    assert summary.n_trainings == 1 and np.isnan(summary.std_between_trainings)


def test_trainings_on_other_subjects_are_refused_with_their_numbers(seeds: pd.DataFrame) -> None:
    short = seeds[(seeds["seed"] == 1) | (seeds["subject"] != "b")]
    with pytest.raises(InputError, match=r"none of b with seed 2: 1 of 2 subjects"):
        summarise_overlap(short, "dice", split="test", structures=[1, 2])
