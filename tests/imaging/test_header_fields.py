"""Every field of a header, with whatever value, is used or refused: a thousand headers against another reading.

That reading is written here, with struct and from the formats' descriptions: nifti1.h, nifti2.h and FreeSurfer's
description of MGH. Where a file is accepted, voxels, scaling and affine are those; else an InputError names the file.
"""

import gzip
import math
import resource
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acenet.errors import InputError
from acenet.imaging import io

SHAPE, ZOOMS = (5, 6, 7), (30.0, 25.0, 22.0)  # a field of 150 x 150 x 154 mm
MOST_BYTES, MOST_SECONDS = 2 * 2**30, 10

# Of each field: where it begins, and what it is made of.
NIFTI1 = {
    "sizeof_hdr": (0, "i"), "data_type": (4, "10s"), "db_name": (14, "18s"), "extents": (32, "i"),
    "session_error": (36, "h"), "regular": (38, "c"), "dim_info": (39, "B"), "dim": (40, "8h"),
    "intent_p1": (56, "f"), "intent_p2": (60, "f"), "intent_p3": (64, "f"), "intent_code": (68, "h"),
    "datatype": (70, "h"), "bitpix": (72, "h"), "slice_start": (74, "h"), "pixdim": (76, "8f"),
    "vox_offset": (108, "f"), "scl_slope": (112, "f"), "scl_inter": (116, "f"), "slice_end": (120, "h"),
    "slice_code": (122, "B"), "xyzt_units": (123, "B"), "cal_max": (124, "f"), "cal_min": (128, "f"),
    "slice_duration": (132, "f"), "toffset": (136, "f"), "glmax": (140, "i"), "glmin": (144, "i"),
    "descrip": (148, "80s"), "aux_file": (228, "24s"), "qform_code": (252, "h"), "sform_code": (254, "h"),
    "quatern": (256, "3f"), "qoffset": (268, "3f"), "srow_x": (280, "4f"), "srow_y": (296, "4f"),
    "srow_z": (312, "4f"), "intent_name": (328, "16s"), "magic": (344, "4s"), "extension": (348, "4s"),
}  # fmt: skip
NIFTI2 = {
    "sizeof_hdr": (0, "i"), "magic": (4, "8s"), "datatype": (12, "h"), "bitpix": (14, "h"), "dim": (16, "8q"),
    "intent_p1": (80, "d"), "intent_p2": (88, "d"), "intent_p3": (96, "d"), "pixdim": (104, "8d"),
    "vox_offset": (168, "q"), "scl_slope": (176, "d"), "scl_inter": (184, "d"), "cal_max": (192, "d"),
    "cal_min": (200, "d"), "slice_duration": (208, "d"), "toffset": (216, "d"), "slice_start": (224, "q"),
    "slice_end": (232, "q"), "descrip": (240, "80s"), "aux_file": (320, "24s"), "qform_code": (344, "i"),
    "sform_code": (348, "i"), "quatern": (352, "3d"), "qoffset": (376, "3d"), "srow_x": (400, "4d"),
    "srow_y": (432, "4d"), "srow_z": (464, "4d"), "slice_code": (496, "i"), "xyzt_units": (500, "i"),
    "intent_code": (504, "i"), "intent_name": (508, "16s"), "dim_info": (524, "B"), "unused": (525, "15s"),
    "extension": (540, "4s"),
}  # fmt: skip
MGH = {
    "version": (0, "i"), "dims": (4, "4i"), "type": (20, "i"), "dof": (24, "i"), "goodRASFlag": (28, "h"),
    "delta": (30, "3f"), "x_ras": (42, "3f"), "y_ras": (54, "3f"), "z_ras": (66, "3f"), "c_ras": (78, "3f"),
    "unused": (90, "194s"),
}  # fmt: skip
SAY_NOTHING = {
    "data_type", "db_name", "extents", "session_error", "regular", "dim_info", "intent_p1", "intent_p2",
    "intent_p3", "intent_code", "slice_start", "slice_end", "slice_code", "cal_max", "cal_min", "slice_duration",
    "toffset", "glmax", "glmin", "descrip", "aux_file", "intent_name", "extension", "unused", "dof",
}  # fmt: skip
NIFTI_TYPES = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    64: "f8",
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
}
MGH_TYPES = {0: "u1", 1: "i4", 3: "f4", 4: "i2", 10: "u2"}
NUMBERS = (
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    8,
    16,
    64,
    128,
    255,
    256,
    348,
    352,
    353,
    540,
    544,
    30000,
    32767,
    2**31 - 1,
    2**62,
)
REALS = (
    0,
    1,
    -1,
    0.5,
    2,
    1e-30,
    1e30,
    1e300,
    -3.4e38,
    1.000001,
    0.7071075,
    351.5,
    352,
    360,
    math.inf,
    math.nan,
)


