"""What kind of file this is: by its first bytes, and by its name where bytes do not tell. The one place that decides.

An image is NIfTI-1, NIfTI-2 or MGH, plain or compressed by gzip. Of any other file, `what_instead` says what it is and
how an image is made of it.
"""

from pathlib import Path
from typing import Literal

Kind = Literal["NIfTI-1", "NIfTI-2", "MGH"]
Order = Literal["<", ">"]

GZIP_MAGIC = b"\x1f\x8b"
COMPRESSED = (".gz", ".mgz")
PEEK = 4096  # bytes that decide
NIFTI1_MAGIC, NIFTI2_MAGIC = b"n+1\0", b"n+2\0\r\n\x1a\n"
PAIR_MAGIC = (b"ni1\0", b"ni2\0")

UNPACK = "unpack it"
DCM2NIIX = "convert the folder of its series with dcm2niix"
PAIR = (
    "one half of a pair of files (.hdr and .img, of Analyze or NIfTI): make a single .nii of both, as "
    "`nib-convert x.hdr x.nii` or `mri_convert x.img x.nii.gz` does"
)
PHILIPS = "one half of a Philips pair (.PAR and .REC): convert it with dcm2niix"
LOGIN = "an HTML or XML page (was a login required?)"
ANNEX = "a pointer of git-annex (DataLad): the image itself is not here; fetch it with `datalad get` or `git annex get`"
SURFACE = "a surface of FreeSurfer, not a volume"

SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"/annex/objects/", ANNEX),
    (
        0,
        b"version https://git-lfs",
        "a pointer of git-LFS: the image itself is not here; fetch it with `git lfs pull`",
    ),
    (0, b"BZh", f"bzip2 data: {UNPACK} with bunzip2"),
    (0, b"\xfd7zXZ\0", f"xz data: {UNPACK} with unxz"),
    (0, b"\x28\xb5\x2f\xfd", f"zstd data: {UNPACK} with unzstd"),
    (0, b"\x04\x22\x4d\x18", f"lz4 data: {UNPACK} with unlz4"),
    (0, b"PK\x03\x04", f"a zip archive: {UNPACK} with unzip"),
    (0, b"PK\x05\x06", "an empty zip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", f"a 7z archive: {UNPACK} with 7z"),
    (0, b"Rar!\x1a\x07", f"a rar archive: {UNPACK} with unrar"),
    (257, b"ustar", f"a tar archive: {UNPACK} with tar"),
    (128, b"DICM", f"DICOM: {DCM2NIIX}"),
    (0, b"\x08\x00\x05\x00", f"DICOM without its preamble: {DCM2NIIX}"),
    (0, b"\x02\x00\x00\x00UL\x04\x00", f"DICOM without its preamble: {DCM2NIIX}"),
    (0, b"# === DATA DESCRIPTION FILE", PHILIPS),
    (0, b"NRRD", "NRRD: convert it to NIfTI with 3D Slicer"),
    (0, b"ObjectType", "MetaImage: convert it to NIfTI with 3D Slicer"),
    (0, b"\x89HDF\r\n\x1a\n", "HDF5, as MINC 2 is: convert MINC with mnc2nii or mri_convert"),
    (0, b"CDF\x01", "netCDF, as MINC 1 is: convert MINC with mnc2nii or mri_convert"),
    (0, b"CDF\x02", "netCDF, as MINC 1 is: convert MINC with mnc2nii or mri_convert"),
    (0, b"\xff\xff\xfe", SURFACE),
    (0, b"\xff\xff\xff", SURFACE),
    (0, b"\xff\xff\xfd", SURFACE),
    (0, b"MATLAB 5.0 MAT-file", "a MATLAB file"),
    (0, b"\x93NUMPY", "an array of numpy"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
)
FOLDER = "a folder (some programs unpack x.nii.gz into a folder x.nii): name the image inside it"


def named_gzip(name: str) -> bool:
    """Whether a file of this name is compressed by gzip, as far as the name says."""
    return name.lower().endswith(COMPRESSED)


def kind_of(start: bytes) -> tuple[Kind, Order] | None:
    """Which image begins with these (uncompressed) bytes, and in which byte order its numbers are."""
    for order, sign in (("little", "<"), ("big", ">")):
        size = int.from_bytes(start[:4], order)  # type: ignore[arg-type]
        if size == 348 and start[344:348] == NIFTI1_MAGIC:
            return "NIfTI-1", sign  # type: ignore[return-value]
        if size == 540 and start[4:12] == NIFTI2_MAGIC:
            return "NIfTI-2", sign  # type: ignore[return-value]
    if start[:4] == b"\0\0\0\x01" and len(start) >= 284:
        return "MGH", ">"
    return None


def what_instead(start: bytes, name: str) -> str | None:
    """What a file is that begins with these bytes and is no image, and what to do; None where that is unknown."""
    for place, signature, said in SIGNATURES:
        if start[place : place + len(signature)] == signature:
            return said
    if start.lstrip()[:1] == b"<":
        return LOGIN
    sizes = {int.from_bytes(start[:4], "little"), int.from_bytes(start[:4], "big")}
    ending = Path(name).suffix.lower()
    half = 348 in sizes and start[344:348] in (PAIR_MAGIC[0], b"\0\0\0\0") and len(start) in (348, 352)
    if ending in (".hdr", ".img") or half or (540 in sizes and start[4:8] == PAIR_MAGIC[1]):
        return PAIR
    if ending in (".par", ".rec"):
        return PHILIPS
    return None


def looks_like_text(start: bytes) -> str | None:
    """'JSON' or 'text' where these bytes are nothing but characters, else None."""
    if not start or any(byte < 9 or 13 < byte < 32 for byte in start):
        return None
    return "JSON" if start.lstrip()[:1] in (b"{", b"[") else "text"
