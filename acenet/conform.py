"""Bring a subject onto the conformed grid: image (as `mri_convert --conform`), class maps, brain mask."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acenet.atomic import replacing
from acenet.datasets.subject import Subject
from acenet.errors import InputError
from acenet.grid import Grid, field_centre, fraction_outside, on_voxel
from acenet.masks import box_centre, mask_from_labels, require_covers, top_of_head_centre
from acenet.protocols import Protocol, load_protocol
from acenet.resample import resample_linear, resample_nearest, to_uint8
from acenet.volumes import Volume, read_image, read_labels, read_mask, require_same_grid, write_uint8

__all__ = ["Grid", "conform_subject", "require_sides"]

log = logging.getLogger(__name__)

FloatArray = NDArray[np.float64]
MAX_LOST = 0.001  # of the labelled volume, outside the papers' field of 256 mm


@dataclass(frozen=True)
class Scan:
    """What a subject's files hold, on the scan's own grid (I, J, K) and verified against each other."""

    image: Volume
    class_maps: Mapping[str, NDArray[np.uint8]]
    labelled: NDArray[np.bool_]
    mask: Volume | None
    mask_origin: str | None
    labels_outside_mask: float


def conform_subject(
    subject: Subject,
    *,
    root: str | PathLike[str],
    grid: Grid,
    protocols: Sequence[str] = (),
    out_dir: str | PathLike[str],
    mask_origin: str | None = None,
) -> dict[str, Any]:
    """Write image.nii, brainmask.nii, one <protocol>.nii for each of `protocols`, and conform.json.

    A subject without labels gets no class maps, and a mask only if it has one. conform.json is written last:
    where it is, everything else is. Returns its content. `mask_origin` says what made the subject's mask where
    that was not its provider; such a mask is no input whose checksum is kept.

    Raises InputError for damaged files, differing grids, ids outside a protocol, a mask that excludes labels,
    labels outside the papers' field, and swapped sides.
    """
    folder, out = Path(root), Path(out_dir)
    out.mkdir(parents=True, exist_ok=True)
    (out / "conform.json").unlink(missing_ok=True)
    scan = load_scan(subject, folder, protocols)
    given = subject if mask_origin is None else replace(subject, mask=None)
    affine = scan.image.affine
    grey, grey_scale = to_uint8(scan.image.array)
    centre, centre_origin = _centre(scan, grid, grey)
    target = grid.affine_around(centre)
    lost = _lost(scan, grid, target)

    write_uint8(out / "image.nii", resample_linear(grey, affine, target, shape=grid.shape), target)
    to_sample = dict(scan.class_maps)
    if scan.mask is not None:
        to_sample["brainmask"] = scan.mask.array
    for name, values in to_sample.items():
        write_uint8(out / f"{name}.nii", resample_nearest(values, affine, target, shape=grid.shape), target)
    manifest = {
        "subject": subject.id,
        "group": subject.group,
        "grid": asdict(grid),
        "centre": centre_origin,
        "affine": target.tolist(),
        "source_shape": list(scan.image.array.shape),
        "source_affine": affine.tolist(),
        "grey_scale": asdict(grey_scale),
        "protocols": list(scan.class_maps),
        "mask": mask_origin or scan.mask_origin,
        "labels_outside_mask": scan.labels_outside_mask,
        "labels_outside_grid": lost,
        "sha256": _checksums(given, folder),
    }
    with replacing(out / "conform.json") as temporary:
        temporary.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return manifest


def load_scan(subject: Subject, folder: Path, protocols: Sequence[str]) -> Scan:
    """Read a subject's files, encode its labels in each protocol, and check that everything fits together."""
    image = read_image(folder / subject.image)
    class_maps: dict[str, NDArray[np.uint8]] = {}
    labels = None
    if subject.labels is not None:
        labels = read_labels(folder / subject.labels)
        require_same_grid(image, labels)
        for name in protocols:
            class_maps[name] = load_protocol(name).encode(labels.array, labels.path)
            require_sides(load_protocol(name), class_maps[name], affine=labels.affine, where=labels.path)
    labelled = np.zeros(image.array.shape, dtype=bool, order="F")
    for classes in class_maps.values():
        labelled |= classes > 0
    if labels is not None and class_maps and not labelled.any():
        raise InputError(labels.path, expected=f"labels of {', '.join(class_maps)}", found="background only")
    mask, origin = _mask(subject, folder, labels)
    excluded = 0.0
    if mask is not None:
        require_same_grid(image, mask)
        excluded = require_covers(mask.array, labelled, mask.path)
    return Scan(image, class_maps, labelled, mask, origin, excluded)


