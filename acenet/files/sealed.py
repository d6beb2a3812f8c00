"""Files of tensors and plain values that end with the SHA-256 of all that stands before it.

Such a file stays what `torch.save` wrote, a zip archive, which readers find from its end: `torch.load` reads it as it
is. torch checks nothing of what it reads; a flipped bit in a weight would become another weight without a word.
"""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from acenet.errors import InputError
from acenet.files.atomic import replacing

MARK = b"\nacenet-sha256:"
SEAL_LENGTH = len(MARK) + 64 + 1  # the digest in hexadecimal, and a line's end


@dataclass(frozen=True)
class Sealed:
    """What a file holds, and its digest; None for a file without one, as versions before 0.2 wrote them."""

    content: Any
    digest: str | None


def write_sealed(path: Path, content: object) -> str:
    """Write tensors and plain values in place of what `path` held; returns the digest. Equal content, equal bytes."""
    buffer = io.BytesIO()  # a file's own name would become part of what is saved
    torch.save(content, buffer)
    payload = buffer.getvalue()
    digest = hashlib.sha256(payload).hexdigest()
    with replacing(path) as temporary:
        temporary.write_bytes(payload + MARK + digest.encode() + b"\n")
    return digest


def read_sealed(path: Path, *, what: str = "a trained model") -> Sealed:
    """What `path` holds, onto the CPU; nothing in the file is executed.

    `what` names in messages what the file should be. A file without a digest is read if the archive's own checksums
    agree; whether to take it is for the caller to say.

    Raises
    ------
    InputError
        No such file, another digest than the file's own, or nothing that torch reads without executing it.
    """
    if not path.is_file():
        raise InputError(path, expected=what, found=kind_of(path))
    content = path.read_bytes()
    digest = _verified_digest(path, content)
    payload = content if digest is None else content[:-SEAL_LENGTH]
    try:
        if digest is None and (damaged := zipfile.ZipFile(io.BytesIO(payload)).testzip()):
            raise InputError(path, expected="an intact file", found=f"damage in {damaged}")
        loaded = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except InputError:
        raise
    except Exception as error:  # torch and zipfile raise many kinds for a damaged or foreign file
        found = f"an unreadable file ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
        raise InputError(path, expected=what, found=found) from error
    return Sealed(loaded, digest)


def kind_of(path: Path) -> str:
    """What a path is that is no file, in words."""
    if path.is_dir():
        return "a folder"
    return "neither a file nor a folder" if path.exists() else "no such file"


def _verified_digest(path: Path, content: bytes) -> str | None:
    """The digest at the end of a file, found to be right; None where there is none."""
    seal = content[-SEAL_LENGTH:]
    if not seal.startswith(MARK):
        return None
    found = hashlib.sha256(content[:-SEAL_LENGTH]).hexdigest()
    if seal != MARK + found.encode() + b"\n":
        stated = seal[len(MARK) :].strip().decode("ascii", "replace")
        raise InputError(
            path, expected=f"SHA-256 {stated}, as the file itself says", found=f"{found}: it is damaged"
        )
    return found