def get(content: bytes, fields: dict, name: str, order: str) -> list:
    place, form = fields[name]
    return list(struct.unpack_from(order + form, content, place))


def put(content: bytearray, fields: dict, name: str, order: str, values: list) -> None:
    place, form = fields[name]
    struct.pack_into(order + form, content, place, *values)


def values_of(form: str) -> st.SearchStrategy[list]:
    """Lists of values that a field of this form can hold, the odd ones above all."""
    count, kind = int(form[:-1] or 1), form[-1]
    if kind in "sc":
        return st.binary(min_size=count, max_size=count).map(lambda value: [value])
    if kind in "fd":
        width = 32 if kind == "f" else 64
        fitting = [x for x in REALS if kind == "d" or not math.isfinite(x) or abs(x) < 3.5e38]
        one = st.sampled_from(fitting) | st.floats(width=width)  # type: ignore[arg-type]
        one = one.map(lambda x: struct.unpack(kind, struct.pack(kind, x))[0])
    else:
        bits = 8 * struct.calcsize("=" + kind)
        low, high = (0, 2**bits - 1) if kind.isupper() else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        one = st.sampled_from(
            [s * n for n in NUMBERS for s in (1, -1) if low <= s * n <= high]
        ) | st.integers(low, high)
    return st.lists(one, min_size=count, max_size=count)


def sound_nifti(
    fields: dict, order: str, *, unit: int, forms: tuple[int, int], kind: int, turn: float, handed: int
) -> bytearray:
    """A file with some voxels, turned about z, in metres (1), millimetres (2) or micrometres (3)."""
    first = 352 if fields is NIFTI1 else 544
    content = bytearray(first)
    scale = {1: 1e-3, 2: 1.0, 3: 1e3}[unit]
    rotation = np.array(
        [[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]]
    )
    rows = np.column_stack([rotation * ZOOMS * [1, 1, handed], [-60, -70, -80]]) * scale
    said = {
        "sizeof_hdr": [348 if fields is NIFTI1 else 540],
        "magic": [b"n+1\0" if fields is NIFTI1 else b"n+2\0\r\n\x1a\n"],
        "dim": [3, *SHAPE, 1, 1, 1, 1],
        "pixdim": [handed, *(scale * zoom for zoom in ZOOMS), 0, 0, 0, 0],
        "datatype": [kind],
        "bitpix": [8 * np.dtype(NIFTI_TYPES[kind]).itemsize],
        "vox_offset": [first],
        "xyzt_units": [unit | 8],
        "sform_code": [forms[0]],
        "qform_code": [forms[1]],
        "quatern": [0, 0, math.sin(turn / 2)],
        "qoffset": list(rows[:, 3]),
        **{f"srow_{axis}": list(row) for axis, row in zip("xyz", rows, strict=True)},
    }
    for name, values in said.items():
        put(content, fields, name, order, values)
    return content + voxels(np.dtype(NIFTI_TYPES[kind]).newbyteorder(order))


def sound_mgh(kind: int) -> bytearray:
    content = bytearray(284)
    said = {
        "version": [1], "dims": [*SHAPE, 1], "type": [kind], "goodRASFlag": [1], "delta": list(ZOOMS),
        "x_ras": [-1, 0, 0], "y_ras": [0, 0, -1], "z_ras": [0, 1, 0], "c_ras": [3, 4, 5],
    }  # fmt: skip
    for name, values in said.items():
        put(content, MGH, name, ">", values)
    return content + voxels(np.dtype(MGH_TYPES[kind]).newbyteorder(">"))


def voxels(dtype: np.dtype) -> bytes:
    return np.random.default_rng(0).integers(0, 120, math.prod(SHAPE)).astype(dtype).tobytes()


def turned_by(quaternion: tuple[float, ...], vector: np.ndarray) -> np.ndarray:
    """A vector turned by a quaternion (a, b, c, d) of any length: v + 2a(q x v) + 2 q x (q x v), for length 1."""
    a, *rest = np.array(quaternion) / np.linalg.norm(quaternion)
    q = np.array(rest)
    return np.asarray(vector + 2 * a * np.cross(q, vector) + 2 * np.cross(q, np.cross(q, vector)))


