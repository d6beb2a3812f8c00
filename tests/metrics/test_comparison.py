"""One network against another: pairing, what is missing, and each defined result of bad input."""

import numpy as np
import pandas as pd
import pytest

from acenet.errors import InputError
from acenet.metrics.comparison import compare_overall, compare_structures
from acenet.metrics.long_table import DTYPES

COLUMNS = [
    *("structure", "name", "n", "n_missing", "mean_ours", "mean_baseline", "difference"),
    *(
        "hodges_lehmann",
        "hl_low",
        "hl_high",
        "ci_low",
        "ci_high",
        "rank_biserial",
        "p_paper",
        "p_exact",
        "p_holm",
        "q_bh",
    ),
    *("star_paper", "star_holm", "star_bh"),
]
N = 8


def long_table(
    values: np.ndarray, model: str = "ours", dataset: str = "malc27", seed: int = 1
) -> pd.DataFrame:
    """A long table from values (subjects, structures); subjects are s00, s01, ..., structures 1, 2, ..."""
    rows = [
        (dataset, model, seed, f"s{i:02d}", split, j, f"structure {j}", metric, value + shift, "ok")
        for (i, j), value in np.ndenumerate(values)
        for j in [j + 1]
        # What must not be mixed in: another split and another metric, far away.
        for split, metric, shift in (("test", "dice", 0), ("test", "hd_mm", 50))
    ]
    rows += [(dataset, model, seed, "v", "validation", 1, "structure 1", "dice", 9.0, "ok")]
    return pd.DataFrame(rows, columns=list(DTYPES)).astype(DTYPES)


def methods(seed: int = 0, n: int = N) -> tuple[np.ndarray, np.ndarray]:
    """Values (n, 3): ours better in structure 1 for every subject, equal in 2, mixed in 3."""
    baseline = np.random.default_rng(seed).uniform(0.5, 0.7, (n, 3))
    ours = baseline.copy()
    ours[:, 0] += np.linspace(0.01, 0.1, n)
    ours[:, 2] += 0.05 * np.where(np.arange(n) % 2, 1, -1)
    return ours, baseline


def compared(ours: np.ndarray, baseline: np.ndarray) -> pd.DataFrame:
    return compare_structures(long_table(ours), long_table(baseline, "base"), structures=[1, 2, 3])


def test_structures_by_hand() -> None:
    ours, baseline = methods()
    table = compared(ours, baseline)
    assert list(table.columns) == COLUMNS
    first, equal, mixed = (table.iloc[i] for i in range(3))
    assert (first["name"], first["n"], first["n_missing"]) == ("structure 1", N, 0)
    assert first["mean_ours"] == pytest.approx(ours[:, 0].mean())
    assert first["mean_baseline"] == pytest.approx(baseline[:, 0].mean())
    assert first["difference"] == pytest.approx(0.055) == first["hodges_lehmann"]
    assert 0.01 < first["hl_low"] < 0.055 < first["hl_high"] < 0.1
    assert first["rank_biserial"] == 1
    assert first["p_exact"] == 2 / 2**N
    # normal approximation with W = 0: z = sqrt(n (n + 1) / 4 ...) = 2.5205 for n = 8
    assert first["p_paper"] == pytest.approx(0.011719, abs=1e-5)
    assert first["p_holm"] == pytest.approx(3 * 2 / 2**N) == first["q_bh"]
    assert first[["star_paper", "star_holm", "star_bh"]].all()
    assert (equal["difference"], equal["p_exact"]) == (0, 1) and np.isnan(equal["p_paper"])
    assert (mixed["p_exact"], mixed["rank_biserial"]) == (1, 0)  # eight tied differences, half of each sign
    assert not table.loc[1:, ["star_paper", "star_holm", "star_bh"]].to_numpy().any()
    assert table[["star_paper", "star_holm", "star_bh"]].dtypes.eq(bool).all()


def test_overall_by_hand() -> None:
    ours, baseline = methods()
    found = compare_overall(long_table(ours), long_table(baseline, "base"), structures=[1, 2, 3])
    per_subject = (ours - baseline).mean(axis=1)
    assert (found.n_subjects, found.n_structures, found.n_missing, found.n_missing_subjects) == (N, 3, 0, 0)
    assert found.mean_ours == pytest.approx(ours.mean())
    assert found.difference_subjects == pytest.approx(per_subject.mean())
    half = 2.364624 * per_subject.std(ddof=1) / np.sqrt(N)  # t of 7 degrees of freedom
    assert found.ci_low == pytest.approx(per_subject.mean() - half, rel=1e-4)
    assert found.ci_high == pytest.approx(per_subject.mean() + half, rel=1e-4)
    assert found.rank_biserial_structures == 1  # structure 1 is better; 2 and 3 are zero differences


