"""Cases 45 to 59 of docs/reliability.md: what headers say is used or refused, on every road by which scans come in."""

import bz2
import gzip
import json
import lzma
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from acenet.conform.subject import conform_subject
from acenet.datasets import Subject
from acenet.errors import InputError
from acenet.files.atomic import write_json
from acenet.imaging.grid import Grid
from acenet.imaging.io import Reading, map_uint8, read_image, read_labels, write_volume
from acenet.imaging.masks import mask_from_labels
from acenet.segment.many_scans import read_scan
from tests.support.small_scan import AFFINE, SHAPE, Case

MM = 9.0
HEAD = AFFINE * [[MM], [MM], [MM], [1]]  # the small scan as large as a head: 216 x 180 x 198 mm
FIRST = 352


@pytest.fixture
def head(case: Case) -> Case:
    case.grid = Grid((28, 28, 28), MM)
    return case.write(HEAD)


def plain(path: Path, array: np.ndarray, affine: np.ndarray, *, forms: tuple[int, int] = (1, 1)) -> Path:
    """An uncompressed NIfTI whose bytes a test then changes."""
    image = nib.Nifti1Image(array, affine)
    image.set_sform(affine, code=forms[0])
    image.set_qform(affine, code=forms[1])
    path.write_bytes(image.to_bytes())
    return path


def patched(path: Path, *changes: tuple[int, str, tuple]) -> Path:
    content = bytearray(path.read_bytes())
    for place, form, values in changes:
        struct.pack_into(form, content, place, *values)
    path.write_bytes(content)
    return path


def units(case: Case, scale: float, code: int) -> None:
    """Files of affines `scale` times those in mm, whose unit is `code`."""
    for name, array in (("t1", case.image), ("seg", case.labels), ("mask", case.mask)):
        image = nib.Nifti1Image(array, HEAD * [[scale], [scale], [scale], [1]])
        image.header.set_xyzt_units(code)
        nib.save(image, case.path(name))


@pytest.mark.parametrize(("scale", "code", "name"), [(1000, 3, "micrometres"), (0.001, 1, "metres")])
def test_45_units_that_the_header_states(head: Case, scale: float, code: int, name: str) -> None:
    head.conform()
    in_mm = {path.name: map_uint8(path).copy() for path in (head.root / "out").glob("*.nii")}
    units(head, scale, code)
    manifest = head.conform()
    for file, array in in_mm.items():
        np.testing.assert_array_equal(map_uint8(head.root / "out" / file), array)
    assert f"t1.nii.gz: the header is in {name}: converted, a field of 216 x 180 x 198 mm" in manifest.notes
    np.testing.assert_allclose(read_scan(head.path("t1"), Reading()).affine, HEAD, rtol=1e-5)
    units(head, 1, code)  # millimetres in truth, and under a wrong unit
    assert f"the header's unit is {name}" in str(head.conform().notes)
    np.testing.assert_allclose(read_scan(head.path("t1"), Reading()).affine, HEAD, rtol=1e-5)


@pytest.mark.parametrize(
    ("scale", "size"), [(1000, "216000 x 180000 x 198000 mm"), (0.001, "0.216 x 0.18 x 0.198 mm")]
)
def test_45_a_field_that_no_head_has(head: Case, scale: float, size: str) -> None:
    units(head, scale, 0)
    head.refused(rf"t1\.nii\.gz: expected a head, or a part of one: .* mm along each axis; found {size}")
    with pytest.raises(InputError, match=rf"t1\.nii\.gz: expected a head: 100 to 600 mm .*; found {size}"):
        read_scan(head.path("t1"), Reading())


def test_45_a_part_of_a_head_is_noted(head: Case) -> None:
    """A slab of 63 mm, with labels: people train on such; without labels, nobody segments it by a head's network."""
    head.image, head.labels, head.mask = (a[:, 5:12] for a in (head.image, head.labels, head.mask))
    head.write(HEAD)
    assert head.conform().notes == ["t1.nii.gz: a field of 216 x 63 x 198 mm: less than a head"]
    with pytest.raises(InputError, match="a head: 100 to 600 mm"):
        read_scan(head.path("t1"), Reading())