def another_nifti(content: bytes, fields: dict, order: str) -> tuple[np.ndarray, np.ndarray]:
    """Voxels and affine in mm, by the format's description."""

    def said(name: str) -> list:
        return get(content, fields, name, order)

    dim = said("dim")
    shape = dim[1 : 1 + dim[0]]
    assert set(shape[3:]) <= {1}
    offset = int(said("vox_offset")[0]) or (352 if fields is NIFTI1 else 544)
    dtype = np.dtype(NIFTI_TYPES[said("datatype")[0]]).newbyteorder(order)
    stored = np.frombuffer(content, dtype, count=math.prod(shape[:3]), offset=offset)
    array = stored.reshape(shape[2], shape[1], shape[0]).T
    slope, intercept = said("scl_slope")[0], said("scl_inter")[0]
    if slope not in (0, 1) and slope == slope:
        with np.errstate(all="ignore"):
            array = array * float(slope)
    if intercept != 0 and slope != 0 and slope == slope:
        array = array + float(intercept)
    zooms = [abs(size) or 1.0 for size in said("pixdim")[1:4]]
    affine = np.eye(4)
    if said("sform_code")[0] > 0:
        affine[:3] = [said(f"srow_{axis}") for axis in "xyz"]
    elif said("qform_code")[0] > 0:
        rest = said("quatern")
        quaternion = (math.sqrt(max(0.0, 1 - sum(x * x for x in rest))), *rest)
        handed = [1, 1, -1 if said("pixdim")[0] < 0 else 1]
        for axis in range(3):
            affine[:3, axis] = turned_by(quaternion, np.eye(3)[axis] * zooms[axis] * handed[axis])
        affine[:3, 3] = said("qoffset")
    else:
        affine = np.diag([-zooms[0], zooms[1], zooms[2], 1])
        affine[:3, 3] = [zooms[0] * (shape[0] - 1) / 2, *(-zooms[i] * (shape[i] - 1) / 2 for i in (1, 2))]
    unit = {1: 1000.0, 3: 0.001}.get(said("xyzt_units")[0] & 7, 1.0)
    field = np.linalg.norm(affine[:3, :3], axis=0) * shape[:3]
    if unit != 1 and _head(field) and not _head(field * unit):
        unit = 1.0
    affine[:3] *= unit
    return array, affine


def _head(field: np.ndarray) -> bool:
    return bool(field.min() >= 100 and field.max() <= 600)


