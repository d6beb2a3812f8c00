"""What the header of an image says, taken from its bytes: nothing is believed that the format does not allow.

Each field is used or refused. Refusals are InputErrors that name the file; nothing is allocated on a header's word.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.freesurfer.mghformat import header_dtype as _MGH
from nibabel.nifti1 import header_dtype as _NIFTI1
from nibabel.nifti2 import header_dtype as _NIFTI2
from numpy.typing import NDArray

from acenet.errors import InputError
from acenet.imaging.file_types import Kind, Order

FloatArray = NDArray[np.float64]

MGH_DATA = 284  # bytes before the voxels
MOST_VOXELS = 1024**3  # a head at 0.25 mm; single precision alone takes 4 GB then
MOST_BEFORE = 2**26  # bytes of extensions before the voxels
NIFTI_TYPES = {
    2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"
}  # fmt: skip
NIFTI_OTHERS = {
    1: "bits", 32: "complex64", 128: "RGB colour", 1536: "float128", 1792: "complex128", 2048: "complex256",
    2304: "RGBA colour",
}  # fmt: skip
MGH_TYPES = {0: "u1", 1: "i4", 3: "f4", 4: "i2", 10: "u2"}
UNITS_MM = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}  # unknown, metres, millimetres, micrometres
UNIT_NAMES = {1: "metres", 3: "micrometres"}
LONGEST = 1.01  # of a quaternion; what rounding leaves is brought to 1
SILENT = 4e-7  # a quaternion that much off is rounded to single precision, no more


@dataclass(frozen=True)
class Header:
    """What a header says, checked field by field.

    Attributes
    ----------
    shape
        As stated, three axes and more.
    dtype
        Of stored voxels, with byte order.
    offset
        Bytes before them.
    slope, intercept
        Voxels are stored * slope + intercept.
    zooms
        Stated voxel sizes, in the header's unit, of which one is `unit_mm` millimetres.
    sform, qform (4, 4)
        In that unit, None where their code is 0 or they are no affine.
    default (4, 4)
        Where neither is set; an MGH's own affine.
    guessed
        Whether that is a guess.
    rounded
        Qforms as far from `qform` as the rounding of its header allows.
    notes
        Doubts.
    """

    kind: Kind
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    slope: float
    intercept: float
    zooms: FloatArray
    unit: int
    sform: FloatArray | None
    qform: FloatArray | None
    rounded: tuple[FloatArray, ...]
    default: FloatArray
    guessed: bool
    notes: tuple[str, ...]

    @property
    def n_bytes(self) -> int:
        """Bytes that the voxels take."""
        return math.prod(self.shape) * self.dtype.itemsize


def parse_header(file: Path, start: bytes, kind: tuple[Kind, Order]) -> Header:
    """The header of an image whose (uncompressed) bytes begin with `start`.

    Raises
    ------
    InputError
        For what is none.
    """
    name, order = kind
    layout = {"NIfTI-1": _NIFTI1, "NIfTI-2": _NIFTI2, "MGH": _MGH}[name]
    layout = np.dtype(layout).newbyteorder(order)
    if len(start) < layout.itemsize:
        raise InputError(
            file, expected=f"a {name} header of {layout.itemsize} bytes", found=f"{len(start)} bytes"
        )
    fields = np.frombuffer(start, layout, count=1)[0]
    return _mgh(file, fields) if name == "MGH" else _nifti(file, fields, name, order)


def _nifti(file: Path, fields: Any, kind: Kind, order: Order) -> Header:
    dim = [int(n) for n in fields["dim"]]
    shape = _checked_shape(file, tuple(dim[1 : 1 + dim[0]]) if 0 < dim[0] < 8 else (), dim)
    code = int(fields["datatype"])
    if code not in NIFTI_TYPES:
        found = NIFTI_OTHERS.get(code, f"data type {code}, which does not exist")
        raise InputError(file, expected="real, scalar voxels", found=f"dtype {found}")
    dtype = np.dtype(NIFTI_TYPES[code]).newbyteorder(order)
    bits = int(fields["bitpix"])
    if bits not in (0, 8 * dtype.itemsize):
        raise InputError(
            file, expected=f"{8 * dtype.itemsize} bits for voxels of {dtype.name}", found=f"{bits} bits"
        )
    first = 352 if kind == "NIfTI-1" else 544
    offset, notes = _offset(file, float(fields["vox_offset"]), first)
    slope, intercept = _scaling(file, float(fields["scl_slope"]), float(fields["scl_inter"]))
    zooms = np.abs(np.asarray(fields["pixdim"][1:4], dtype=np.float64))
    zooms[zooms == 0] = 1.0
    unit = int(fields["xyzt_units"]) & 7
    if unit not in UNITS_MM:
        notes.append(f"unit {unit} of lengths does not exist: millimetres are taken")
        unit = 2
    sform = None
    if _form_code(file, "sform", int(fields["sform_code"])):
        sform = np.eye(4)
        sform[:3] = [fields["srow_x"], fields["srow_y"], fields["srow_z"]]
    qform: FloatArray | None = None
    rounded: tuple[FloatArray, ...] = ()
    if _form_code(file, "qform", int(fields["qform_code"])):
        try:
            qform, rounded, off = _qform(fields, zooms)
        except ValueError as error:
            if sform is None:
                raise InputError(file, expected="a qform", found=str(error)) from error
            notes.append(f"the qform is none ({error})")
        else:
            if off > SILENT:
                notes.append(f"a quaternion of length 1 + {off:.1g} was brought to length 1")
    default = np.diag([-zooms[0], zooms[1], zooms[2], 1.0])  # as nibabel has it: the first axis to the left
    default[:3, 3] = -default[:3, :3] @ ((np.asarray(shape[:3]) - 1) / 2)
    return Header(
        kind, shape, dtype, offset, slope, intercept, zooms, unit, sform, qform, rounded, default,
        guessed=sform is None and qform is None, notes=tuple(notes),
    )  # fmt: skip


def _mgh(file: Path, fields: Any) -> Header:
    """MGH as FreeSurfer writes it; `dof` and whatever follows the voxels say nothing that is needed here."""
    dims = [int(n) for n in fields["dims"]]
    shape = _checked_shape(file, tuple(dims) if dims[3] != 1 else tuple(dims[:3]), dims)
    code = int(fields["type"])
    if code not in MGH_TYPES:
        raise InputError(file, expected="real, scalar voxels", found=f"MGH type {code}")
    good = bool(fields["goodRASFlag"])
    delta, cosines, centre = fields["delta"], fields["Mdc"], np.asarray(fields["Pxyz_c"], dtype=np.float64)
    if not good:  # as FreeSurfer and nibabel have it: coronal slices of 1 mm around the origin
        delta = np.ones(3, np.float32)
        cosines = np.array([[-1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float32)
        centre = np.zeros(3)
    affine = np.eye(4)
    with np.errstate(all="ignore"):
        affine[:3, :3] = cosines.astype(np.float32).T * delta.astype(np.float32)
        affine[:3, 3] = centre - affine[:3, :3] @ np.asarray(shape[:3]) / 2
    zooms = np.abs(np.asarray(delta, dtype=np.float64))
    return Header(
        "MGH", shape, np.dtype(MGH_TYPES[code]).newbyteorder(">"), MGH_DATA, 1.0, 0.0, zooms, 2,
        None, None, (), affine, guessed=not good, notes=(),
    )  # fmt: skip


def _checked_shape(file: Path, shape: tuple[int, ...], dim: list[int]) -> tuple[int, ...]:
    """A shape of three axes and more, all of its sides positive and not too many voxels."""
    if not shape or min(shape) < 1:
        raise InputError(file, expected="sizes of one to seven axes", found=f"dim {dim}")
    trimmed = shape
    while len(trimmed) > 3 and trimmed[-1] == 1:
        trimmed = trimmed[:-1]
    if len(trimmed) != 3 or min(trimmed) < 2:
        raise InputError(file, expected="one 3-D volume", found=f"shape {shape}")
    if math.prod(trimmed) > MOST_VOXELS:
        raise InputError(
            file,
            expected=f"at most {MOST_VOXELS} voxels (1024^3)",
            found=f"{math.prod(trimmed)} by its header, shape {trimmed}",
        )
    return trimmed


def _offset(file: Path, stated: float, first: int) -> tuple[int, list[str]]:
    """Where the voxels begin: in a single file behind the header, whatever a 0 there means."""
    if stated == 0:
        return first, [f"vox_offset is 0: voxels are read from byte {first} on, where a single file has them"]
    if not first <= stated <= MOST_BEFORE or stated != int(stated):
        raise InputError(
            file,
            expected=f"voxels from a byte between {first} and {MOST_BEFORE}",
            found=f"vox_offset {stated:g}",
        )
    return int(stated), []


def _scaling(file: Path, slope: float, intercept: float) -> tuple[float, float]:
    """Slope and intercept; a slope of 0 or none at all means that voxels are not scaled."""
    if slope == 0 or math.isnan(slope):
        return 1.0, 0.0
    if not math.isfinite(slope) or not math.isfinite(intercept):
        raise InputError(
            file, expected="a finite scaling", found=f"scl_slope {slope:g}, scl_inter {intercept:g}"
        )
    return slope, intercept


def _form_code(file: Path, name: str, code: int) -> bool:
    if not 0 <= code <= 5:
        raise InputError(file, expected=f"{name}_code from 0 to 5", found=str(code))
    return code > 0


def _qform(fields: Any, zooms: FloatArray) -> tuple[FloatArray, tuple[FloatArray, ...], float]:
    """The qform, those that the header's rounding may have made it of, and by how much its quaternion exceeds 1.

    A quaternion is kept without its first number. In rotations by about half a turn, as from LPS, that is near 0 and
    the root of what rounding leaves: the far corner of a head then moves by 0.1 mm with the last of float32's bits.
    """
    factor = float(fields["pixdim"][0])
    if factor not in (-1.0, 0.0, 1.0):
        raise ValueError(f"pixdim[0], its handedness, is {factor:g}")
    stored = [fields[f"quatern_{axis}"] for axis in "bcd"]
    quaternion = np.array(stored, dtype=np.float64)
    shift = np.array([fields[f"qoffset_{axis}"] for axis in "xyz"], dtype=np.float64)
    length = math.sqrt(float(quaternion @ quaternion)) if np.isfinite(quaternion).all() else math.nan
    if not length <= LONGEST:
        raise ValueError(f"a quaternion of length {length:.6g}, where 1 is the most")
    steps = np.array([zooms[0], zooms[1], zooms[2] * (-1.0 if factor < 0 else 1.0)])
    ulp = np.spacing(np.abs(quaternion).astype(np.float32)).astype(np.float64)
    rounded = [quaternion + way * np.copysign(ulp, quaternion) for way in (-1, 1)]
    return (
        _affine_of(quaternion, steps, shift),
        tuple(_affine_of(other, steps, shift) for other in rounded),
        max(0.0, length - 1),
    )


def _affine_of(quaternion: FloatArray, steps: FloatArray, shift: FloatArray) -> FloatArray:
    """The affine (4, 4) of a quaternion's last three numbers (b, c, d), signed voxel sizes (3,) and offsets (3,)."""
    b, c, d = quaternion
    square = b * b + c * c + d * d
    a = math.sqrt(max(0.0, 1 - square))
    s = 2 / (a * a + square)  # brings what is longer than 1 to length 1
    rotation = np.array(
        [
            [1 - s * (c * c + d * d), s * (b * c - d * a), s * (b * d + c * a)],
            [s * (b * c + d * a), 1 - s * (b * b + d * d), s * (c * d - b * a)],
            [s * (b * d - c * a), s * (c * d + b * a), 1 - s * (b * b + c * c)],
        ]
    )
    affine = np.eye(4)
    affine[:3, :3] = rotation * steps
    affine[:3, 3] = shift
    return affine
