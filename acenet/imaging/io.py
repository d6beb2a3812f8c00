"""Read and verify brain volumes (NIfTI, MGZ) and write them atomically; nothing else opens image files.

Arrays are indexed (i, j, k) as stored; `affine` maps voxel indices to RAS+ millimetres.
"""

import errno
import gzip
import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import IO, Any, Literal

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from acenet.datasets.subject import FREESURFER_MASK
from acenet.errors import InputError
from acenet.files.atomic import replacing
from acenet.imaging.file_types import (
    ANNEX,
    FOLDER,
    GZIP_MAGIC,
    PEEK,
    kind_of,
    looks_like_text,
    named_gzip,
    what_instead,
)
from acenet.imaging.geometry import GRID_TOLERANCE_MM, checked_affine, corner_distance
from acenet.imaging.headers import Header, parse_header
from acenet.imaging.plausibility import grey_doubts, voxel_doubts

logger = logging.getLogger(__name__)

StrPath = str | PathLike[str]
FloatArray = NDArray[np.float64]

Nifti1Image: Any = nib.Nifti1Image  # nibabel is typed only in part

LABEL_TOLERANCE = 1e-3
MOST_AFTER = 2**24  # bytes behind the voxels: FreeSurfer keeps tables and its history there
CHUNK = 2**24
DENSEST = 1100  # bytes that one byte of gzip can stand for, rounded up from 1032
SHORTAGES = (errno.ENOMEM, errno.EMFILE, errno.ENFILE)  # of this machine; they say nothing of a file


