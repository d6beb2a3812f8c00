"""Read and verify brain volumes (NIfTI, MGZ) and write them atomically; nothing else opens image files.

Arrays are indexed (i, j, k) as stored; `affine` maps voxel indices to RAS+ millimetres.
"""

import gzip
import logging
import zlib
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError, ImageDataError
from nibabel.wrapstruct import WrapStructError
from numpy.typing import NDArray

from acenet.atomic import replacing
from acenet.errors import InputError
from acenet.geometry import GRID_TOLERANCE_MM, checked_affine, corner_distance

log = logging.getLogger(__name__)

StrPath = str | PathLike[str]
FloatArray = NDArray[np.float64]

Nifti1Image: Any = nib.Nifti1Image  # nibabel is typed only in part
Nifti1Header: Any = nib.Nifti1Header

GZIP_MAGIC = b"\x1f\x8b"
LABEL_TOLERANCE = 1e-3
FREESURFER_MASK = "brainmask.mgz"
UNREADABLE = (
    ImageFileError,
    ImageDataError,
    HeaderDataError,
    WrapStructError,
    OSError,
    ValueError,
    OverflowError,
)


@dataclass(frozen=True)
class Reading:
    """What counts where files leave a choice.

    nan : of images; `refuse` them, or set not finite voxels to `zero`. form : of a NIfTI's two orientations,
        where both are set and differ. affine_mismatch : of labels and masks whose affine is not the image's;
        `refuse` them, or let the `image` tell where they lie.
    """

    nan: Literal["refuse", "zero"] = "refuse"
    form: Literal["sform", "qform"] = "sform"
    affine_mismatch: Literal["refuse", "image"] = "refuse"


DEFAULT = Reading()


@dataclass(frozen=True)
class Volume:
    """A volume in memory: array (I, J, K), affine (4, 4) float64 voxel -> RAS mm, its file, and doubts about it."""

    array: NDArray[Any]
    affine: FloatArray
    path: Path
    notes: tuple[str, ...] = ()


def read_image(path: StrPath, reading: Reading = DEFAULT) -> Volume:
    """Read an intensity image (I, J, K) in its stored type, scaling applied; constant images are refused."""
    volume = _read(Path(path), reading, nan=reading.nan)
    low, high = volume.array.min(), volume.array.max()
    if low == high:
        raise InputError(path, expected="an image with contrast", found=f"every voxel is {low}")
    if low < 0:
        return replace(
            volume, notes=(*volume.notes, f"values from {low} on: the lowest becomes 0, as does 0")
        )
    return volume


def read_labels(path: StrPath, reading: Reading = DEFAULT) -> Volume:
    """Read a label map (I, J, K) without loss: int16 where the ids fit, else int32.

    Float-stored or scaled ids are rounded when they lie within 1e-3 of an integer; anything else is refused.
    """
    volume = _read(Path(path), reading)
    values = volume.array
    if not np.issubdtype(values.dtype, np.integer):
        rounded = np.rint(values)
        odd = int(np.count_nonzero(np.abs(values - rounded) >= LABEL_TOLERANCE))
        if odd:
            raise InputError(path, expected="integer label ids", found=f"{odd} voxels that are no integers")
        values = rounded
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > np.iinfo(np.int32).max:
        raise InputError(path, expected="label ids from 0 to 2^31-1", found=f"ids from {low} to {high}")
    kind = np.int16 if high <= np.iinfo(np.int16).max else np.int32
    return replace(volume, array=values.astype(kind, copy=False))


def read_mask(path: StrPath, reading: Reading = DEFAULT) -> Volume:
    """Read a mask (I, J, K) as uint8: 1 where the stored value is not zero; a stripped image serves too.

    In FreeSurfer's brainmask.mgz a 1 marks what a person has erased, so that there the mask is what exceeds 1.
    """
    volume = _read(Path(path), reading)
    inside = volume.array > 1 if volume.path.name == FREESURFER_MASK else volume.array != 0
    return replace(volume, array=inside.astype(np.uint8))


def require_same_grid(first: Volume, second: Volume) -> None:
    """Raise InputError unless shapes are equal and affines agree to 1e-3 mm at every corner."""
    if first.array.shape != second.array.shape:
        raise InputError(
            second.path,
            expected=f"the grid of {first.path}, shape {first.array.shape}",
            found=f"shape {second.array.shape}",
        )
    offset = corner_distance(first.affine, second.affine, first.array.shape)
    if offset > GRID_TOLERANCE_MM:
        raise InputError(
            second.path,
            expected=f"the affine of {first.path} within {GRID_TOLERANCE_MM} mm",
            found=f"a corner {offset:.4g} mm away",
        )


def write_volume(
    path: StrPath,
    array: NDArray[Any],
    affine: FloatArray,
    *,
    compresslevel: int = 3,
    slope: float | None = None,
) -> None:
    """Write `array` (I, J, K) as .nii or .nii.gz (by suffix), atomically; equal input gives equal bytes.

    The element type is kept. Readers multiply what is stored by `slope`; None stores no scaling. Voxels are in
    Fortran order, as NIfTI asks.
    """
    image = Nifti1Image(array, affine, dtype=array.dtype)
    if slope is not None:
        image.header.set_slope_inter(slope, 0.0)  # nibabel then stores the array as it is
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1)
    if corner_distance(affine, image.get_qform(), array.shape) > GRID_TOLERANCE_MM:
        image.set_qform(None, code=0)  # a sheared affine has no qform
    content = image.to_bytes()
    if str(path).endswith(".gz"):
        content = gzip.compress(content, compresslevel, mtime=0)
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_uint8(path: StrPath, array: NDArray[Any], affine: FloatArray) -> None:
    """Write a uint8 volume (X, Y, Z); as .nii it is what `map_uint8` reads, each `[:, :, k]` contiguous."""
    if array.dtype != np.uint8:
        raise InputError(path, expected="a uint8 array to write", found=f"dtype {array.dtype}")
    write_volume(path, array, affine)


