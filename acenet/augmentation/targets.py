"""Brings a target of augmentation, an image without labels, onto the conformed grid."""

import logging
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from nibabel.affines import voxel_sizes
from scipy import ndimage

from acenet.augmentation.ants_bridge import register, sample
from acenet.augmentation.checks import UPRIGHT_MM, require_upright
from acenet.augmentation.failures import recording
from acenet.augmentation.prepare import SMOOTHING, coarsen, to_register
from acenet.augmentation.settings import Registration
from acenet.augmentation.warp import load
from acenet.conform.subject import conform_subject
from acenet.datasets.subject import Subject
from acenet.imaging.grid import Grid
from acenet.imaging.io import Volume, read_image, write_uint8
from acenet.imaging.masks import top_of_head_centre
from acenet.imaging.resample import resample_linear, to_uint8

logger = logging.getLogger(__name__)

FIELD_MM = 232.0  # around the upper part of a head: all of any brain, wherever in the head it lies
SPACING_MM = 4.0


def conform_target(
    subject: Subject, *, root: Path, grid: Grid, atlas: Path, out: Path, seed: int, on_failure: str
) -> None:
    """Write image.nii, brainmask.nii and conform.json of a target to folder `out`, or failed.json.

    Where the target has no brain mask, one is derived: that of the conformed scan `atlas`, registered at 4 mm.
    It centres grids that are smaller than a head and gives the checks one more opinion on where the brain is;
    nothing is trained on it.
    """
    with recording(out, on_failure), tempfile.TemporaryDirectory(prefix="acenet-target-") as scratch:
        image = read_image(root / subject.image)
        grey = Volume(to_uint8(image.array)[0], image.affine, image.path)
        reference = load(atlas, "image")
        require_upright(coarsen(grey, UPRIGHT_MM), to_register(reference, UPRIGHT_MM))
        origin = None
        if subject.mask is None:
            mask = Path(scratch, "brainmask.nii").resolve()
            derive_mask(grey, atlas, mask, seed=seed)
            subject, origin = replace(subject, mask=mask), f"warped from training scan {atlas.name}"
        conform_subject(subject, root=root, grid=grid, out_dir=out, mask_origin=origin)


def derive_mask(target: Volume, atlas: Path, path: Path, *, seed: int) -> None:
    """Write the brain mask of a conformed scan, registered at 4 mm, on the target's own grid to `path`."""
    with tempfile.TemporaryDirectory(prefix="acenet-mask-") as scratch:
        settings = Registration(transform="SyN", spacing_mm=SPACING_MM, seed=seed)
        fixed = upper_head(target)
        moving = coarsen(load(atlas, "image"), SPACING_MM)
        transforms = register(fixed, moving, settings, folder=Path(scratch))
        mask = sample(load(atlas, "brainmask"), target, transforms, interpolation="nearestNeighbor")
    write_uint8(path, np.asfortranarray(mask > 0.5).astype(np.uint8), target.affine)


def upper_head(target: Volume) -> Volume:
    """The field around the upper part of the head, without the neck, on an LIA grid of 4 mm."""
    zooms = voxel_sizes(target.affine)
    sides = round(FIELD_MM / SPACING_MM)
    shape = (sides, sides, sides)
    onto = Grid(shape, SPACING_MM).affine_around(top_of_head_centre(target.array, target.affine))
    smooth = ndimage.gaussian_filter(target.array, np.maximum(SMOOTHING * SPACING_MM / zooms, 0))
    return Volume(resample_linear(smooth, target.affine, onto, shape=shape), onto, target.path)
