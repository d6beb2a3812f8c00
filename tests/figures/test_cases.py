"""Reading a case and choosing its view, on a small grid made here."""

from pathlib import Path

import numpy as np
import pytest

from acenet.errors import InputError
from acenet.figures.cases import Case, named_structures, read_case, view_of
from acenet.figures.sections import bounds, is_any, section
from acenet.imaging.grid import Grid
from acenet.imaging.io import write_uint8
from acenet.protocols import load_protocol

SHAPE, VOXEL = (32, 30, 20), 3.0
AFFINE = Grid(SHAPE, VOXEL).affine_around(np.zeros(3))
PROTOCOL = load_protocol("schizbull32")
LEFT, RIGHT = 15, 30  # the amygdalae


def reference() -> np.ndarray:
    classes = np.zeros(SHAPE, np.uint8, order="F")
    classes[4:28, 4:26, 2:18] = 1
    classes[20:24, 14:18, 8:11] = LEFT
    classes[8:12, 14:18, 8:12] = RIGHT
    classes[8, 14, 8] = 1  # slice 8 has a voxel less than 9 and 10
    return classes


def write_scan(root: Path, **predictions: np.ndarray) -> dict[str, Path]:
    classes = reference()
    image = np.asfortranarray(classes * 5 + 60)
    for name, array in (
        ("image", image),
        ("brainmask", (classes > 0).astype(np.uint8)),
        ("schizbull32", classes),
    ):
        write_uint8(root / "scans" / "one" / f"{name}.nii", array, AFFINE)
    for name, array in predictions.items():
        write_uint8(root / name / "one_classes.nii.gz", array, AFFINE)
    return {name: root / name for name in predictions}


def case(root: Path, names=("Left-Amygdala", "Right-Amygdala"), **predictions: np.ndarray) -> Case:
    return read_case(
        "SchizBull",
        PROTOCOL,
        names,
        conformed=root / "scans" / "one",
        predicted=write_scan(root, **predictions),
    )


def test_the_view_shows_the_fullest_slice_and_zooms_on_both_structures(tmp_path) -> None:
    shifted = np.roll(reference(), 2, axis=0)
    found = case(tmp_path, ours=reference(), theirs=shifted)
    assert found.subject == "one" and found.voxel_mm == pytest.approx(VOXEL)
    view = view_of(found)
    assert view is not None and view.k == 9
    structures = bounds(is_any(section(found.reference, view.k), (LEFT, RIGHT)))
    assert view.zoom.contains(structures) and view.frame.contains(view.zoom)
    assert view.frame.contains(bounds(section(found.brain, view.k) > 0))
    assert view.zoom.width * VOXEL >= 50
    assert view.dice["ours"] == (1.0, 1.0)
    # Blocks of four voxels moved by two: half of the left one is met; the right one lacks the voxel at its corner.
    assert view.dice["theirs"] == pytest.approx((0.5, (2 * (2 * 4 * 4 - 1)) / (2 * (4 * 4 * 4 - 1))))


def test_a_structure_missing_in_the_prediction_has_dice_0(tmp_path) -> None:
    view = view_of(case(tmp_path, ours=np.ones(SHAPE, np.uint8)))
    assert view is not None and view.dice["ours"] == (0.0, 0.0)


def test_a_structure_missing_everywhere_has_no_dice(tmp_path) -> None:
    view = view_of(case(tmp_path, names=("Left-Amygdala", "CSF"), ours=reference()))
    assert view is not None and view.dice["ours"][0] == 1.0 and np.isnan(view.dice["ours"][1])


def test_without_the_structures_in_the_reference_there_is_no_view(tmp_path) -> None:
    assert view_of(case(tmp_path, names=("CSF",), ours=reference())) is None


@pytest.mark.parametrize("names", [(), ("Left-Amygdala", "Left-Amigdala")])
def test_names_that_the_protocol_lacks_are_refused(names) -> None:
    with pytest.raises(InputError, match="schizbull32: expected structures of its protocol"):
        named_structures(PROTOCOL, names)


def test_predictions_that_are_missing_or_do_not_fit_are_refused(tmp_path) -> None:
    with pytest.raises(InputError, match=r"one_classes\.nii\.gz: expected classes 0 to 32; found class 33"):
        case(tmp_path, ours=np.full(SHAPE, 33, np.uint8))
    with pytest.raises(InputError, match="the grid of"):
        case(tmp_path, ours=np.ones((32, 30, 21), np.uint8))
    predicted = write_scan(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read_case(
            "", PROTOCOL, ["CSF"], conformed=tmp_path / "scans/one", predicted={**predicted, "x": tmp_path}
        )
