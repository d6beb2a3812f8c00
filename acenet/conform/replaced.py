"""Whether raw files are those that a conformed scan was made of, whatever their dates say.

`cp -p`, `rsync -a` and backups put older files in the place of newer ones; a checkout or a copy gives the same files
new dates. So contents are compared, by the SHA-256 of conform.json; files are read only where size or time of change
are not those that conform.json keeps.
"""

from pathlib import Path
from typing import Literal

from acenet.conform.manifest import ReadFile, read_manifest
from acenet.errors import InputError
from acenet.files.checksums import sha256_of

State = Literal["same", "replaced", "unknown"]


def seen_file(root: Path, path: Path) -> ReadFile:
    """What a conformed scan's record keeps of a raw file, beside its SHA-256, to know it again without reading it."""
    status = (root / path).stat()
    return {"path": path.as_posix(), "bytes": status.st_size, "mtime_ns": status.st_mtime_ns}


def compared(folder: Path, root: Path) -> State:
    """Whether the raw files below `root` are those that the conformed scan in `folder` was made of.

    unknown: without a readable record, or without one of the files.
    """
    try:
        manifest = read_manifest(folder)
        for file in manifest.read.values():
            path = Path(file["path"])
            if seen_file(root, path) != file and sha256_of(root / path) != manifest.sha256[file["path"]]:
                return "replaced"
    except (OSError, InputError, KeyError, TypeError, AttributeError):
        return "unknown"
    return "same" if manifest.read else "unknown"