def test_subjects_are_paired_by_id_not_by_place() -> None:
    ours, baseline = methods()
    shuffled = long_table(baseline, "base").sample(frac=1, random_state=1)
    table = compare_structures(long_table(ours), shuffled, structures=[1, 2, 3])
    pd.testing.assert_frame_equal(table, compared(ours, baseline))


def test_a_subject_of_one_method_only_is_left_out_and_counted() -> None:
    ours, baseline = methods()
    short = long_table(baseline, "base")
    short = short[short["subject"] != "s03"]
    table = compare_structures(long_table(ours), short, structures=[1, 2, 3])
    assert set(table["n"]) == {N - 1} and set(table["n_missing"]) == {1}
    kept = np.delete(np.arange(N), 3)
    alone = compared(ours[kept], baseline[kept]).assign(n_missing=1)
    pd.testing.assert_frame_equal(table, alone)
    overall = compare_overall(long_table(ours), short, structures=[1, 2, 3])
    assert (overall.n_subjects, overall.n_missing_subjects, overall.n_missing) == (N - 1, 1, 3)
    swapped = compare_overall(short, long_table(ours), structures=[1, 2, 3])
    assert swapped.n_missing_subjects == 1 and swapped.difference_subjects == -overall.difference_subjects


def test_a_structure_nobody_has_is_told_and_is_no_test() -> None:
    ours, baseline = methods()
    ours[:, 1] = np.nan
    table = compared(ours, baseline)
    assert (table.loc[1, "n"], table.loc[1, "n_missing"]) == (0, N)
    assert table.loc[1, COLUMNS[4:15]].isna().all() and not table.loc[1, COLUMNS[15:]].any()
    assert table.loc[0, "p_holm"] == pytest.approx(2 * 2 / 2**N)  # two tests are left to correct for
    overall = compare_overall(long_table(ours), long_table(baseline, "base"), structures=[1, 2, 3])
    assert (overall.n_subjects, overall.n_structures, overall.n_missing) == (N, 2, N)


def test_a_pair_undefined_in_one_method_counts_in_neither_mean() -> None:
    ours, baseline = methods()
    baseline[0, 0] = np.nan
    table = compared(ours, baseline)
    assert (table.loc[0, "n"], table.loc[0, "n_missing"]) == (N - 1, 1)
    assert table.loc[0, "mean_ours"] == pytest.approx(ours[1:, 0].mean())
    overall = compare_overall(long_table(ours), long_table(baseline, "base"), structures=[1, 2, 3])
    assert overall.n_missing == 1 and overall.n_missing_subjects == 0
    assert overall.mean_ours == pytest.approx(np.mean([ours[0, 1:].mean(), *ours[1:].mean(axis=1)]))


def test_one_subject_has_no_spread_and_no_evidence() -> None:
    ours, baseline = methods(n=1)
    table = compared(ours, baseline)
    assert table.loc[0, "n"] == 1 and table.loc[0, "p_exact"] == 1
    assert table.loc[0, ["hl_low", "hl_high"]].isna().all()
    overall = compare_overall(long_table(ours), long_table(baseline, "base"), structures=[1, 2, 3])
    assert overall.p_subjects == 1 and np.isnan([overall.ci_low, overall.ci_high]).all()
    assert overall.difference_subjects == pytest.approx((ours - baseline).mean())


def test_no_subject_in_common_and_no_row_at_all() -> None:
    ours, baseline = methods(n=2)
    other = long_table(baseline, "base").replace({"subject": {"s00": "t00", "s01": "t01"}})
    table = compare_structures(long_table(ours), other, structures=[1, 2, 3])
    assert set(table["n"]) == {0} and set(table["n_missing"]) == {4}
    overall = compare_overall(long_table(ours), other, structures=[1, 2, 3])
    assert (overall.n_subjects, overall.n_missing_subjects) == (0, 4)
    assert np.isnan([overall.p_subjects, overall.p_paper_structures, overall.difference_subjects]).all()
    nothing = compare_structures(long_table(ours), long_table(ours, "base"), structures=[1], metric="none")
    assert nothing.loc[0, "n"] == nothing.loc[0, "n_missing"] == 0 and nothing.loc[0, "name"] == ""


def test_identical_methods_differ_in_nothing() -> None:
    ours, _ = methods()
    table = compared(ours, ours)
    assert set(table["p_exact"]) == {1} and set(table["difference"]) == {0}
    assert table["p_paper"].isna().all() and not table[["star_paper", "star_bh"]].to_numpy().any()