def test_46_voxels_begin_where_the_header_ends(head: Case) -> None:
    path = plain(head.root / "a.nii", head.image, HEAD)
    volume = read_image(patched(path, (108, "<f", (0.0,))))
    np.testing.assert_array_equal(volume.array, head.image)
    assert "vox_offset is 0" in volume.notes[0]
    for odd in (1, 348, 351, 352.5, -352, 1e9, np.nan, np.inf):
        with pytest.raises(
            InputError, match=r"a\.nii: expected voxels from a byte between 352 and .*; found vox_offset"
        ):
            read_image(patched(path, (108, "<f", (odd,))))
    with pytest.raises(InputError, match="truncated"):
        read_image(patched(path, (108, "<f", (353.0,))))


def test_46_extensions_lie_before_the_voxels(head: Case) -> None:
    image = nib.Nifti1Image(head.image, HEAD)
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"x" * 9000))
    nib.save(image, head.root / "a.nii.gz")
    np.testing.assert_array_equal(read_image(head.root / "a.nii.gz").array, head.image)


@pytest.mark.parametrize("codes", [(1, 1), (1, 0), (0, 1)])
def test_47_quaternions_a_hair_longer_than_1(head: Case, codes: tuple[int, int]) -> None:
    """Half a turn about an axis between y and z, whose squares add up to 1.000002."""
    long = (0.0, 0.7071075, 0.7071075)
    path = plain(head.root / "a.nii", head.image, HEAD)
    volume = read_image(patched(path, (256, "<3f", long), (252, "<2h", codes)))
    expected = [[-MM, 0, 0], [0, 0, -MM], [0, MM, 0]]  # pixdim[0] is -1, too
    if codes == (1, 0):
        np.testing.assert_allclose(volume.affine[:3, :3], expected, atol=1e-4)
    else:
        np.testing.assert_allclose(volume.affine, HEAD)
    assert ("a quaternion of length 1 + 1e-06 was brought to length 1" in volume.notes) is (codes[0] == 1)


def test_47_quaternions_that_are_no_rotation(head: Case) -> None:
    path = patched(plain(head.root / "a.nii", head.image, HEAD), (256, "<3f", (1.0, 1.0, 1.0)))
    assert "the qform is none (a quaternion of length 1.73205, where 1 is the most)" in read_image(path).notes
    patched(path, (252, "<2h", (1, 0)))
    with pytest.raises(InputError, match=r"a\.nii: expected a qform; found a quaternion of length 1\.73205"):
        read_image(path)


def half_a_turn(tilt: float, mm: float) -> np.ndarray:
    """An affine like those of LPS, turned by `tilt` radians about the body's axis."""
    c, s = np.cos(tilt), np.sin(tilt)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.diag([-mm, -mm, mm])
    affine[:3, 3] = 90, 100, -60
    return affine


def tilted(folder: Path, tilt: float, shift: float = 0) -> tuple[Subject, float]:
    """An image by its sform, labels by their qform alone, and by how much the header's rounding parts them."""
    affine = half_a_turn(tilt, 5.0)
    labels = np.zeros((40, 42, 38), np.int16)
    labels[22:30, 12:30, 12:26], labels[10:18, 12:30, 12:26] = 48, 47
    image = (np.random.default_rng(0).integers(1, 60, labels.shape) + labels).astype(np.int16)
    plain(folder / "t1.nii", image, affine, forms=(1, 0))
    moved = affine.copy()
    moved[0, 3] += shift
    path = plain(folder / "seg.nii", labels, moved, forms=(0, 1))
    corner = np.array([39, 41, 37, 1])
    parted = np.linalg.norm((nib.load(path).affine - affine) @ corner)
    return Subject("s", Path("t1.nii"), Path("seg.nii"), None, None, None), float(parted)


