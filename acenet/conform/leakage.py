"""What conformed scans say about a split: scans in it twice, structures nobody can learn, heads of two kinds."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from acenet.conform.manifest import Manifest, read_manifest
from acenet.errors import InputError
from acenet.protocols import Protocol

logger = logging.getLogger(__name__)

STRIPPED, WHOLE = 0.15, 0.35
"""Bounds of a scan's voxels outside the brain mask per voxel of it."""
SHOWN = 3  # subjects of a kind in a message


def read_manifests(folders: Sequence[Path]) -> dict[str, Manifest]:
    """conform.json of each folder of a conformed scan, by subject.

    Raises
    ------
    InputError
        For one that is none.
    """
    return {folder.name: read_manifest(folder) for folder in folders}


def require_disjoint(split: Mapping[str, str], manifests: Mapping[str, Manifest]) -> None:
    """Raise InputError where one scan is in two parts of a split, under two names.

    Compared are the SHA-256 of the raw images and labels, and that of the grey levels, which is the same for a scan
    that was stored again in another type, order of axes or compression. Twice within a part is a warning.
    """
    holders: dict[str, dict[str, str]] = defaultdict(dict)
    for subject in split:
        for name, checksum in _checksums(manifests[subject]).items():
            holders[checksum].setdefault(subject, name)
    for named in holders.values():
        subjects = sorted(named)
        if len(subjects) < 2:
            continue
        places = ", ".join(f"{s} ({split[s]}: {named[s]})" for s in subjects)
        if len({split[s] for s in subjects}) > 1:
            raise InputError("split", expected="each scan in one part", found=f"the same data in {places}")
        logger.warning("the same data in %s", places)


def report_missing(
    split: Mapping[str, str], manifests: Mapping[str, Manifest], protocols: Sequence[Protocol]
) -> list[str]:
    """Log and return structures that no training scan has: their classes stay, and nobody can learn them."""
    training = [subject for subject, part in split.items() if part == "train"]
    found = []
    for protocol in protocols:
        present = {
            index for s in training for index, n in manifests[s].voxels.get(protocol.name, {}).items() if n
        }
        missing = [s.name for s in protocol.structures if s.evaluated and str(s.index) not in present]
        if missing:
            found.append(f"{protocol.name}: no training scan has {', '.join(missing)}")
            logger.warning("%s", found[-1])
    return found


def report_mixed_heads(manifests: Mapping[str, Manifest]) -> str:
    """Log and return that some scans are whole heads and others stripped; '' where all are alike, or it is not known.

    Networks learn from one kind what the other does not show. Whole heads have more than half as many voxels outside
    the brain mask as in it, cropped ones too; stripped ones, whatever their mask, hardly any. Between is neither.
    """
    known = {subject: one.head_outside_mask for subject, one in manifests.items()}
    whole = sorted(subject for subject, share in known.items() if share is not None and share > WHOLE)
    stripped = sorted(subject for subject, share in known.items() if share is not None and share < STRIPPED)
    if not whole or not stripped:
        return ""
    found = f"{len(whole)} scans are whole heads ({_some(whole)}), {len(stripped)} are stripped ({_some(stripped)})"
    logger.warning("images of two kinds: %s", found)
    return found


def _some(subjects: Sequence[str]) -> str:
    return ", ".join(subjects[:SHOWN]) + (", ..." if len(subjects) > SHOWN else "")


def _checksums(manifest: Manifest) -> dict[str, str]:
    """Checksums that two scans must not share, by what they are of: not the mask, which one template's may be."""
    masks = {file["path"] for role, file in manifest.read.items() if role == "mask"}
    others = {path: checksum for path, checksum in manifest.sha256.items() if path not in masks}
    return ({"image": manifest.image_sha256} if manifest.image_sha256 else {}) | others
