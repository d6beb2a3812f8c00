"""Cases 1 to 14 of docs/reliability.md: files that are damaged, odd or lie about themselves."""

import gzip
import itertools
import logging
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from acenet.errors import InputError
from acenet.imaging.grid import Grid
from acenet.imaging.io import map_uint8, read_image, read_labels, write_volume
from tests.support.small_scan import AFFINE, LEFT, Case


def test_01_truncated(case: Case) -> None:
    content = case.path("t1").read_bytes()
    for kept in (0.02, 0.5, 0.99):
        case.path("t1").write_bytes(content[: int(kept * len(content))])
        case.refused(r"t1\.nii\.gz: expected a complete gzip file; found a truncated one")


def test_02_flipped_bit(case: Case, flip: Callable[[Path, int], None]) -> None:
    content = case.path("t1").read_bytes()
    flip(case.path("t1"), 8 * (len(content) // 2))
    case.refused(r"t1\.nii\.gz: expected an intact gzip file; found damage")


def test_02_none_of_200_flipped_bits_is_accepted(
    case: Case, flip: Callable[[Path, int], None], tmp_path: Path
) -> None:
    """The usual readers stop before the checksum and read 157 to 179 of 200 such files without a word."""
    rng, path = np.random.default_rng(5), tmp_path / "a.nii.gz"
    voxels = rng.normal(100, 20, (32, 32, 32)).astype(np.float32)
    write_volume(path, voxels, AFFINE)
    good = path.read_bytes()
    for bit in rng.choice(8 * len(good), 200, replace=False):
        flip(path, int(bit))
        with pytest.raises(InputError, match=r"a\.nii\.gz"):
            read_image(path)
        path.write_bytes(good)
    np.testing.assert_array_equal(read_image(path).array, voxels)


def test_02_none_of_200_flipped_bits_of_labels_is_accepted(
    flip: Callable[[Path, int], None], tmp_path: Path
) -> None:
    rng, path = np.random.default_rng(6), tmp_path / "seg.nii.gz"
    labels = rng.integers(0, 208, (24, 24, 24)).astype(np.int16)
    write_volume(path, labels, AFFINE)
    good = path.read_bytes()
    for bit in (
        rng.choice(8 * (len(good) - 10), 200, replace=False) + 80
    ):  # after gzip's header, with its time stamp
        flip(path, int(bit))
        with pytest.raises(InputError, match=r"seg\.nii\.gz"):
            read_labels(path)
        path.write_bytes(good)
    np.testing.assert_array_equal(read_labels(path).array, labels)


def test_02_what_is_accepted_has_the_same_voxels(case: Case, flip: Callable[[Path, int], None]) -> None:
    """Of a file of hundreds of bytes, some bits carry nothing or repeat what other bits say."""
    good, noticed = case.path("seg").read_bytes(), 0
    assert len(good) < 1000
    for bit in range(8 * len(good)):
        flip(case.path("seg"), bit)
        try:
            np.testing.assert_array_equal(read_labels(case.path("seg")).array, case.labels)
        except InputError:
            noticed += 1
        case.path("seg").write_bytes(good)
    assert noticed > 0.7 * 8 * len(good)


def test_03_a_login_page_or_nothing(case: Case) -> None:
    case.path("t1").write_bytes(b"\n<!DOCTYPE html><html>Please log in</html>")
    case.refused(r"t1\.nii\.gz: .*an HTML or XML page \(was a login required\?\)")
    case.path("t1").write_bytes(b"")
    case.refused(r"t1\.nii\.gz: .*found an empty file")


def test_04_names_that_lie_about_compression(case: Case, tmp_path: Path) -> None:
    plain = gzip.decompress(case.path("t1").read_bytes())
    case.path("t1").write_bytes(plain)
    case.refused(r"t1\.nii\.gz: expected a gzip file; found no gzip header \(uncompressed")
    (tmp_path / "b.nii").write_bytes(gzip.compress(plain))
    with pytest.raises(InputError, match=r"b\.nii: .*found gzip data; add \.gz"):
        read_image(tmp_path / "b.nii")


@pytest.mark.parametrize("name", ["t1", "seg", "mask"])
def test_05_voxels_that_are_no_numbers(case: Case, name: str) -> None:
    array = {"t1": case.image, "seg": case.labels, "mask": case.mask}[name].astype(np.float32)
    array[0, 0, :2] = np.nan, np.inf
    write_volume(case.path(name), array, AFFINE)
    case.refused(rf"{name}\.nii\.gz: expected finite voxels; found 2 NaN or infinite voxels")
    if name == "t1":
        notes = case.conform(nan="zero").notes
        assert notes == ["t1.nii.gz: 2 NaN or infinite voxels set to 0"]
    else:
        case.refused("finite voxels", nan="zero")


def test_06_no_contrast(case: Case) -> None:
    for value in (0, 7):
        write_volume(case.path("t1"), np.full_like(case.image, value), AFFINE)
        case.refused(rf"t1\.nii\.gz: expected an image with contrast; found every voxel is {value}")


def test_07_negative_and_ct_like_values(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    case.image = case.image * 20 - 1024
    case.image[0, 0, 0] = 0
    case.write()
    with caplog.at_level(logging.WARNING):
        manifest = case.conform()
    assert manifest.notes == [
        f"t1.nii.gz: values from {case.image.min()} on: the lowest becomes 0, as does 0"
    ]
    assert manifest.grey_scale["low"] == case.image.min()
    conformed = map_uint8(case.root / "out" / "image.nii")
    assert conformed.max() == 255 and len(np.unique(conformed)) > 50


def test_08_frames(case: Case) -> None:
    before = case.conform()
    nib.save(nib.Nifti1Image(case.image[..., None], AFFINE), case.path("t1"))
    assert case.conform().image_sha256 == before.image_sha256
    nib.save(nib.Nifti1Image(np.stack([case.image] * 2, -1), AFFINE), case.path("t1"))
    case.refused(r"t1\.nii\.gz: expected one 3-D volume; found shape \(24, 20, 22, 2\)")


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((24, 20, 22), np.complex64), "real, scalar voxels; found dtype complex64"),
        (np.zeros((24, 20, 22), [("R", "u1"), ("G", "u1"), ("B", "u1")]), "real, scalar voxels"),
        (np.ones((24, 20), np.int16), r"one 3-D volume; found shape \(24, 20\)"),
    ],
    ids=["complex", "colour", "flat"],
)
def test_09_what_is_no_scalar_volume(case: Case, array: np.ndarray, said: str) -> None:
    nib.save(nib.Nifti1Image(array, AFFINE), case.path("t1"))
    case.refused(rf"t1\.nii\.gz: expected {said}")


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.float32, np.float64, "scaled"])
def test_10_ids_of_any_type_are_read_without_loss(case: Case, kind: object) -> None:
    case.conform()
    before = map_uint8(case.root / "out" / "malc27.nii").copy()
    if kind == "scaled":
        image = nib.Nifti1Image((case.labels + 3) * 2, AFFINE)
        image.header.set_slope_inter(0.5, -3)
        nib.save(image, case.path("seg"))
    else:
        image = nib.Nifti1Image(case.labels.astype(kind), AFFINE, dtype=kind)  # type: ignore[call-overload]
        nib.save(image, case.path("seg"))
    case.conform()
    np.testing.assert_array_equal(map_uint8(case.root / "out" / "malc27.nii"), before)
    almost = case.labels + np.float32(0.0004) * (case.labels == LEFT)
    write_volume(case.path("seg"), almost.astype(np.float32), AFFINE)
    case.conform()
    np.testing.assert_array_equal(map_uint8(case.root / "out" / "malc27.nii"), before)