def test_48_labels_with_a_qform_alone(tmp_path: Path) -> None:
    arguments = {"root": tmp_path, "grid": Grid((32, 32, 32), 8.0), "out_dir": tmp_path / "out"}
    parted = []
    for tilt in (1e-4, 3e-4, 1e-3, 0.2):
        subject, distance = tilted(tmp_path, tilt)
        parted.append(distance)
        conform_subject(subject, **arguments, protocols=["malc27"])
    assert max(parted) > 0.01  # ten times the tolerance of other grids
    subject, _ = tilted(tmp_path, 1e-3, shift=0.5)
    with pytest.raises(
        InputError, match=r"seg\.nii: .* found a corner 0\.5.* mm away \(reading: \{affine_mismatch: image"
    ):
        conform_subject(subject, **arguments, protocols=["malc27"])
    reading = Reading(affine_mismatch="image")
    assert "a corner 0.5" in str(
        conform_subject(subject, **arguments, protocols=["malc27"], reading=reading).notes
    )


def test_49_mgh_without_orientation(head: Case) -> None:
    content = bytearray(nib.MGHImage(head.image.astype(np.int16), HEAD).to_bytes())
    path = head.root / "a.mgh"
    path.write_bytes(content)
    assert read_image(path).notes == ()
    np.testing.assert_allclose(read_image(path).affine, HEAD, atol=1e-4)
    content[28:30] = b"\0\0"
    path.write_bytes(content)
    volume = read_image(path)
    assert volume.notes == ("the orientation is not set: left and right are a guess",)
    np.testing.assert_array_equal(volume.affine[:3, :3], [[-1, 0, 0], [0, 0, 1], [0, -1, 0]])


def others(image: bytes) -> dict[str, tuple[bytes, str]]:
    """Files of other kinds by name, and a word that the message has for each."""
    return {
        "s.nii.bz2": (bz2.compress(image), "bzip2"),
        "s.nii.xz": (lzma.compress(image), "xz data"),
        "s.nii": (b"\x28\xb5\x2f\xfd" + bytes(500), "zstd"),
        "a.nii.gz": (b"/annex/objects/MD5E-s12--0123.nii.gz\n", "datalad get"),
        "b.nii.gz": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        "IM0001": (bytes(128) + b"DICM" + bytes(600), "dcm2niix"),
        "x.nii.gz": (gzip.compress(bytes(257) + b"ustar" + bytes(600)), "tar archive"),
        "d.nii.gz": (gzip.compress(bytes(128) + b"DICM" + bytes(600)), "DICOM"),
        "p.hdr": (image[:344] + b"ni1\0" + bytes(4), "half of a pair"),
        "p.img": (image[352:], "half of a pair"),
        "q.hdr": (image[:344] + bytes(4), "half of a pair"),
        "q.rec": (bytes(900), "Philips"),
        "n.nii": (b"NRRD0004\n", "NRRD"),
        "m.mnc": (b"\x89HDF\r\n\x1a\n" + bytes(500), "MINC"),
        "lh.white": (b"\xff\xff\xfecreated by", "surface"),
        "t.nii": (b'{"shape": 3}', "JSON"),
        "u.nii.gz": (b"an error of the server", "text"),
        "h.nii": (b"<!DOCTYPE html>", "HTML"),
        "e.mgz": (b"7z\xbc\xaf\x27\x1c" + bytes(90), "7z"),
    }


def test_50_what_a_file_is_instead(head: Case) -> None:
    image = plain(head.root / "good.nii", head.image, HEAD).read_bytes()
    for name, (content, word) in others(image).items():
        (head.root / name).write_bytes(content)
        with pytest.raises(InputError) as raised:
            read_image(head.root / name)
        assert raised.value.where.endswith(name) and word in raised.value.found, (name, raised.value.found)
    with zipfile.ZipFile(head.root / "z.nii.gz", "w") as archive:
        archive.writestr("a.nii", image)
    with pytest.raises(InputError, match="a zip archive: unpack it"):
        read_image(head.root / "z.nii.gz")