def another_mgh(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    dims = get(content, MGH, "dims", ">")
    dtype = np.dtype(MGH_TYPES[get(content, MGH, "type", ">")[0]]).newbyteorder(">")
    stored = np.frombuffer(content, dtype, count=math.prod(dims[:3]), offset=284)
    delta, centre = [1, 1, 1], np.zeros(3)
    axes = [[-1, 0, 0], [0, 0, -1], [0, 1, 0]]
    if get(content, MGH, "goodRASFlag", ">")[0]:
        delta, centre = get(content, MGH, "delta", ">"), np.array(get(content, MGH, "c_ras", ">"))
        axes = [get(content, MGH, f"{axis}_ras", ">") for axis in "xyz"]
    affine = np.eye(4)
    with np.errstate(all="ignore"):
        affine[:3, :3] = np.transpose(axes) * delta
        affine[:3, 3] = centre - affine[:3, :3] @ (np.array(dims[:3]) / 2)
    return stored.reshape(dims[2], dims[1], dims[0]).T, affine


def check(path: Path, another: tuple[np.ndarray, np.ndarray] | None) -> bool:
    """Whether a file is read, in which case it is read as `another` reading has it; else it is refused by name."""
    readers = (io.read_image, io.read_labels, io.read_mask)
    accepted = False
    for reader in readers:
        try:
            volume = reader(path)
        except InputError as error:
            assert str(path) in str(error)
            continue
        accepted |= reader is io.read_image
        assert another is not None
        array, affine = another
        if reader is io.read_image:
            np.testing.assert_array_equal(volume.array, array)
        elif reader is io.read_labels:
            np.testing.assert_allclose(volume.array, array, rtol=0, atol=1e-3)
        else:
            np.testing.assert_array_equal(volume.array, array != 0)
        np.testing.assert_allclose(volume.affine, affine, rtol=1e-5, atol=1e-4 * np.abs(affine).max())
        assert np.isfinite(volume.affine).all() and volume.array.dtype.isnative
    return accepted


@pytest.fixture(autouse=True)
def bounded_memory() -> Iterator[None]:
    """No reading may take 2 GB of addresses more than there are already: it would end in a MemoryError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MOST_BYTES, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def cases(number: int) -> settings:
    return settings(
        max_examples=number,
        derandomize=True,
        database=None,
        deadline=1000 * MOST_SECONDS,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def changes(fields: dict) -> st.SearchStrategy[dict[str, list]]:
    """New values of up to three fields, each of them as likely."""
    chosen = st.lists(st.sampled_from(sorted(fields)), max_size=3, unique=True)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({n: values_of(fields[n][1]) for n in names}))


def write(path: Path, content: bytes, *, cut: int | None, tail: bytes) -> bytes:
    """Write `content`, cut off or with a tail; compressed where the name says so."""
    content = content + tail if cut is None else content[: cut % len(content)]
    path.write_bytes(gzip.compress(content, 1) if path.suffix.lower() in (".gz", ".mgz") else content)
    return content


CUTS = st.none() | st.none() | st.integers(0, 2000)
TAILS = st.sampled_from([b"", b"", b"\0", b"footer" * 20])


def nifti_case(data: st.DataObject, folder: Path, fields: dict) -> None:
    order = data.draw(st.sampled_from("<>"))
    content = sound_nifti(
        fields,
        order,
        unit=data.draw(st.sampled_from([2, 2, 1, 3])),
        forms=data.draw(st.sampled_from([(1, 1), (0, 1), (2, 0), (0, 0)])),
        kind=data.draw(st.sampled_from(sorted(NIFTI_TYPES))),
        turn=data.draw(st.sampled_from([0.0, 0.1, 1.5, 3.14])),
        handed=data.draw(st.sampled_from([1, -1])),
    )
    changed = data.draw(changes(fields))
    for name, values in changed.items():
        put(content, fields, name, order, values)
    path = folder / data.draw(st.sampled_from(["a.nii", "b.nii.gz", "C.NII", "D.Nii.GZ", "none"]))
    cut, tail = data.draw(CUTS), data.draw(TAILS)
    whole = write(path, content, cut=cut, tail=tail)
    try:
        another = another_nifti(whole, fields, order)
    except (struct.error, ValueError, KeyError, OverflowError, AssertionError, ZeroDivisionError, IndexError):
        another = None
    accepted = check(path, another)
    if cut is None and changed.keys() <= SAY_NOTHING:
        assert accepted, changed
    if "magic" in changed and changed["magic"][0] not in (b"n+1\0", b"n+2\0\r\n\x1a\n"):
        assert not accepted
    path.unlink()


@cases(400)
@given(data=st.data())
def test_nifti1(data: st.DataObject, tmp_path: Path) -> None:
    nifti_case(data, tmp_path, NIFTI1)


@cases(250)
@given(data=st.data())
def test_nifti2(data: st.DataObject, tmp_path: Path) -> None:
    nifti_case(data, tmp_path, NIFTI2)


@cases(250)
@given(data=st.data())
def test_mgh(data: st.DataObject, tmp_path: Path) -> None:
    content = sound_mgh(data.draw(st.sampled_from(sorted(MGH_TYPES))))
    changed = data.draw(changes(MGH))
    for name, values in changed.items():
        put(content, MGH, name, ">", values)
    path = tmp_path / data.draw(st.sampled_from(["a.mgh", "b.mgz", "C.MGH", "D.MGZ"]))
    cut = data.draw(CUTS)
    whole = write(path, content, cut=cut, tail=data.draw(TAILS))
    try:
        another = another_mgh(whole)
    except (struct.error, ValueError, KeyError, OverflowError):
        another = None
    accepted = check(path, another)
    if cut is None and changed.keys() <= SAY_NOTHING:
        assert accepted, changed
    path.unlink()


@cases(100)
@given(
    content=st.binary(max_size=600),
    start=st.sampled_from([b"", b"\x5c\x01\0\0", b"\x1f\x8b\x08\0", b"\0\0\0\1"]),
)
def test_bytes_at_random(content: bytes, start: bytes, tmp_path: Path) -> None:
    for name in ("a.nii", "b.nii.gz", "c.mgz", "d.img"):
        (tmp_path / name).write_bytes(start + content)
        assert not check(tmp_path / name, None)
