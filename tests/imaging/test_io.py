"""Damaged, odd and lying image files are refused by name; good ones come back exactly."""

import gzip
import logging
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from acenet.errors import InputError
from acenet.imaging import io

AFFINE = np.array([[-2.0, 0, 0, 10], [0, 0, 3.0, -20], [0, -1.5, 0, 5], [0, 0, 0, 1]])


@pytest.fixture
def ramp() -> np.ndarray:
    return np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)


@pytest.mark.parametrize("name", ["a.nii", "a b é.nii.gz"])
def test_a_written_volume_comes_back_exactly(tmp_path: Path, ramp: np.ndarray, name: str) -> None:
    io.write_volume(tmp_path / name, ramp, AFFINE)
    back = io.read_image(tmp_path / name)
    assert back.array.dtype == np.int16
    np.testing.assert_array_equal(back.array, ramp)
    np.testing.assert_allclose(back.affine, AFFINE)


def test_lengths_are_written_with_their_unit(tmp_path: Path, ramp: np.ndarray) -> None:
    io.write_volume(tmp_path / "a.nii", ramp, AFFINE)
    assert (tmp_path / "a.nii").read_bytes()[123] == 2  # millimetres, as nifti1.h has it


@pytest.mark.parametrize(
    ("shear", "said"), [(0.0, []), (0.01, []), (0.1, ["up to 5.7 degrees"]), (2.0, ["63 deg"])]
)
def test_axes_that_are_not_at_right_angles_are_noted(
    tmp_path: Path, ramp: np.ndarray, shear: float, said: list[str]
) -> None:
    affine = np.diag([1.5, 1.5, 1.5, 1.0])
    affine[0, 1] = shear * affine[0, 0]
    image = nib.Nifti1Image(ramp, affine)  # with voxel sizes along the sheared axes
    image.set_qform(None, 0)
    image.set_sform(affine, 1)
    nib.save(image, tmp_path / "a.nii")
    notes = [note for note in io.read_image(tmp_path / "a.nii").notes if "right angles" in note]
    assert len(notes) == len(said) and all(one in note for one, note in zip(said, notes, strict=True))


def test_equal_input_gives_equal_bytes(tmp_path: Path, ramp: np.ndarray) -> None:
    for name in ("a.nii.gz", "b.nii.gz"):
        io.write_volume(tmp_path / name, ramp, AFFINE)
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()


def test_mgz_is_read(tmp_path: Path, ramp: np.ndarray) -> None:
    nib.save(nib.MGHImage(ramp, AFFINE), tmp_path / "a.mgz")
    np.testing.assert_array_equal(io.read_labels(tmp_path / "a.mgz").array, ramp)


def test_every_flipped_bit_is_noticed_or_harmless(tmp_path: Path, ramp: np.ndarray) -> None:
    path = tmp_path / "a.nii.gz"
    io.write_volume(path, ramp, AFFINE)
    good = path.read_bytes()
    noticed = 0
    for position in range(10, len(good)):
        bad = bytearray(good)
        bad[position] ^= 1
        path.write_bytes(bytes(bad))
        try:
            np.testing.assert_array_equal(io.read_image(path).array, ramp)
        except InputError as error:
            assert str(path) in str(error)
            noticed += 1
    assert noticed >= len(good) - 14  # deflate's padding bits carry nothing


@pytest.mark.parametrize("name", ["a.nii.gz", "a.nii"])
@pytest.mark.parametrize("kept", [0.1, 0.9])
def test_truncation_is_noticed(tmp_path: Path, ramp: np.ndarray, name: str, kept: float) -> None:
    path = tmp_path / name
    io.write_volume(path, ramp, AFFINE)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(InputError, match=r"truncated|header"):
        io.read_image(path)