@dataclass(frozen=True)
class Reading:
    """What counts where files leave a choice.

    Attributes
    ----------
    nan
        Of images; `refuse` them, or set not finite voxels to `zero`.
    form
        Of a NIfTI's two orientations, where both are set and differ.
    affine_mismatch
        Of labels and masks whose affine is not the image's; `refuse` them, or let the `image` tell where they lie.
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
    precision_mm: float = 0.0  # how far the rounding of its header may have moved a corner


def read_image(path: StrPath, reading: Reading = DEFAULT) -> Volume:
    """Read an intensity image (I, J, K) in its stored type, scaling applied; without contrast it is refused."""
    volume = _read(Path(path), reading, nan=reading.nan)
    low, high = volume.array.min(), volume.array.max()
    if low == high:
        raise InputError(path, expected="an image with contrast", found=f"every voxel is {low}")
    doubts = grey_doubts(volume.path, volume.array, low=float(low), high=float(high))
    doubts += voxel_doubts(volume.affine)
    if low < 0:
        doubts = (f"values from {low} on: the lowest becomes 0, as does 0", *doubts)
    _warn(volume.path, doubts)
    return replace(volume, notes=(*volume.notes, *doubts)) if doubts else volume


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


def require_same_grid(first: Volume, second: Volume, *, advice: str = "") -> None:
    """Raise InputError unless shapes are equal and affines agree at every corner.

    They agree to 1e-3 mm, or to what their headers can hold where that is less exact. `advice` ends the message on
    affines that do not.
    """
    if first.array.shape != second.array.shape:
        raise InputError(
            second.path,
            expected=f"the grid of {first.path}, shape {first.array.shape}",
            found=f"shape {second.array.shape}",
        )
    offset = corner_distance(first.affine, second.affine, first.array.shape)
    tolerance = max(GRID_TOLERANCE_MM, first.precision_mm + second.precision_mm)
    if offset > tolerance:
        raise InputError(
            second.path,
            expected=f"the affine of {first.path} within {tolerance:.3g} mm",
            found=f"a corner {offset:.4g} mm away{advice}",
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
    image.header.set_xyzt_units("mm")
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
    if header.dtype != np.uint8:
        raise InputError(
            file, expected="a 3-D uint8 volume", found=f"dtype {header.dtype.name}, shape {header.shape}"
        )
    needed, size = header.offset + header.n_bytes, file.stat().st_size
    if size != needed:
        raise InputError(file, expected=f"{needed} bytes", found=f"{size} bytes (truncated or damaged)")
    return np.memmap(file, dtype=np.uint8, mode="r", offset=header.offset, shape=header.shape, order="F")


def read_affine(path: StrPath) -> FloatArray:
    """The (4, 4) affine of an uncompressed NIfTI such as `map_uint8` maps, from its header alone."""
    file = Path(path)
    return checked_affine(file, _uncompressed_header(file), DEFAULT.form).affine


def _uncompressed_header(file: Path) -> Header:
    with _only_input_errors(file), file.open("rb") as stream:
        start = stream.read(PEEK)
    kind = kind_of(start)
    if kind is None or kind[0] == "MGH":
        raise InputError(
            file, expected="an uncompressed NIfTI file", found=f"{len(start)} bytes of another kind"
        )
    with _only_input_errors(file):
        return parse_header(file, start, kind)


def _read(file: Path, reading: Reading, *, nan: str = "refuse") -> Volume:
    """Read and verify one file: kind, header, geometry, element type, whole stream, finite values."""
    with _only_input_errors(file):
        header, content = _whole_file(file)
        place = checked_affine(file, header, reading.form)
        array, notes = _scaled(header, content), place.notes
        if array.dtype.kind == "f" and (bad := array.size - int(np.count_nonzero(np.isfinite(array)))):
            if nan == "refuse":
                raise InputError(file, expected="finite voxels", found=f"{bad} NaN or infinite voxels")
            array = np.nan_to_num(array, nan=0.0, posinf=0.0, neginf=0.0)
            notes = (*notes, f"{bad} NaN or infinite voxels set to 0")
    _warn(file, notes)
    return Volume(array, place.affine, file, notes, place.precision_mm)


def _warn(file: Path, notes: tuple[str, ...]) -> None:
    for note in notes:
        logger.warning("%s: %s", file, note)


@contextmanager
def _only_input_errors(file: Path) -> Iterator[None]:
    """The one boundary around bytes that nobody vouches for: whatever reading them raises is the file's damage.

    What this machine is short of (memory, open files) is not, and stays what it is.
    """
    try:
        with np.errstate(all="ignore"):
            yield
    except (InputError, MemoryError):
        raise
    except EOFError as error:
        raise InputError(file, expected="a complete gzip file", found="a truncated one") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(file, expected="an intact gzip file", found=f"damage: {error}") from error
    except OSError as error:
        if error.errno in SHORTAGES:
            raise
        raise InputError(
            file, expected="a file that can be read", found=error.strerror or str(error)
        ) from error
    except Exception as error:
        found = f"damage: {type(error).__name__}, {error}"
        raise InputError(file, expected="an image that can be read", found=found) from error


def _whole_file(file: Path) -> tuple[Header, bytearray]:
    """Header and voxels of a file; gzip streams are read to the end, where length and CRC are checked.

    No more is read, nor memory taken, than the header asks for, and nothing where the file cannot hold that much.
    """
    if not file.is_file():
        raise InputError(file, expected="an image file", found=_no_file(file))
    with file.open("rb") as stream:
        start = stream.read(PEEK)
        stream.seek(0)
        if compressed := _is_compressed(file, start):
            with gzip.GzipFile(fileobj=stream) as inner:
                return _header_and_voxels(file, inner, compressed)
        return _header_and_voxels(file, stream, compressed)


def _no_file(file: Path) -> str:
    if file.is_dir():
        return FOLDER
    if file.is_symlink():
        target = str(file.readlink())
        return ANNEX if "annex/objects" in target else f"a link to {target}, where no file is"
    return "no such file" if not file.exists() else "neither a file nor a folder"


def _is_compressed(file: Path, start: bytes) -> bool:
    """Whether a file that begins with `start` is compressed, on which its name and content must agree."""
    if not start:
        raise InputError(file, expected="an image", found="an empty file")
    is_gzip = start.startswith(GZIP_MAGIC)
    if is_gzip and not named_gzip(file.name):
        raise InputError(file, expected="an uncompressed file by its name", found="gzip data; add .gz")
    if is_gzip:
        return True
    if kind_of(start) is None and (found := what_instead(start, file.name)):
        raise InputError(file, expected="an image (NIfTI or MGZ)", found=found)
    if named_gzip(file.name):
        found = looks_like_text(start) or "uncompressed, or no image at all"
        raise InputError(file, expected="a gzip file", found=f"no gzip header ({found})")
    return False


def _header_and_voxels(
    file: Path, stream: IO[bytes] | gzip.GzipFile, compressed: bool
) -> tuple[Header, bytearray]:
    """The header and exactly the bytes of the voxels from an uncompressed `stream`, which is read to its end."""
    start = stream.read(PEEK)
    kind = kind_of(start)
    if kind is None:
        found = what_instead(start, file.name) or f"no such header ({looks_like_text(start) or 'other data'})"
        raise InputError(file, expected="a NIfTI or MGZ image", found=found)
    header = parse_header(file, start, kind)
    size, needed = file.stat().st_size, header.offset + header.n_bytes
    if (size * DENSEST if compressed else size) < needed:
        raise _too_short(file, header, f"at most {size * DENSEST}" if compressed else str(size))
    if size > needed + needed // 100 + MOST_AFTER:
        raise InputError(file, expected=f"about {needed} bytes, as its header says", found=f"{size}")
    content = bytearray(start[header.offset :])
    left = header.offset - len(start)
    while left > 0 and (skipped := stream.read(min(left, CHUNK))):
        left -= len(skipped)
    while len(content) < header.n_bytes and (part := stream.read(min(header.n_bytes - len(content), CHUNK))):
        content += part
    if len(content) < header.n_bytes:
        raise _too_short(file, header, str(header.offset + len(content)))
    after = len(content) - header.n_bytes
    while part := stream.read(2**16):  # to the end, where gzip keeps its checksum
        if (after := after + len(part)) > MOST_AFTER:
            raise InputError(
                file,
                expected=f"{needed} bytes, as its header says",
                found=f"{after} bytes more, or still more",
            )
    del content[header.n_bytes :]
    return header, content


def _too_short(file: Path, header: Header, found: str) -> InputError:
    return InputError(
        file,
        expected=f"{header.n_bytes} bytes of voxels behind {header.offset} bytes",
        found=f"{found} bytes in all (truncated)",
    )


def _scaled(header: Header, content: bytearray) -> NDArray[Any]:
    """The voxels (I, J, K) in native byte order; scaled ones in double precision."""
    array: NDArray[Any] = np.frombuffer(content, header.dtype).reshape(header.shape, order="F")
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if header.slope != 1:
        array = array * np.float64(header.slope)
    if header.intercept != 0:
        array = array + np.float64(header.intercept)
    return array