def map_uint8(path: StrPath) -> np.memmap[Any, np.dtype[np.uint8]]:
    """Map an uncompressed uint8 NIfTI (X, Y, Z) read-only, in Fortran order, without reading its voxels."""
    file = Path(path)
    header = _uncompressed_header(file)
    shape, kind, offset = header.get_data_shape(), header.get_data_dtype(), header.get_data_offset()
    if kind != np.uint8 or len(shape) != 3:
        raise InputError(file, expected="a 3-D uint8 volume", found=f"dtype {kind}, shape {shape}")
    needed, size = offset + int(np.prod(shape)), file.stat().st_size
    if size != needed:
        raise InputError(file, expected=f"{needed} bytes", found=f"{size} bytes (truncated or damaged)")
    return np.memmap(file, dtype=np.uint8, mode="r", offset=offset, shape=shape, order="F")


def read_affine(path: StrPath) -> FloatArray:
    """The (4, 4) affine of an uncompressed NIfTI such as `map_uint8` maps, from its header alone."""
    return np.asarray(_uncompressed_header(Path(path)).get_best_affine(), dtype=np.float64)


def _uncompressed_header(file: Path) -> Any:
    try:
        with file.open("rb") as stream:
            return Nifti1Header.from_fileobj(stream)
    except UNREADABLE as error:
        raise InputError(file, expected="an uncompressed NIfTI file", found=str(error)) from error


def _read(file: Path, reading: Reading, *, nan: str = "refuse") -> Volume:
    """Read and verify one file: whole stream, header, geometry, shape, element type, finite values."""
    content = _whole_stream(file)
    image = _parse(file, content)
    shape = image.shape
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) != 3 or min(shape) < 2:
        raise InputError(file, expected="one 3-D volume", found=f"shape {image.shape}")
    stored = image.get_data_dtype()
    if stored.kind not in "iufb":
        raise InputError(file, expected="real, scalar voxels", found=f"dtype {stored}")
    needed = int(np.prod(image.shape, dtype=np.int64)) * stored.itemsize
    if len(content) < needed:
        raise InputError(
            file, expected=f"{needed} bytes of voxels", found=f"{len(content)} bytes (truncated)"
        )
    affine, notes = checked_affine(file, image, reading.form)
    try:
        array = np.asanyarray(image.dataobj).reshape(shape, order="F")
    except UNREADABLE as error:
        raise InputError(
            file, expected="a complete volume", found=f"truncated or damaged: {error}"
        ) from error
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype.kind == "f" and (bad := array.size - int(np.count_nonzero(np.isfinite(array)))):
        if nan == "refuse":
            raise InputError(file, expected="finite voxels", found=f"{bad} NaN or infinite voxels")
        array = np.nan_to_num(array, nan=0.0, posinf=0.0, neginf=0.0)
        notes = (*notes, f"{bad} NaN or infinite voxels set to 0")
    for note in notes:
        log.warning("%s: %s", file, note)
    return Volume(array, affine, file, notes)


def _whole_stream(file: Path) -> bytes:
    """The file's uncompressed bytes; gzip streams are read to the end, where length and CRC are checked."""
    if not file.is_file():
        raise InputError(file, expected="an image file", found="no such file")
    content = file.read_bytes()
    named_gzip, is_gzip = file.name.endswith((".gz", ".mgz")), content.startswith(GZIP_MAGIC)
    if not content:
        raise InputError(file, expected="an image", found="an empty file")
    if content.lstrip()[:1] == b"<":
        raise InputError(file, expected="an image", found="an HTML or XML page (was a login required?)")
    if named_gzip and not is_gzip:
        raise InputError(
            file, expected="a gzip file", found="no gzip header (uncompressed, or no image at all)"
        )
    if is_gzip and not named_gzip:
        raise InputError(file, expected="an uncompressed file by its name", found="gzip data; add .gz")
    if not is_gzip:
        return content
    try:
        return gzip.decompress(content)
    except EOFError as error:
        raise InputError(file, expected="a complete gzip file", found="a truncated one") from error
    except (OSError, zlib.error) as error:
        raise InputError(file, expected="an intact gzip file", found=f"damage: {error}") from error


def _parse(file: Path, content: bytes) -> Any:
    """A nibabel image over `content`, its class chosen by the file's name and NIfTI's own header size."""
    if file.name.lower().endswith((".mgz", ".mgh")):
        kind: Any = nib.MGHImage
    elif content[:4] in (b"\x1c\x02\x00\x00", b"\x00\x00\x02\x1c"):  # 540: NIfTI-2
        kind = nib.Nifti2Image
    else:
        kind = nib.Nifti1Image
    try:
        return kind.from_bytes(content)
    except UNREADABLE as error:
        raise InputError(file, expected="a NIfTI or MGZ image", found=f"no such header: {error}") from error
