"""Bring a subject onto the conformed grid: image (as `mri_convert --conform`), class maps, brain mask."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from acenet.conform.freesurfer import conform_with_freesurfer
from acenet.conform.load_scan import Scan, load_scan
from acenet.conform.manifest import NAME, Manifest, write_manifest
from acenet.conform.replaced import seen_file
from acenet.datasets.subject import Subject
from acenet.errors import InputError
from acenet.files.checksums import digests_of, sha256_of
from acenet.imaging.grid import Grid, field_centre, holds_field, on_voxel, share_outside, voxels_outside
from acenet.imaging.io import Reading, Volume, write_uint8
from acenet.imaging.masks import box_centre, top_of_head, top_of_head_centre
from acenet.imaging.plausibility import field_doubts, require_labels_kept
from acenet.imaging.resample import resample_linear, resample_nearest, to_uint8
from acenet.protocols import Protocol, load_protocol
from acenet.protocols.tally import tally

__all__ = ["Grid", "conform_image", "conform_subject"]

logger = logging.getLogger(__name__)

FloatArray = NDArray[np.float64]
orientations: Any = nib.orientations  # nibabel is typed only in part
Tool = Literal["builtin", "mri_convert"]
MAX_LOST = 0.001  # of the labelled voxels, outside the papers' field of 256 mm
SHOWN = 5  # names in a note
SAID_CUT = 0.01  # of a brain mask or the upper head: what lies outside the grid beyond this is noted


def conform_subject(
    subject: Subject,
    *,
    root: str | PathLike[str],
    grid: Grid,
    protocols: Sequence[str] = (),
    out_dir: str | PathLike[str],
    mask_origin: str | None = None,
    reading: Reading | None = None,
    tool: Tool = "builtin",
) -> Manifest:
    """Write image.nii, brainmask.nii, one <protocol>.nii for each of `protocols`, and conform.json.

    `protocols` are names of packaged protocols or paths of tables. A subject without labels gets no class maps,
    and a mask only if it has one. `tool` converts the image; labels and masks are sampled here either way.
    conform.json is written last: where it is, everything else is. Returns its content. `mask_origin` says what
    made the subject's mask where that was not its provider; such a mask is no input whose checksum is kept.

    Raises
    ------
    InputError
        For whatever `load_scan` refuses, a field that no head has, labels outside the papers' field, and labels of
        which most lie outside the grid.
    """
    folder, out = Path(root), Path(out_dir)
    out.mkdir(parents=True, exist_ok=True)
    (out / NAME).unlink(missing_ok=True)
    loaded = {one.name: one for one in map(load_protocol, protocols)}
    scan = load_scan(subject, folder, list(loaded.values()), reading)
    size_doubts = field_doubts(scan.image.path, scan.image.array.shape, scan.image.affine, grid.field_mm)
    grey, grey_scale = to_uint8(scan.image.array)
    centre, centre_origin = _centre(scan, grid, grey)
    target = grid.affine_around(centre)
    lost = _lost(scan, grid, target)
    doubts = [*size_doubts, *_cut(scan, grid, target, grey, lost)]
    image = _image(scan.image, grey, grid=grid, target=target, tool=tool)
    write_uint8(out / "image.nii", image, target)
    voxels: dict[str, dict[str, int]] = {}
    for name, classes in scan.class_maps.items():
        sampled = resample_nearest(classes, scan.image.affine, target, shape=grid.shape)
        present, counts = np.unique(sampled, return_counts=True)
        voxels[name] = dict(zip(map(str, present.tolist()), counts.tolist(), strict=True))
        doubts += _vanished(loaded[name], classes, set(present.tolist()))
        write_uint8(out / f"{name}.nii", sampled, target)
    outside = None
    if scan.mask is not None:
        mask = resample_nearest(scan.mask.array, scan.mask.affine, target, shape=grid.shape)
        outside = head_outside_mask(image, mask)
        write_uint8(out / "brainmask.nii", mask, target)
    for doubt in doubts:
        logger.warning("%s: %s", scan.image.path, doubt)
    files = _raw_files(replace(subject, mask=None) if mask_origin else subject)
    manifest = Manifest(
        subject=subject.id,
        grid=asdict(grid),
        affine=target.tolist(),
        protocols=list(scan.class_maps),
        mask=mask_origin or scan.mask_origin,
        sha256={path.as_posix(): sha256_of(folder / path) for path in files.values()},
        written=digests_of(sorted(out.glob("*.nii"))),
        read={role: seen_file(folder, path) for role, path in files.items()},
        group=subject.group,
        centre=centre_origin,
        tool=tool,
        grey_scale=asdict(grey_scale),
        voxels=voxels,
        label_voxels_lost=lost,
        labels_outside_grid=lost / max(1, int(np.count_nonzero(scan.labelled))),
        labels_outside_mask=scan.labels_outside_mask,
        head_outside_mask=outside,
        image_sha256=hash_of_image(grey, scan.image.affine),
        source_shape=list(scan.image.array.shape),
        source_affine=scan.image.affine.tolist(),
        notes=[*scan.notes, *(f"{subject.image.name}: {doubt}" for doubt in doubts)],
    )
    write_manifest(out, manifest)
    return manifest


def conform_image(image: Volume, grid: Grid) -> tuple[NDArray[np.uint8], FloatArray]:
    """An image alone on the grid around its field's centre, as `mri_convert --conform` has it; and the affine."""
    grey, _ = to_uint8(image.array)
    target = grid.affine_around(field_centre(image.array.shape, image.affine))
    return resample_linear(grey, image.affine, target, shape=grid.shape), target