def test_10_ids_between_whole_numbers(case: Case) -> None:
    write_volume(case.path("seg"), (case.labels * 1.1).astype(np.float32), AFFINE)
    case.refused(r"seg\.nii\.gz: expected integer label ids; found 504 voxels that are no integers")


def test_11_orientations_and_anisotropy(case: Case) -> None:
    """All 48 orders of axes give the same voxels; labels are never mixed, whatever the grids."""
    case.grid = Grid((20, 20, 20), centre="brain")
    case.conform()
    first = {p.name: map_uint8(p).copy() for p in (case.root / "out").glob("*.nii")}
    image, labels, mask = case.image, case.labels, case.mask
    for axes in itertools.permutations(range(3)):
        for flips in itertools.product((False, True), repeat=3):
            onto = np.zeros((4, 4))
            onto[3, 3] = 1
            for new, old in enumerate(axes):
                onto[old, new], onto[old, 3] = (-1, labels.shape[old] - 1) if flips[new] else (1, 0)
            turned = [new for new in range(3) if flips[new]]
            case.image, case.labels, case.mask = (
                np.flip(a.transpose(axes), turned) for a in (image, labels, mask)
            )
            case.write(AFFINE @ onto).conform()
            for name, array in first.items():
                np.testing.assert_array_equal(map_uint8(case.root / "out" / name), array)
    oblique = AFFINE.copy()
    c, s = np.cos(0.3), np.sin(0.3)
    oblique[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ AFFINE[:3, :3] * [0.8, 1.1, 1.3]
    case.image, case.labels, case.mask = image, labels, mask
    case.write(oblique).conform()
    assert set(np.unique(map_uint8(case.root / "out" / "malc27.nii"))) == {0, 15, 25}


def two_forms(case: Case, sform: np.ndarray, qform: np.ndarray, codes: tuple[int, int]) -> None:
    for name, array in (("t1", case.image), ("seg", case.labels), ("mask", case.mask)):
        image = nib.Nifti1Image(array, AFFINE)
        image.set_sform(sform, code=codes[0])
        image.set_qform(qform, code=codes[1])
        nib.save(image, case.path(name))


def test_12_sform_and_qform_differ(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    shifted = AFFINE.copy()
    shifted[1, 3] += 5
    two_forms(case, shifted, AFFINE, (1, 1))
    with caplog.at_level(logging.WARNING):
        manifest = case.conform()
    np.testing.assert_allclose(manifest.source_affine, shifted)
    assert "t1.nii.gz: sform and qform differ by up to 5 mm: the sform counts" in manifest.notes
    assert "t1.nii.gz: sform and qform differ" in caplog.text
    np.testing.assert_allclose(case.conform(form="qform").source_affine, AFFINE)


def test_13_neither_form_is_set(case: Case) -> None:
    two_forms(case, AFFINE, AFFINE, (0, 0))
    notes = case.conform().notes
    assert "t1.nii.gz: neither sform nor qform is set: left and right are a guess" in notes


@pytest.mark.parametrize(
    ("sform", "said"),
    [
        (np.diag([1.0, 1.0, 0.0, 1.0]), "an invertible affine"),
        (np.diag([1.0, np.nan, 1.0, 1.0]), "an invertible affine"),
        (
            AFFINE * np.array([[-1.0], [1], [1], [1]]),
            "sform and qform of one handedness; found opposite ones",
        ),
    ],
    ids=["singular", "NaN", "mirrored"],
)
def test_14_affines_that_are_none(case: Case, sform: np.ndarray, said: str) -> None:
    image = nib.Nifti1Image(case.image, AFFINE)
    image.set_qform(AFFINE, code=1)
    image.header.set_sform(sform, code=1)
    nib.Nifti1Image(case.image, None, image.header).to_filename(case.path("t1"))
    case.refused(rf"t1\.nii\.gz: expected {said}")
