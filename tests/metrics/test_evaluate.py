"""From class maps to the long table and its file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from acenet.errors import InputError
from acenet.imaging.io import write_uint8, write_volume
from acenet.metrics.evaluate import SubjectFiles, evaluate_subject, evaluate_training, find_subject_files
from acenet.metrics.long_table import COLUMNS, DTYPES, read_long_table, write_long_table
from acenet.protocols import Protocol, Structure

NAMES = ("thalamus, left", "NA", "ventricle", "vessel")
PROTOCOL = Protocol(
    "malc27", tuple(Structure(i, (i,), i, name, "M", (0, 0, 0), True) for i, name in enumerate(NAMES, 1)), ()
)
TRAINING = "malc27/acenet-s5-skull-twostage"


def pair() -> tuple[np.ndarray, np.ndarray]:
    """Class 1 is in both maps, 2 in the reference only, 3 in the prediction only, 4 in neither."""
    reference, prediction = np.zeros((6, 6, 6), np.uint8), np.zeros((6, 6, 6), np.uint8)
    reference[0, 0, 0:4] = 1
    prediction[0, 0, 2:6] = 1
    reference[4, 4, 4] = 2
    prediction[4, 4, 4] = 3
    return reference, prediction


def measured(**masks: np.ndarray) -> pd.DataFrame:
    rows = evaluate_subject(
        *pair(),
        protocol=PROTOCOL,
        spacing_mm=(1, 1, 2),
        subject="1003",
        split="test",
        training_id=TRAINING,
        seed=1,
        **masks,
    )
    return pd.DataFrame(rows)


def test_each_structure_by_hand() -> None:
    table = measured().set_index(["structure", "metric"])
    values, states = table["value"], table["status"]
    assert values[1].to_dict() == {
        "dice": 0.5,
        "jaccard": 2 / 6,
        "hd_mm": 4,  # two voxels of 2 mm
        "hd_gt_to_pred_mm": 4,
        "hd95_mm": pytest.approx(np.percentile([0, 0, 2, 4], 95)),
        "assd_mm": (0 + 0 + 2 + 4) / 4,  # of each of the two surfaces
        "surface_dice_1mm": 0.5,
        "volume_similarity": 1,
        "volume_ref_mm3": 8,
        "volume_pred_mm3": 8,
    }
    assert values[0].to_dict() == {
        "dice": pytest.approx(2 * 209 / (211 + 211)),
        "jaccard": pytest.approx(209 / 213),
    }
    assert set(states[1]) == {"ok"}
    for structure, state in ((2, "prediction_empty"), (3, "reference_empty")):
        assert set(states[structure]) == {state}
        assert (values[structure][["dice", "jaccard", "surface_dice_1mm", "volume_similarity"]] == 0).all()
        assert values[structure][["hd_mm", "hd_gt_to_pred_mm", "hd95_mm", "assd_mm"]].isna().all()
    assert values[2]["volume_ref_mm3"] == 2 and values[2]["volume_pred_mm3"] == 0
    assert set(states[4]) == {"both_empty"}
    assert values[4].drop(["volume_ref_mm3", "volume_pred_mm3"]).isna().all()
    assert -1 not in table.index.get_level_values("structure")


def test_the_brain_mask_has_overlaps_only() -> None:
    mask = np.ones((6, 6, 6), np.uint8)
    smaller = mask.copy()
    smaller[0] = 0
    rows = measured(reference_mask=mask, predicted_mask=smaller)
    rows = rows[rows["structure"] == -1]
    assert dict(zip(rows["metric"], rows["value"], strict=True)) == {
        "dice": pytest.approx(2 * 180 / (216 + 180)),
        "jaccard": pytest.approx(180 / 216),
    }
    assert set(rows["name"]) == {"brain mask"} and set(rows["split"]) == {"test"}


def files(folder: Path, *, shift: float = 0.0) -> list[SubjectFiles]:
    """One test subject's files where the workflow puts them, voxels of 3 mm."""
    reference, prediction = pair()
    affine = np.array([[-3.0, 0, 0, 9], [0, 0, 3, -9], [0, -3, 0, 9], [0, 0, 0, 1]])
    moved = affine.copy()
    moved[0, 3] += shift
    subject = folder / "conformed" / "1003"
    subject.mkdir(parents=True, exist_ok=True)
    predicted = folder / "predicted"
    predicted.mkdir(exist_ok=True)
    write_uint8(subject / "malc27.nii", reference, affine)
    write_uint8(subject / "brainmask.nii", np.ones_like(reference), affine)
    write_volume(predicted / "1003_classes.nii.gz", prediction, moved)
    write_volume(predicted / "1003_brainmask.nii.gz", np.ones_like(reference), affine)
    split = {"1000": "train", "1003": "test"}
    return find_subject_files(
        TRAINING, split, conformed=folder / "conformed", predicted=predicted, skull=True
    )


def test_a_training_is_measured_from_files(tmp_path: Path) -> None:
    subjects = files(tmp_path)
    assert [one.subject for one in subjects] == ["1003"]  # not the training subject
    table = evaluate_training(TRAINING, subjects, PROTOCOL, seed=1)
    assert tuple(table.columns) == COLUMNS
    assert set(table["dataset"]) == {"malc27"} and set(table["model"]) == {"acenet-s5-skull-twostage"}
    assert len(table) == 2 + 4 * 10 + 2
    distance = table[(table["structure"] == 1) & (table["metric"] == "hd_mm")]["value"].item()
    assert distance == pytest.approx(6)  # two voxels of 3 mm
    assert table[table["structure"] == -1]["value"].tolist() == [1, 1]


def test_another_grid_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"malc27\.nii") as raised:
        evaluate_training(TRAINING, files(tmp_path, shift=5.0), PROTOCOL, seed=1)
    assert "1003_classes.nii.gz" in str(raised.value)


def test_unknown_classes_and_no_subjects_are_refused(tmp_path: Path) -> None:
    narrow = Protocol("malc27", PROTOCOL.structures[:1], ())
    with pytest.raises(InputError, match="classes 0 to 1 of malc27"):
        evaluate_training(TRAINING, files(tmp_path), narrow, seed=1)
    with pytest.raises(InputError, match="found none"):
        evaluate_training(TRAINING, [], PROTOCOL, seed=1)


def test_a_file_gives_back_the_same_table(tmp_path: Path) -> None:
    table = evaluate_training(TRAINING, files(tmp_path), PROTOCOL, seed=1)
    path = tmp_path / "deep" / "table.csv"
    write_long_table(table, path)
    again = read_long_table(path)
    pd.testing.assert_frame_equal(again, table)
    assert again["subject"].iloc[0] == "1003" and "NA" in set(again["name"])
    assert again.dtypes.map(str).to_dict().items() >= {"structure": "int64", "value": "float64"}.items()
    write_long_table(again, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == path.read_bytes()
    assert ",dice,,both_empty\n" in path.read_text()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dataset,model", "data,model", "columns"),
        (",ok\n", ",fine\n", "fine"),
        (",test,", ",tset,", "tset"),
        (",test,1,", ",test,one,", "long table"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "table.csv"
    write_long_table(measured().astype(DTYPES), path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        read_long_table(path)


def test_missing_files_and_repeated_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        read_long_table(tmp_path / "none.csv")
    table = measured().astype(DTYPES)
    with pytest.raises(InputError, match="repeated"):
        write_long_table(pd.concat([table, table]), tmp_path / "table.csv")
    assert not (tmp_path / "table.csv").exists()
