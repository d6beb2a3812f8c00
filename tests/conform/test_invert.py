"""Labels come back to the scan's own grid: exactly where voxels were copied, by the nearest voxel elsewhere."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from acenet.conform.invert import labels_on_scan, write_on_scan
from acenet.conform.subject import Grid, conform_subject
from acenet.datasets import Subject
from acenet.errors import InputError
from acenet.imaging.grid import field_centre
from acenet.imaging.io import read_labels, write_volume
from acenet.imaging.resample import resample_nearest
from acenet.protocols import load_protocol

OBLIQUE = np.array([[0.9, 0.2, -0.1, -7], [-0.25, 1.1, 0.15, 4], [0.1, -0.12, 1.2, 2], [0, 0, 0, 1]])
ORIENTATIONS = list(itertools.product(itertools.permutations(range(3)), itertools.product((1, -1), repeat=3)))


def labels(shape: tuple[int, int, int] = (8, 6, 10)) -> np.ndarray:
    return np.random.default_rng(0).integers(1, 200, shape).astype(np.uint8)


def conformed(values: np.ndarray, affine: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    target = grid.affine_around(field_centre(values.shape, affine))
    return resample_nearest(values, affine, target, shape=grid.shape), target


@pytest.mark.parametrize(("axes", "signs"), ORIENTATIONS)
def test_there_and_back_is_exact_in_all_48_orientations(axes: tuple, signs: tuple) -> None:
    affine = np.zeros((4, 4))
    affine[axes, range(3)], affine[:3, 3], affine[3, 3] = signs, (3, -4, 5), 1
    values, grid = labels(), Grid((16, 16, 16))
    there, target = conformed(values, affine, grid)
    np.testing.assert_array_equal(labels_on_scan(there, target, affine, shape=values.shape), values)


def test_coarse_voxels_come_back_from_a_finer_grid() -> None:
    affine = np.diag([2.0, 3.0, 1.5, 1.0])
    values = labels()
    there, target = conformed(values, affine, Grid((40, 40, 40)))
    np.testing.assert_array_equal(labels_on_scan(there, target, affine, shape=values.shape), values)


def test_each_voxel_takes_the_class_it_lies_in() -> None:
    grid = Grid((9, 9, 9), voxel_mm=1.3)
    target = grid.affine_around(np.array([-4.03, 8.07, 7.11]))
    classes = labels(grid.shape)
    back = labels_on_scan(classes, target, OBLIQUE, shape=(8, 6, 10))
    assert 50 < np.count_nonzero(back) <= back.size
    for index in np.ndindex(back.shape):
        place = np.linalg.solve(target, OBLIQUE @ [*index, 1.0])[:3]
        near = tuple(math.floor(p) if p - math.floor(p) < 0.5 else math.ceil(p) for p in place)
        inside = all(0 <= i < 9 for i in near)
        assert back[index] == (classes[near] if inside else 0)


def test_a_file_of_classes_in_the_providers_ids(tmp_path: Path) -> None:
    affine = np.array([[-1.0, 0, 0, 12], [0, 1, 0, -9], [0, 0, 1, -11], [0, 0, 0, 1]])
    ids = np.zeros((24, 20, 22), np.int16)
    ids[14:18, 5:12, 6:15], ids[6:10, 5:12, 6:15] = 17, 53
    image = np.random.default_rng(0).integers(1, 90, ids.shape).astype(np.int16)
    write_volume(tmp_path / "t1.nii", image, affine)
    write_volume(tmp_path / "seg.nii", ids, affine)
    subject = Subject("s", Path("t1.nii"), Path("seg.nii"), None, None, None)
    out = tmp_path / "out"
    conform_subject(subject, root=tmp_path, grid=Grid((28, 28, 28)), protocols=["schizbull32"], out_dir=out)
    arguments = out / "schizbull32.nii", out, tmp_path / "back.nii.gz"
    write_on_scan(*arguments, load_protocol("schizbull32"))
    back = read_labels(tmp_path / "back.nii.gz")
    np.testing.assert_array_equal(back.array, ids)
    np.testing.assert_allclose(back.affine, affine)
    write_on_scan(*arguments)
    assert set(np.unique(read_labels(tmp_path / "back.nii.gz").array)) == {0, 14, 29}
    with pytest.raises(InputError, match=r"seg\.nii: expected the grid of .*out"):
        write_on_scan(tmp_path / "seg.nii", out, tmp_path / "x.nii")
