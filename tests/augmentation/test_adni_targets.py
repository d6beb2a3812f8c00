"""Targets: a brain mask is derived, damaged and turned heads are named."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from acenet.augmentation.failures import failure
from acenet.augmentation.prepare import coarsen, crop, head_box, to_register
from acenet.augmentation.targets import conform_target
from acenet.datasets import raw_subject
from acenet.imaging.io import Volume, map_uint8, read_affine, write_volume
from tests.support.head_shapes import AFFINE, GRID, phantom, write_scan

LIA_TO_RAS = np.array([[-1.0, 0, 0, 31], [0, 0, 1, 0], [0, -1, 0, 31], [0, 0, 0, 1]])


def conform(
    root: Path, image: np.ndarray, affine: np.ndarray = AFFINE, *, on_failure: str = "exclude"
) -> Path:
    """Conform a target with this image, with the phantom as the training scan that gives the mask."""
    subject = replace(raw_subject("adni", "T"), mask=None)
    write_volume(root / subject.image, image, affine)
    atlas = write_scan(root / "atlas" / "1000", phantom())
    out = root / "conformed" / "T"
    conform_target(subject, root=root, grid=GRID, atlas=atlas, out=out, seed=1, on_failure=on_failure)
    return out


def test_a_mask_is_derived_and_centres_the_grid(tmp_path: Path) -> None:
    """The head lies eight voxels off the centre of a larger field, on other axes."""
    padded = {name: np.pad(array, ((12, 4), (4, 4), (4, 4))) for name, array in phantom().items()}
    affine = AFFINE.copy()
    affine[:3, 3] = [300, -40, 50]
    image = np.ascontiguousarray(padded["image"][::-1].transpose(0, 2, 1)[:, :, ::-1])  # LIA to RAS
    turned = affine @ np.array([[-1, 0, 0, 47], [0, 0, -1, 39], [0, 1, 0, 0], [0, 0, 0, 1.0]])
    out = conform(tmp_path, image.astype(np.int16), turned)
    assert failure(out) == ""
    manifest = json.loads((out / "conform.json").read_text())
    assert manifest["mask"] == "warped from training scan 1000" and manifest["centre"] == "brain mask"
    assert list(manifest["sha256"]) == ["T/T_T1w.nii.gz"]
    brain = np.asarray(map_uint8(out / "brainmask.nii"))
    truth = padded["brainmask"]
    place = np.mean(np.nonzero(truth), axis=1)
    expected = (affine @ np.append(place, 1))[:3]
    found = (read_affine(out / "brainmask.nii") @ np.append(np.mean(np.nonzero(brain), axis=1), 1))[:3]
    assert np.abs(found - expected).max() < 3.0  # mm; voxels are of 5
    assert brain.sum() == pytest.approx(truth.sum(), rel=0.1)
    box = [np.flatnonzero(brain.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    assert all(abs((ends[0] + ends[-1]) / 2 - n / 2) <= 1 for ends, n in zip(box, GRID.shape, strict=True))


@pytest.mark.parametrize(
    ("axes", "how"),
    [((1,), "upside down"), ((2,), "back to front"), ((1, 2), "upside down and back to front")],
)
def test_a_head_that_is_turned_over_is_named(tmp_path: Path, axes: tuple[int, ...], how: str) -> None:
    out = conform(tmp_path, np.flip(phantom()["image"], axes))
    assert "expected a head that is upright by its header" in failure(out)
    assert f"resembles the training scan {how} " in failure(out)


@pytest.mark.parametrize("value", [0, 7])
def test_an_empty_target_is_named(tmp_path: Path, value: int) -> None:
    out = conform(tmp_path, np.full(GRID.shape, value, np.uint8))
    assert f"T_T1w.nii.gz: expected an image with contrast; found every voxel is {value}" in failure(out)


def test_a_coarser_copy_lies_where_the_original_lies() -> None:
    """The centre of gravity, in mm, is that of the original, whatever the axes and the spacing."""
    array = np.pad(phantom()["image"], 4)
    for affine in (AFFINE, AFFINE @ LIA_TO_RAS @ np.diag([1.0, 0.8, 1.2, 1])):
        original = Volume(array, affine, Path("here"))
        place = centre_of_gravity(original)
        for spacing in (6.0, 8.0, 13.0):
            coarse = coarsen(original, spacing)
            assert np.linalg.norm(coarse.affine[:3, :3], axis=0) == pytest.approx([spacing] * 3)
            assert centre_of_gravity(coarse) == pytest.approx(place, abs=0.03 * spacing)
    same = Volume(array, AFFINE, Path("here"))
    assert coarsen(same, 5.0) is same and coarsen(same, 3.0) is same


def centre_of_gravity(volume: Volume) -> np.ndarray:
    weights = volume.array.astype(float)
    index = [
        np.tensordot(np.arange(n), weights.sum(axis=tuple(a for a in range(3) if a != k)), 1)
        for k, n in enumerate(weights.shape)
    ]
    return (volume.affine @ np.append(np.array(index) / weights.sum(), 1))[:3]


def test_a_crop_to_the_head_keeps_the_head_in_its_place() -> None:
    array = np.pad(phantom()["image"], 20)
    affine = AFFINE.copy()
    volume = Volume(array, affine, Path("here"))
    box = head_box(volume)
    cropped = crop(volume, box)
    assert cropped.array.size < 0.5 * array.size
    assert (array > 50).sum() == (cropped.array > 50).sum()
    assert centre_of_gravity(Volume(np.where(cropped.array > 50, 1, 0), cropped.affine, volume.path)) == (
        pytest.approx(centre_of_gravity(Volume(np.where(array > 50, 1, 0), affine, volume.path)))
    )
    empty = Volume(np.zeros((6, 6, 6), np.uint8), affine, volume.path)
    assert to_register(empty, 5.0).array.shape == (6, 6, 6)