def test_50_folders_and_links_in_place_of_images(tmp_path: Path) -> None:
    (tmp_path / "x.nii").mkdir()
    (tmp_path / "y.nii.gz").symlink_to(".git/annex/objects/aa/bb/MD5E-s1.nii.gz/MD5E-s1.nii.gz")
    (tmp_path / "z.nii.gz").symlink_to("away.nii.gz")
    for name, said in (("x.nii", "a folder"), ("y.nii.gz", "datalad get"), ("z.nii.gz", "a link to away")):
        with pytest.raises(InputError, match=said):
            read_image(tmp_path / name)


def test_51_endings_of_any_case(head: Case) -> None:
    good = plain(head.root / "a.nii", head.image, HEAD).read_bytes()
    mgh = nib.MGHImage(head.image.astype(np.int16), HEAD).to_bytes()
    for name, content in {
        "A.NII": good, "B.NII.GZ": gzip.compress(good), "C.Nii.Gz": gzip.compress(good), "D.MGH": mgh,
        "E.MGZ": gzip.compress(mgh), "without": good, "F.nii": mgh, "G.mgz": gzip.compress(good),
    }.items():  # fmt: skip
        (head.root / name).write_bytes(content)
        volume = read_image(head.root / name)
        np.testing.assert_array_equal(volume.array, head.image)
        np.testing.assert_allclose(volume.affine, HEAD, atol=1e-4)


def in_bounds(read: Callable[[], object], message: str) -> None:
    """`read` refuses with `message` within seconds and within megabytes."""
    tracemalloc.start()
    begun = time.monotonic()
    with pytest.raises(InputError, match=message):
        read()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.monotonic() - begun < 10 and peak < 150e6, peak


@pytest.mark.parametrize(
    ("sides", "message"),
    [
        ((30000,) * 3, "at most 1073741824 voxels"),
        ((1000,) * 3, "truncated"),
        ((0, 9, 9), "sizes"),
        ((-5, 9, 9), "sizes"),
    ],
)
def test_52_a_header_that_claims_too_much(head: Case, sides: tuple, message: str) -> None:
    content = bytearray(plain(head.root / "a.nii", head.image, HEAD).read_bytes())
    struct.pack_into("<3h", content, 42, *sides)
    (head.root / "a.nii").write_bytes(content)
    (head.root / "b.nii.gz").write_bytes(gzip.compress(content))
    mgh = bytearray(nib.MGHImage(head.image.astype(np.int16), HEAD).to_bytes())
    struct.pack_into(">3i", mgh, 4, *sides)
    (head.root / "c.mgz").write_bytes(gzip.compress(mgh))
    for name in ("a.nii", "b.nii.gz", "c.mgz"):
        in_bounds(lambda name=name: read_image(head.root / name), message)  # type: ignore[misc]


def test_52_a_file_that_holds_more_than_its_header_says(head: Case) -> None:
    good = plain(head.root / "a.nii", head.image, HEAD).read_bytes()
    (head.root / "b.nii.gz").write_bytes(gzip.compress(good + bytes(40_000_000)))
    in_bounds(lambda: read_image(head.root / "b.nii.gz"), "as its header says")
    with (head.root / "a.nii").open("ab") as stream:
        stream.truncate(40_000_000_000)
    in_bounds(lambda: read_image(head.root / "a.nii"), "as its header says")


def test_52_gzip_in_several_members(head: Case) -> None:
    good = plain(head.root / "a.nii", head.image, HEAD).read_bytes()
    path = head.root / "b.nii.gz"
    path.write_bytes(
        b"".join(gzip.compress(good[i : i + 1000]) for i in range(0, len(good), 1000)) + bytes(50)
    )
    np.testing.assert_array_equal(read_image(path).array, head.image)
    path.write_bytes(gzip.compress(good) + b"rubbish")
    with pytest.raises(InputError, match="an intact gzip file; found damage"):
        read_image(path)