def head_outside_mask(image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> float | None:
    """How many voxels outside a brain mask are brighter than a fifth of the brain, per voxel of the mask.

    Parameters
    ----------
    image, mask
        (X, Y, Z) on one grid. None for an empty mask or a brain that is black.
    """
    inside = mask > 0
    middle = float(np.median(image[inside])) if inside.any() else 0.0
    if not middle:
        return None
    return round(int(np.count_nonzero((image > middle / 5) & ~inside)) / int(np.count_nonzero(inside)), 4)


def hash_of_image(grey: NDArray[np.uint8], affine: FloatArray) -> str:
    """SHA-256 of a scan's grey levels (I, J, K), the same in whatever type and order of axes they are stored."""
    upright: NDArray[np.uint8] = orientations.apply_orientation(grey, orientations.io_orientation(affine))
    return hashlib.sha256(str(upright.shape).encode() + upright.tobytes(order="F")).hexdigest()


def _image(
    image: Volume, grey: NDArray[np.uint8], *, grid: Grid, target: FloatArray, tool: Tool
) -> NDArray[np.uint8]:
    if tool == "builtin":
        return resample_linear(grey, image.affine, target, shape=grid.shape)
    if grid != Grid():
        raise InputError(
            "conform, tool", expected="builtin for grids other than 256^3 at 1 mm", found="mri_convert"
        )
    return conform_with_freesurfer(image, target)


def _centre(scan: Scan, grid: Grid, grey: NDArray[np.uint8]) -> tuple[FloatArray, str]:
    """RAS mm (3,) for the grid's centre voxel, and what it is the centre of."""
    affine = scan.image.affine
    if grid.centre == "field":
        return field_centre(scan.image.array.shape, affine), "field of view"
    if scan.mask is not None:
        return on_voxel(box_centre(scan.mask.array, scan.mask.affine), affine), "brain mask"
    logger.warning("%s: no brain mask; the grid is centred on the upper part of the head", scan.image.path)
    return on_voxel(top_of_head_centre(grey, affine), affine), "top of the head"


def _lost(scan: Scan, grid: Grid, target: FloatArray) -> int:
    """Labelled voxels outside the grid: more than 0.1 % of them is an error, most of them even on cropped grids."""
    total = int(np.count_nonzero(scan.labelled))
    lost = voxels_outside(scan.labelled, scan.image.affine, target, grid.shape)
    if lost > MAX_LOST * total and grid.centre == "field":
        raise InputError(
            scan.image.path,
            expected=f"99.9 % of the labels within the {grid.field_mm} mm around the centre",
            found=f"{lost} of {total} voxels ({lost / total:.2%}) outside",
        )
    require_labels_kept(scan.image.path, lost, total)
    return lost


def _cut(scan: Scan, grid: Grid, target: FloatArray, grey: NDArray[np.uint8], lost: int) -> Iterator[str]:
    """What lies outside the grid: of the labels, of the brain mask, or else of the upper head."""
    if lost:
        share = lost / np.count_nonzero(scan.labelled)
        yield f"{lost} labelled voxels ({share:.2%}) lie outside the grid"
    if scan.mask is not None:
        cut, what = share_outside(scan.mask.array > 0, scan.mask.affine, target, grid.shape), "brain mask"
    elif holds_field(target, grid, scan.image.affine, scan.image.array.shape):
        return
    else:
        upper = top_of_head(grey, scan.image.affine)
        cut, what = share_outside(upper, scan.image.affine, target, grid.shape), "upper head"
    if cut > SAID_CUT:
        yield f"{cut:.0%} of the {what} lies outside the grid"


def _vanished(protocol: Protocol, classes: NDArray[np.uint8], present: set[int]) -> Iterator[str]:
    """Structures of a class map (I, J, K) that no voxel of the grid has, where it is coarser than they are small."""
    before = tally(classes, protocol.n_classes)
    gone = [one for one in protocol.structures if before[one.index] and one.index not in present]
    if gone:
        shown = [f"{one.name} ({before[one.index]} voxels of the scan)" for one in gone[:SHOWN]]
        more = f" and {len(gone) - SHOWN} more" if len(gone) > SHOWN else ""
        yield f"structures of {protocol.name} without a voxel on the grid: {', '.join(shown)}{more}"


def _raw_files(subject: Subject) -> dict[str, Path]:
    """The raw files that are read, relative to the root, by role."""
    files = {"image": subject.image, "labels": subject.labels, "mask": subject.mask}
    return {role: path for role, path in files.items() if path is not None}