def test_the_papers_overall_value_from_long_tables() -> None:
    """27 structures that are all better on average: 5.61e-6, from 15 subjects whose exact p is 6.1e-5."""
    baseline = np.random.default_rng(1).uniform(0.5, 0.8, (15, 27))
    ours = baseline + np.linspace(0.01, 0.03, 27)
    found = compare_overall(long_table(ours), long_table(baseline, "base"), structures=range(1, 28))
    assert f"{found.p_paper_structures:.2e}" == "5.61e-06"
    assert found.p_subjects == 2 / 2**15


def test_uncorrected_stars_appear_without_any_difference() -> None:
    """Two methods of equal quality, 15 subjects, 133 structures: about 5 % of the structures get a star."""
    generator = np.random.default_rng(7)
    ours, baseline = generator.normal(0.7, 0.05, (2, 15, 133))
    table = compare_structures(long_table(ours), long_table(baseline, "base"), structures=list(range(1, 134)))
    assert 1 <= table["star_paper"].sum() <= 15
    assert not table["star_holm"].any() and not table["star_bh"].any()


def test_other_metrics_and_splits_are_chosen_by_name() -> None:
    ours, baseline = methods()
    tables = long_table(ours), long_table(baseline, "base")
    distance = compare_overall(*tables, structures=[1, 2, 3], metric="hd_mm")
    assert distance.mean_ours == pytest.approx(50 + ours.mean())
    validation = compare_overall(*tables, structures=[1], split="validation")
    assert (validation.n_subjects, validation.mean_ours, validation.difference_subjects) == (1, 9, 0)


def test_tables_that_do_not_belong_together_are_refused() -> None:
    ours, baseline = methods()
    with pytest.raises(InputError, match="one data set"):
        compare_structures(long_table(ours), long_table(baseline, "base", "malc133"), structures=[1])
    both = pd.concat([long_table(ours), long_table(baseline, "base")])
    with pytest.raises(InputError, match="one training each"):
        compare_overall(both, long_table(baseline, "base"), structures=[1])
    with pytest.raises(InputError, match="structures to compare"):
        compare_structures(long_table(ours), long_table(baseline, "base"), structures=[])


def several(values: np.ndarray, shifts: dict[int, float], model: str = "ours") -> pd.DataFrame:
    """A long table of a training with several seeds, each higher by its shift."""
    return pd.concat([long_table(values + shift, model, seed=seed) for seed, shift in shifts.items()])


def test_with_several_seeds_subjects_have_their_means_and_the_interval_is_wider() -> None:
    ours, baseline = methods()
    once = compare_overall(long_table(ours), long_table(baseline, "base"), structures=[1, 2, 3])
    shifts = {1: -0.02, 2: 0.0, 3: 0.02}
    found = compare_overall(
        several(ours, shifts), several(baseline, {4: 0.03, 9: -0.03}, "base"), structures=[1, 2, 3]
    )
    assert found.difference_subjects == pytest.approx(once.difference_subjects)
    assert found.p_subjects == once.p_subjects and found.least_p == once.least_p == 2 / 2**N
    assert (found.n_trainings_ours, found.n_trainings_baseline) == (3, 2) and found.of_trainings
    assert found.std_trainings_ours == pytest.approx(np.std([-0.02, 0, 0.02]))
    assert found.std_trainings_baseline == pytest.approx(0.03)
    assert found.ci_low < once.ci_low - 0.03 and found.ci_high > once.ci_high + 0.03
    assert not once.of_trainings and np.isnan(once.std_trainings_ours)
    table = compare_structures(
        several(ours, shifts), several(baseline, {1: 0, 2: 0}, "base"), structures=[1, 2, 3]
    )
    assert table["ci_low"].iloc[1] < 0 < table["ci_high"].iloc[1]  # equal networks, other trainings


def test_one_seed_on_one_side_leaves_an_interval_over_subjects() -> None:
    ours, baseline = methods()
    found = compare_overall(
        several(ours, {1: -0.02, 2: 0.02}), long_table(baseline, "base"), structures=[1, 2, 3]
    )
    once = compare_overall(long_table(ours), long_table(baseline, "base"), structures=[1, 2, 3])
    assert not found.of_trainings
    assert (found.ci_low, found.ci_high) == pytest.approx((once.ci_low, once.ci_high))


def test_a_subject_that_one_seed_lacks_is_left_out_and_counted() -> None:
    ours, baseline = methods()
    both = several(ours, {1: 0.0, 2: 0.0})
    short = both[(both["seed"] == 1) | (both["subject"] != "s03")]
    found = compare_overall(short, long_table(baseline, "base"), structures=[1, 2, 3])
    assert (found.n_subjects, found.n_missing_subjects, found.n_missing) == (N - 1, 1, 3)
    assert found.difference_subjects == pytest.approx(np.delete((ours - baseline).mean(axis=1), 3).mean())
