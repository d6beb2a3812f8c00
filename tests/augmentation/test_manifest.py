"""Each threshold excludes with its reason; the manifest lists all pairs and names those to train on."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from acenet.augmentation import Acceptance
from acenet.augmentation.failures import record
from acenet.augmentation.manifest import judge_target
from acenet.augmentation.warp_rows import COLUMNS, accepted_folders, join, read_warp_rows, summary, write_rows
from acenet.errors import InputError
from tests.support.head_shapes import write_maps

ACCEPT = Acceptance(similarity=0.5, folds=0.01, jacobian=0, lost=0.1, brain_dice=0.9, label_dice=0.6)
GOOD = {"similarity": 0.8, "jacobian_min": 0.3, "folds": 0.0}
MAP = [1] * 5 + [2] * 5


def warp(
    root: Path, atlas: str, values: list[int] = MAP, lost: tuple[int, ...] = (), **measures: float
) -> Path:
    folder = write_maps(root / f"{atlas}_T_1", values)
    outcome = {
        **{"subject": folder.name, "atlas": atlas, "target": "T_1", "brain_ml": 1200.0, "seconds": 5.0},
        **GOOD,
        **measures,
        **{"structures": {"malc27": 27}, "lost": {"malc27": list(lost)}},
    }
    (folder / "warp.json").write_text(json.dumps(outcome))
    return folder


def judge(*warps: Path, accept: Acceptance = ACCEPT) -> list:
    return judge_target(list(warps), warps[0].parent / "T_1", accept, protocols=["malc27"])


@pytest.mark.parametrize(
    ("measures", "reason"),
    [
        ({"similarity": 0.49}, "similarity 0.490 below 0.5"),
        ({"similarity": None, "folds": float("nan")}, "no value of similarity, folds"),
        ({"folds": 0.011}, "folds in 1.100% of the brain, more than 1.000%"),
        ({"jacobian_min": 0.0}, "smallest Jacobian 0.000, not above 0"),
        ({"lost": (4, 5, 6)}, "11.1% of the structures lost, more than 10.0%"),
    ],
)
def test_a_warp_at_fault_is_left_out_with_its_reason(tmp_path: Path, measures: dict, reason: str) -> None:
    bad, good, other = warp(tmp_path, "1", **measures), warp(tmp_path, "2"), warp(tmp_path, "3")
    rows = judge(bad, good, other)
    assert [row.accepted for row in rows] == [False, True, True] and rows[0].reason == reason
    assert rows[1].opinions == 1 and rows[1].reason == ""  # what is left out has no vote


def test_a_warp_without_a_jacobian_is_left_out(tmp_path: Path) -> None:
    """JSON has no NaN; what was not defined is null there."""
    folder = warp(tmp_path, "1")
    outcome = json.loads((folder / "warp.json").read_text()) | {"jacobian_min": None, "folds": None}
    (folder / "warp.json").write_text(json.dumps(outcome))
    (row,) = judge(folder)
    assert not row.accepted and row.reason == "no value of folds, jacobian_min"


def test_limits_themselves_pass(tmp_path: Path) -> None:
    (row,) = judge(warp(tmp_path, "1", similarity=0.5, folds=0.01, jacobian_min=0.001, lost=(4, 5)))
    assert row.accepted and row.lost_names and (row.lost, row.structures) == (2, 27)


def test_a_warp_that_disagrees_with_the_others_is_left_out(tmp_path: Path) -> None:
    alike = [warp(tmp_path, str(k)) for k in range(3)]
    rows = judge(*alike, warp(tmp_path, "8", [2] * 5 + [1] * 5), warp(tmp_path, "9", [1] * 3 + [0] * 7))
    assert [row.accepted for row in rows] == [True, True, True, False, False]
    assert rows[3].reason == "labels: Dice 0.000 with the others, below 0.6"
    assert rows[4].reason.startswith("brain mask: Dice 0.462 with the others, below 0.9; labels: ")
    assert all(row.accepted for row in judge(*alike, accept=replace(ACCEPT, label_dice=1.0)))


def test_failed_pairs_are_rows_and_the_list_says_what_to_train_on(tmp_path: Path) -> None:
    failed = tmp_path / "1002_T_1"
    record(failed, "ITK says no")
    rows = judge(warp(tmp_path, "1001"), failed)
    assert (rows[1].atlas, rows[1].target, rows[1].reason) == ("1002", "T_1", "ITK says no")
    for k, row in enumerate(rows):
        write_rows([row], tmp_path / f"part{k}.csv")
    manifest = tmp_path / "manifest.csv"
    join([tmp_path / "part0.csv", tmp_path / "part1.csv"], manifest)
    assert [row["accepted"] for row in read_warp_rows(manifest)] == ["yes", "no"]
    assert accepted_folders(manifest) == [tmp_path / "1001_T_1"]
    assert summary(manifest) == (
        "1 of 2 warps (2 training scans onto 1 targets) used, 1 left out by the checks of quality"
    )


def test_another_table_is_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("subject,split\n")
    with pytest.raises(InputError, match=f"columns {COLUMNS[0]}"):
        read_warp_rows(tmp_path / "other.csv")