def test_53_scalings_that_are_none(head: Case) -> None:
    path = plain(head.root / "a.nii", head.image, HEAD)
    for slope, intercept in ((np.inf, 0.0), (1.0, np.nan), (2.0, -np.inf)):
        with pytest.raises(InputError, match=r"a\.nii: expected a finite scaling; found scl_slope"):
            read_image(patched(path, (112, "<2f", (slope, intercept))))
    for slope, intercept in ((0.0, 9.0), (np.nan, 9.0)):  # which means: not scaled
        np.testing.assert_array_equal(
            read_image(patched(path, (112, "<2f", (slope, intercept)))).array, head.image
        )
    np.testing.assert_array_equal(
        read_image(patched(path, (112, "<2f", (0.5, -3.0)))).array, head.image * 0.5 - 3.0
    )


def test_53_types_that_contradict_their_bits(head: Case) -> None:
    path = plain(head.root / "a.nii", head.image, HEAD)
    with pytest.raises(InputError, match="expected 16 bits for voxels of int16; found 32 bits"):
        read_image(patched(path, (72, "<h", (32,))))


def with_values(case: Case, change: Callable[[np.ndarray], np.ndarray], dtype: type) -> Path:
    path = case.root / "v.nii"
    write_volume(path, change(case.image.astype(np.float64)).astype(dtype), HEAD)
    return path


