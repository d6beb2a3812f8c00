"""The public copy of 2012 MALC: the papers' 30 scans as an R package holds them, each file under a pinned id.

R package malf.templates 1.2.0 by John Muschelli; of each scan the head (cropped, without neck), the same stripped,
the labels with the challenge's ids, and a brain mask, all on one grid of 1 mm, axes LAS.
"""

import csv
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from acenet.datasets.listing import some
from acenet.datasets.malc import FOLDERS, official_split, raw_subject
from acenet.datasets.subject import Subject
from acenet.errors import InputError
from acenet.files.checksums import git_blob_of, sha256_of

Kind = Literal["head", "brain", "labels", "mask"]
Images = Literal["head", "stripped"]

COMMIT = "ab259cebdbb44a9fd2c9cc1597cee8ea329c8cc1"
ADDRESS = f"https://raw.githubusercontent.com/muschellij2/malf.templates/{COMMIT}/inst/extdata/{{name}}"
PAGE = f"https://github.com/muschellij2/malf.templates/tree/{COMMIT}/inst/extdata"
CREDIT = (
    "2012 MALC is under CC BY-NC: non-commercial use only. MRI scans originate from the OASIS project; labels provided "
    "by Neuromorphometrics, Inc. (http://Neuromorphometrics.com/) under academic subscription."
)
NOTICE = f"""\
{CREDIT}

These scans are not part of this project and not under its licence. They are the training and test scans of the MICCAI
2012 Grand Challenge and Workshop on Multi-Atlas Labelling, as the R package malf.templates 1.2.0 holds them
({PAGE}).
The challenge's terms:

  The data will be released under the Creative Commons Attribution-NonCommercial (CC BY-NC) with no end date. Users
  should credit the MRI scans as originating from the OASIS project and the labeled data as "provided by
  Neuromorphometrics, Inc. (http://Neuromorphometrics.com/) under academic subscription". These references should be
  included in all workshop and final publications.

https://creativecommons.org/licenses/by-nc/4.0/ explains the licence. Networks trained on the scans inherit it.
"""


@dataclass(frozen=True)
class PublicFile:
    """One file of the public copy. size and sha256 are None for heads, of which only git's id is known."""

    subject: str
    kind: Kind
    name: str
    git_blob: str
    size: int | None
    sha256: str | None


@functools.cache
def public_files() -> Mapping[tuple[str, str], PublicFile]:
    """The 120 files by subject and kind."""
    text = resources.files("acenet.datasets").joinpath("malc_files.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader((line for line in text.splitlines() if not line.startswith("#")), delimiter="\t")
    found = {}
    for row in rows:
        key = row["subject"], row["kind"]
        size = int(row["bytes"]) if row["bytes"] else None
        found[key] = PublicFile(*key, row["file"], row["git_blob_sha1"], size, row["sha256"] or None)  # type: ignore[arg-type]
    return MappingProxyType(found)


def files_of(subject: str, images: Images) -> dict[str, PublicFile]:
    """The image (head or stripped), labels and mask of a scan."""
    kinds = {"image": "head" if images == "head" else "brain", "labels": "labels", "mask": "mask"}
    files = public_files()
    if (subject, "labels") not in files:
        raise InputError(
            f"MALC subject {subject}", expected="a scan of the public copy", found="none of them"
        )
    return {role: files[subject, kind] for role, kind in kinds.items()}


def subjects() -> list[Subject]:
    """The papers' 15 training and 15 test scans, each with a mask, in the challenge's own folders."""
    return [raw_subject(scan) for scan, split in official_split().items() if split in FOLDERS]


def require_one_kind(found: Sequence[Subject], root: Path) -> None:
    """Refuse a folder that holds some scans of the public copy with skull and some stripped.

    Only files that are certainly either count, by their checksums; they are read only where sizes differ in kind.
    """
    files = public_files()
    pinned = [scan for scan in found if (scan.id, "brain") in files]
    like_stripped = {
        scan.id for scan in pinned if (root / scan.image).stat().st_size == files[scan.id, "brain"].size
    }
    if len(like_stripped) in (0, len(pinned)):
        return
    stripped = [
        scan.id
        for scan in pinned
        if scan.id in like_stripped and sha256_of(root / scan.image) == files[scan.id, "brain"].sha256
    ]
    heads = [
        scan.id
        for scan in pinned
        if scan.id not in stripped and git_blob_of(root / scan.image) == files[scan.id, "head"].git_blob
    ]
    if stripped and heads:
        raise InputError(
            root,
            expected="images of one kind: all with skull, or all stripped",
            found=f"{len(heads)} with skull ({some(heads)}) and {len(stripped)} stripped ({some(stripped)})",
        )
