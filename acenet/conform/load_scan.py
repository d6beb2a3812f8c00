"""Read one subject's files and see that they fit together, before anything is made of them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from nibabel.affines import voxel_sizes
from numpy.typing import NDArray

from acenet.conform.orientation import require_sides, turn_of_labels, turned
from acenet.datasets.subject import CLOSING_MM, FREESURFER_MASK, Subject
from acenet.errors import InputError
from acenet.imaging.geometry import corner_distance
from acenet.imaging.io import (
    Reading,
    Volume,
    read_image,
    read_labels,
    read_mask,
    require_same_grid,
)
from acenet.imaging.masks import mask_from_labels, require_covers
from acenet.imaging.plausibility import mask_doubts
from acenet.imaging.resample import resample_nearest
from acenet.protocols import Protocol

logger = logging.getLogger(__name__)

SWITCH = " (reading: {affine_mismatch: image} would let the image tell where it lies)"


@dataclass(frozen=True)
class Scan:
    """What a subject's files hold, verified against each other.

    image (I, J, K); class_maps and labelled (I, J, K) on its grid; mask on a grid of its own where it is
    FreeSurfer's. mask_origin : FreeSurfer, supplied, supplied and closed, derived from labels, or None. notes :
    doubts and repairs.
    """

    image: Volume
    class_maps: Mapping[str, NDArray[np.uint8]]
    labelled: NDArray[np.bool_]
    mask: Volume | None
    mask_origin: str | None
    labels_outside_mask: float
    notes: tuple[str, ...]


def load_scan(
    subject: Subject, folder: Path, protocols: Sequence[Protocol], reading: Reading | None = None
) -> Scan:
    """Read a subject's files below `folder`, encode its labels in each protocol, and check them.

    Raises
    ------
    InputError
        For damaged files, differing grids, ids outside a protocol, headers that the labels contradict, swapped sides,
        empty label maps, and masks that exclude labels.
    """
    how = reading or Reading()
    image = read_image(folder / subject.image, how)
    notes = [f"{subject.image.name}: {note}" for note in image.notes]
    labels = None
    if subject.labels is not None:
        labels = _on_grid_of(image, read_labels(folder / subject.labels, how), how, notes)
    mask, origin = _mask(subject, folder, labels, how)
    if mask is not None and origin == "supplied":
        mask = _on_grid_of(image, mask, how, notes)
        if subject.close_mask:
            mask, origin = _closed(mask, notes), f"supplied, closed by {CLOSING_MM:g} mm"
    if labels is not None and protocols:
        image, labels, mask = _upright(
            image, labels, mask, subject=subject, protocol=protocols[0], notes=notes
        )
    class_maps, labelled = _encode(image, labels, protocols)
    excluded = 0.0
    if mask is not None:
        on_image = _sampled_like(image, mask)
        excluded = require_covers(on_image, labelled, mask.path)
        what = "labels, closed and filled," if origin == "derived from labels" else "a brain mask"
        notes += [f"{mask.path.name}: {note}" for note in mask_doubts(mask.path, on_image, what)]
    return Scan(image, class_maps, labelled, mask, origin, excluded, tuple(notes))


def _encode(
    image: Volume, labels: Volume | None, protocols: Sequence[Protocol]
) -> tuple[dict[str, NDArray[np.uint8]], NDArray[np.bool_]]:
    """Class maps (I, J, K) by protocol, and where any of them has a structure."""
    class_maps: dict[str, NDArray[np.uint8]] = {}
    labelled = np.zeros(image.array.shape, dtype=bool, order="F")
    if labels is None:
        return class_maps, labelled
    for protocol in protocols:
        classes = protocol.encode(labels.array, labels.path)
        require_sides(protocol, classes, affine=labels.affine, where=labels.path)
        class_maps[protocol.name] = classes
        labelled |= classes > 0
    if class_maps and not labelled.any():
        raise InputError(labels.path, expected=f"labels of {', '.join(class_maps)}", found="background only")
    return class_maps, labelled


def _on_grid_of(image: Volume, other: Volume, reading: Reading, notes: list[str]) -> Volume:
    """`other`, which must lie on the image's grid; or is said to, where the configuration wants it so."""
    if reading.affine_mismatch == "image" and image.array.shape == other.array.shape:
        offset = corner_distance(image.affine, other.affine, image.array.shape)
        if offset > 0:
            notes.append(f"{other.path.name}: a corner {offset:.4g} mm away; the image's affine is taken")
        return replace(other, affine=image.affine)
    require_same_grid(image, other, advice=SWITCH)
    return replace(other, affine=image.affine)  # the same but for rounding


def _mask(
    subject: Subject, folder: Path, labels: Volume | None, reading: Reading
) -> tuple[Volume | None, str | None]:
    """FreeSurfer's mask or the supplied one, else one derived from the labels, else none; and which it is."""
    if subject.mask is not None:
        origin = "FreeSurfer" if subject.mask.name == FREESURFER_MASK else "supplied"
        return read_mask(folder / subject.mask, reading), origin
    if labels is None:
        return None, None
    return replace(labels, array=mask_from_labels(labels.array, _zooms(labels))), "derived from labels"


def _closed(mask: Volume, notes: list[str]) -> Volume:
    """A provider's mask that leaves the sulci out, closed and filled as one from labels is."""
    closed = mask_from_labels(mask.array, _zooms(mask))
    before = int(np.count_nonzero(mask.array))
    if before:  # an empty mask is refused later, by its name
        added = int(np.count_nonzero(closed)) / before - 1
        notes.append(f"{mask.path.name}: closed by {CLOSING_MM:g} mm and filled, which adds {added:.1%}")
    return replace(mask, array=closed)


def _zooms(volume: Volume) -> NDArray[np.float64]:
    """Lengths (3,) of a voxel's edges in mm."""
    zooms: NDArray[np.float64] = voxel_sizes(volume.affine)
    return zooms


def _upright(
    image: Volume,
    labels: Volume,
    mask: Volume | None,
    *,
    subject: Subject,
    protocol: Protocol,
    notes: list[str],
) -> tuple[Volume, Volume, Volume | None]:
    """The volumes as the labels say they lie, where headers are known to be wrong; else a refusal."""
    turn = turn_of_labels(labels.array, protocol, labels.affine)
    if turn is None or (turn == np.eye(3)).all():
        return image, labels, mask
    axes = ", ".join(
        f"{name} is the header's {'-' if row.sum() < 0 else ''}{'xyz'[int(np.abs(row).argmax())]}"
        for name, row in zip(("x", "y", "z"), turn, strict=True)
    )
    if not subject.mend_header:
        raise InputError(
            labels.path, expected="a header that agrees with the labels", found=f"a turned one: {axes}"
        )
    logger.warning("%s: the header contradicts the labels and is mended: %s", labels.path, axes)
    notes.append(f"header mended from the labels: {axes}")
    affine = turned(image.affine, turn, image.array.shape)
    if mask is not None and mask.path.name != FREESURFER_MASK:
        mask = replace(mask, affine=affine)
    return replace(image, affine=affine), replace(labels, affine=affine), mask


def _sampled_like(image: Volume, mask: Volume) -> NDArray[np.uint8]:
    """A mask on the image's grid."""
    if mask.array.shape == image.array.shape and np.allclose(mask.affine, image.affine, atol=1e-6):
        sampled: NDArray[np.uint8] = mask.array
        return sampled
    return resample_nearest(mask.array, mask.affine, image.affine, shape=image.array.shape)