def spike(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def with_spike(image: np.ndarray) -> np.ndarray:
        image = image / image.max()
        image[3, 3, 3] = value
        return image

    return with_spike


@pytest.mark.parametrize(
    ("change", "dtype", "said"),
    [
        (spike(1e6), np.float32, "contrast that 8 bits can hold; .* values up to 1e\\+06"),
        (spike(1e300), np.float64, "values that single precision holds"),
        (lambda image: image * -1e300, np.float64, "values that single precision holds"),
        (lambda image: image * 1e-300, np.float64, "contrast in single precision"),
        (lambda image: image * 1e-40, np.float32, "contrast in single precision"),
        (lambda image: image * 1e-3 + 1e9, np.float64, "contrast in single precision"),
    ],
)
def test_54_values_that_leave_no_contrast(head: Case, change: Callable, dtype: type, said: str) -> None:
    path = with_values(head, change, dtype)
    with pytest.raises(InputError, match=rf"v\.nii: expected .*{said}"):
        read_image(path)
    with pytest.raises(InputError, match=said):
        read_scan(path, Reading())


def test_54_ranges_that_are_odd_and_no_harm(head: Case) -> None:
    for change, dtype in (
        (spike(50), np.float32),
        (lambda image: image * 1e-20, np.float32),
        (lambda image: image * 1e30, np.float64),
        (lambda image: image + 1e5, np.float64),
    ):
        assert read_image(with_values(head, change, dtype)).notes == ()


def test_54_few_grey_levels_and_nearly_empty_images_are_noted(head: Case) -> None:
    few = read_image(with_values(head, lambda image: image // 20, np.uint8))
    assert few.notes == (
        f"99% of the voxels that are not background share {len(np.unique(few.array)) - 1} of 256 grey levels",
    )

    def almost_nothing(image: np.ndarray) -> np.ndarray:
        image[1:] = 0
        image[:, 2:] = 0
        return image

    assert (
        "nearly empty: 0.43% of the voxels are not background"
        in read_image(with_values(head, almost_nothing, np.int16)).notes
    )


def test_55_masks_that_hold_everything(head: Case) -> None:
    good = head.mask
    head.mask = np.ones_like(good)
    head.write(HEAD).refused(
        r"mask\.nii\.gz: expected a brain mask that leaves something out; found .* 100\.0% of the field"
    )
    head.mask = good.copy()
    head.mask[:, :, :19] = 1
    assert "mask.nii.gz: a brain mask that holds 86% of the field" in head.write(HEAD).conform().notes


def test_55_labels_without_a_background(head: Case) -> None:
    head.labels = np.where(np.arange(SHAPE[0])[:, None, None] < 12, 47, 48).astype(np.int16) * np.ones(
        SHAPE, np.int16
    )
    head.write(HEAD)
    subject = Subject("s", Path("t1.nii.gz"), Path("seg.nii.gz"), None, None, None)
    with pytest.raises(
        InputError, match=r"seg\.nii\.gz: expected labels, closed and filled, that leaves something out"
    ):
        conform_subject(
            subject, root=head.root, grid=head.grid, protocols=["malc27"], out_dir=head.root / "out"
        )


def test_56_labels_that_are_nearly_all_lost(head: Case) -> None:
    """A mask elsewhere than its labels would be refused; a grid far too small loses them, wherever it lies."""
    head.grid = Grid((2, 2, 2), MM, "brain")
    head.refused(r"t1\.nii\.gz: expected most labels within the grid; found \d+ of 504 voxels \(.*\) outside")


def test_56_what_lies_outside_the_grid_is_noted(head: Case) -> None:
    head.grid = Grid((10, 10, 10), MM, "brain")
    manifest = head.conform()
    lost, share = manifest.label_voxels_lost, manifest.labels_outside_grid
    assert 0 < share < 0.5
    assert f"t1.nii.gz: {lost} labelled voxels ({share:.2%}) lie outside the grid" in manifest.notes
    assert any("of the brain mask lies outside the grid" in note for note in manifest.notes)


def test_56_a_head_outside_the_grid_without_labels_or_mask(head: Case) -> None:
    """A field of 432 mm with the head at its top: a quarter of it is above the grid, which stays where it is."""
    tall = np.zeros((24, 20, 48), np.int16)
    tall[:, :, 26:] = head.image
    write_volume(head.path("t1"), tall, HEAD)
    subject = Subject("s", Path("t1.nii.gz"), None, None, None, None)
    manifest = conform_subject(subject, root=head.root, grid=head.grid, out_dir=head.root / "out")
    (note,) = manifest.notes
    assert note.startswith("t1.nii.gz: ") and note.endswith("% of the upper head lies outside the grid")
    assert manifest.centre == "field of view"


@pytest.mark.parametrize("zoom", [0.5, 1.0, 3.2])
def test_57_masks_from_labels_are_closed_by_millimetres(zoom: float) -> None:
    """Across slices a gap of one slice is bridged where the slice is thinner than 3 mm (and a bit), no other one."""
    labels = np.zeros((60, 60, 30), np.int16)
    labels[10:50, 10:50, 5:12], labels[10:50, 10:50, 13:20] = 1, 2
    for slices in (0.43, 1.0, 2.9, 3.5, 5.0):
        bridged = mask_from_labels(labels, np.array([zoom, zoom, slices]))[30, 30, 12]
        assert bridged == (slices <= round(3 / min(zoom, slices)) * min(zoom, slices)), slices
    wide = np.zeros((60, 60, 30), np.int16)
    wide[10:50, 10:50, 2:8], wide[10:50, 10:50, 14:20] = 1, 2  # 30 mm of nothing between slices of 5 mm
    assert not mask_from_labels(wide, np.array([0.43, 0.43, 5.0]))[:, :, 8:14].any()


def test_58_no_number_that_json_has_not(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for bad in (float("nan"), float("inf"), -float("inf")):
        write_json(path, {"a": [1, {"b": bad}], "kept": 1.5})
        assert json.loads(path.read_text("utf-8"), parse_constant=pytest.fail) == {
            "a": [1, {"b": None}],
            "kept": 1.5,
        }


def test_59_only_input_errors_leave_the_reader(head: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("of a parser")

    monkeypatch.setattr("acenet.imaging.io.parse_header", broken)
    with pytest.raises(
        InputError, match=r"t1\.nii\.gz: expected an image that can be read; found damage: ZeroDivisionError"
    ):
        read_labels(head.path("t1"))

    def short_of_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("acenet.imaging.io.parse_header", short_of_memory)
    with pytest.raises(MemoryError):
        read_labels(head.path("t1"))