def test_files_that_are_no_images(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    with pytest.raises(InputError, match="no such file"):
        io.read_image(path)
    for content, said in (
        (b"", "empty"),
        (b"<html>log in</html>", "login"),
        (b"text", "no gzip header"),
        (gzip.compress(b"text"), "no such header"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=said):
            io.read_image(path)


def test_a_name_that_lies_about_compression(tmp_path: Path, ramp: np.ndarray) -> None:
    io.write_volume(tmp_path / "a.nii.gz", ramp, AFFINE)
    (tmp_path / "b.nii").write_bytes((tmp_path / "a.nii.gz").read_bytes())
    with pytest.raises(InputError, match=r"add \.gz"):
        io.read_image(tmp_path / "b.nii")


def test_one_frame_is_squeezed_and_several_are_refused(tmp_path: Path, ramp: np.ndarray) -> None:
    path = tmp_path / "a.nii"
    nib.save(nib.Nifti1Image(ramp[..., None], AFFINE), path)
    np.testing.assert_array_equal(io.read_image(path).array, ramp)
    nib.save(nib.Nifti1Image(np.stack([ramp, ramp], axis=-1), AFFINE), path)
    with pytest.raises(InputError, match=r"4, 5, 6, 2"):
        io.read_image(path)


@pytest.mark.parametrize("dtype", [np.complex64, [("R", "u1"), ("G", "u1"), ("B", "u1")]])
def test_complex_and_colour_are_refused(tmp_path: Path, dtype: object) -> None:
    nib.save(nib.Nifti1Image(np.zeros((4, 4, 4), dtype=dtype), AFFINE), tmp_path / "a.nii")  # type: ignore[call-overload]
    with pytest.raises(InputError, match="scalar voxels"):
        io.read_image(tmp_path / "a.nii")


def test_not_finite_and_constant_voxels_are_refused(tmp_path: Path, ramp: np.ndarray) -> None:
    path, values = tmp_path / "a.nii", ramp.astype(np.float32)
    values[0, 0, :3] = np.nan, np.inf, -np.inf
    io.write_volume(path, values, AFFINE)
    with pytest.raises(InputError, match="3 NaN"):
        io.read_image(path)
    io.write_volume(path, np.full((3, 3, 3), 7, np.int16), AFFINE)
    with pytest.raises(InputError, match="every voxel is 7"):
        io.read_image(path)
    assert io.read_labels(path).array.min() == 7


def test_singular_affines_and_contradicting_zooms_are_refused(tmp_path: Path, ramp: np.ndarray) -> None:
    flat = np.diag([1.0, 1.0, 0.0, 1.0])
    image = nib.Nifti1Image(ramp, np.eye(4))
    image.header.set_sform(flat, code=1)
    nib.Nifti1Image(ramp, None, image.header).to_filename(tmp_path / "a.nii")
    with pytest.raises(InputError, match="invertible"):
        io.read_image(tmp_path / "a.nii")
    image.header.set_sform(np.diag([2.0, 1, 1, 1]), code=1)
    nib.Nifti1Image(ramp, None, image.header).to_filename(tmp_path / "a.nii")
    with pytest.raises(InputError, match="voxel sizes"):
        io.read_image(tmp_path / "a.nii")


def test_sform_wins_over_a_differing_qform_with_a_warning(
    tmp_path: Path, ramp: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    image = nib.Nifti1Image(ramp, np.eye(4))
    shifted = np.eye(4)
    shifted[0, 3] = 5
    image.set_sform(shifted, code=1)
    image.set_qform(np.eye(4), code=1)
    nib.save(image, tmp_path / "a.nii")
    with caplog.at_level(logging.WARNING):
        assert io.read_image(tmp_path / "a.nii").affine[0, 3] == 5
    assert "differ by up to 5 mm" in caplog.text
    image.set_qform(np.diag([-1.0, 1, 1, 1]), code=1)
    nib.save(image, tmp_path / "a.nii")
    with pytest.raises(InputError, match="handedness"):
        io.read_image(tmp_path / "a.nii")


def test_labels_are_integers_of_the_smallest_signed_type(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    ids = np.zeros((3, 3, 3))
    ids[0, 0, 0] = 1035.0004
    io.write_volume(path, ids, AFFINE)
    labels = io.read_labels(path).array
    assert labels.dtype == np.int16 and labels[0, 0, 0] == 1035
    io.write_volume(path, ids.astype(np.int32) * 100, AFFINE)
    assert io.read_labels(path).array.dtype == np.int32
    io.write_volume(path, ids + 0.4, AFFINE)
    with pytest.raises(InputError, match="27 voxels"):
        io.read_labels(path)
    io.write_volume(path, -ids.astype(np.int16), AFFINE)
    with pytest.raises(InputError, match="-1035"):
        io.read_labels(path)


def test_a_stripped_image_is_a_mask(tmp_path: Path, ramp: np.ndarray) -> None:
    io.write_volume(tmp_path / "a.nii", ramp, AFFINE)
    np.testing.assert_array_equal(io.read_mask(tmp_path / "a.nii").array, ramp > 0)


def test_mapped_volume_has_contiguous_coronal_slices_and_cannot_be_written(tmp_path: Path) -> None:
    path, values = tmp_path / "a.nii", np.arange(60, dtype=np.uint8).reshape(3, 4, 5)
    io.write_uint8(path, values, AFFINE)
    mapped = io.map_uint8(path)
    np.testing.assert_array_equal(mapped, values)
    assert mapped[:, :, 2].flags.f_contiguous and mapped.strides[2] == 12
    with pytest.raises(ValueError):
        mapped[0, 0, 0] = 1
    np.testing.assert_allclose(io.read_affine(path), AFFINE)


def test_mapping_refuses_other_files(tmp_path: Path, ramp: np.ndarray) -> None:
    path = tmp_path / "a.nii"
    io.write_volume(path, ramp, AFFINE)
    with pytest.raises(InputError, match="int16"):
        io.map_uint8(path)
    with pytest.raises(InputError, match="uint8 array"):
        io.write_uint8(path, ramp, AFFINE)
    io.write_uint8(path, ramp.astype(np.uint8), AFFINE)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match="truncated"):
        io.map_uint8(path)
    io.write_uint8(tmp_path / "a.nii.gz", ramp.astype(np.uint8), AFFINE)
    with pytest.raises(InputError, match="uncompressed"):
        io.map_uint8(tmp_path / "a.nii.gz")