def require_sides(
    protocol: Protocol, class_map: NDArray[np.uint8], *, affine: FloatArray, where: str | PathLike[str]
) -> None:
    """Raise InputError where left structures of a class map (I, J, K) lie to the right of right ones.

    Compares the mean RAS x of all voxels of either side: labels or header would be flipped.
    """
    means = {}
    for side in "LR":
        table = np.zeros(protocol.n_classes, dtype=bool)
        table[[structure.index for structure in protocol.structures if structure.hemisphere == side]] = True
        members = table[class_map]
        counts = [members.sum(axis=other) for other in ((1, 2), (0, 2), (0, 1))]
        if not counts[0].any():
            return
        place = np.array([count @ np.arange(count.size) / count.sum() for count in counts])
        means[side] = float(affine[0, :3] @ place + affine[0, 3])
    if means["L"] >= means["R"]:
        raise InputError(
            where,
            expected=f"left structures of {protocol.name} to the left of right ones",
            found=f"mean x of {means['L']:.1f} mm (left) and {means['R']:.1f} mm (right): sides are swapped",
        )


def _mask(subject: Subject, folder: Path, labels: Volume | None) -> tuple[Volume | None, str | None]:
    """The supplied mask, else one derived from the labels, else none; and which of these it is."""
    if subject.mask is not None:
        return read_mask(folder / subject.mask), "supplied"
    if labels is None:
        return None, None
    zooms = np.linalg.norm(labels.affine[:3, :3], axis=0)
    return Volume(mask_from_labels(labels.array, zooms), labels.affine, labels.path), "derived from labels"


def _centre(scan: Scan, grid: Grid, grey: NDArray[np.uint8]) -> tuple[FloatArray, str]:
    """RAS mm (3,) for the grid's centre voxel, and what it is the centre of."""
    affine = scan.image.affine
    if grid.centre == "field":
        return field_centre(scan.image.array.shape, affine), "field of view"
    if scan.mask is not None:
        return on_voxel(box_centre(scan.mask.array, affine), affine), "brain mask"
    log.warning("%s: no brain mask; the grid is centred on the upper part of the head", scan.image.path)
    return on_voxel(top_of_head_centre(grey, affine), affine), "top of the head"


def _lost(scan: Scan, grid: Grid, target: FloatArray) -> float:
    """Fraction of the labelled volume outside the grid: more than 0.1 % is an error unless it is cropped."""
    lost = fraction_outside(scan.labelled, scan.image.affine, target, grid.shape)
    if lost > MAX_LOST and grid.centre == "field":
        raise InputError(
            scan.image.path,
            expected=f"99.9 % of the labels within the {grid.field_mm} mm around the centre",
            found=f"{lost:.2%} outside",
        )
    if lost > 0:
        log.warning("%s: %.2f %% of the labelled volume lies outside the grid", scan.image.path, 100 * lost)
    return lost


def _checksums(subject: Subject, folder: Path) -> dict[str, str]:
    """SHA-256 of each input file by its path relative to the root."""
    paths = [path for path in (subject.image, subject.labels, subject.mask) if path is not None]
    return {path.as_posix(): hashlib.sha256((folder / path).read_bytes()).hexdigest() for path in paths}
