"""The base head on one lattice: the template's image, its brain mask and one label map per source.

All arrays are indexed (x, y, z) towards right, anterior, superior, 1 mm, on the template's lattice with
PAD_BELOW slices added below, where the neck fades out. The three files come on different grids; where they
lie on the same lattice, as these do, putting them together is a flip and a shift and loses nothing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from acenet.errors import InputError
from acenet.imaging.io import Volume, read_image, read_labels, read_mask, write_volume

LABELLED = frozenset({"malc", "mindboggle", "schizbull"})  # sources with a label map of the base head
WHITE = 190  # grey level of the template's white matter in the prepared head; leaves room for brighter fat
AIR = 0.12  # of white matter
PAD_BELOW = 32  # slices
CLOSING_MM = 3.0
FADE_MM = 8
DROPPED_CORTEX = (1, 4, 32, 33)  # of Desikan-Killiany, not in DKT31: bankssts, corpus callosum, two poles
CALLOSUM_AND_LESIONS = (77, 251, 252, 253, 254, 255)  # white matter in the CMA protocol
CHOROID = {31: 4, 63: 43}  # plexus lies in the lateral ventricle
CMA_KEPT = (30, 62)  # vessels: ids that occur in SchizBull's files beside the protocol's 32
CMA = (2, 3, 4, 5, 7, 8, *range(10, 19), 24, 26, 28, 41, 42, 43, 44, 46, 47, *range(49, 55), 58, 60)

Labels = NDArray[np.int16]


@dataclass(frozen=True)
class Base:
    """The base head: image (X, Y, Z) uint8 (white matter WHITE), brain 0/1, labels per source, affine."""

    head: NDArray[np.uint8]
    brain: NDArray[np.uint8]
    labels: dict[str, Labels]
    affine: NDArray[np.float64]

    @property
    def centre_mm(self) -> NDArray[np.float64]:
        """Centre of the brain mask's bounding box, in millimetres of the template."""
        low, high = index_range(self.brain)
        centre: NDArray[np.float64] = self.affine[:3, :3] @ ((low + high) / 2) + self.affine[:3, 3]
        return centre


def index_range(mask: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First and last index of the non-zero voxels along each axis, as float64 (3,) and (3,)."""
    used = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    return np.array([u[0] for u in used], float), np.array([u[-1] for u in used], float)


def load_base(folder: Path, source: str) -> Base:
    """Read what `prepare` wrote; the label map of `source` and the CMA map, which decides the contrast."""
    head = read_image(folder / "base-head.nii")
    brain = read_mask(folder / "base-brain.nii")
    names = {"schizbull", source} & LABELLED
    labels = {name: read_labels(folder / f"base-{name}.nii").array for name in sorted(names)}
    return Base(head.array, brain.array, labels, head.affine)


def prepare(folder: Path) -> None:
    """Write base-{head,brain,malc,mindboggle,schizbull}.nii beside the extracted files of `folder`."""
    template = read_image(folder / "t1.nii.gz")
    image, affine = fade_sides(pad_below(canonical(template))), padded_affine(template.affine)
    shape = image.shape
    coarse = place(read_labels(folder / "neuromorphometrics.nii.gz"), affine, shape)
    aparc = place(read_labels(folder / "aparc+aseg.nii.gz"), affine, shape)
    brain = brain_mask((coarse > 0) | (aparc > 0))
    cma = cma_labels(aparc)
    head = grey_levels(image, cma)
    for name, array in (("head", head), ("brain", brain), ("malc", add_vessels(coarse))):
        write_volume(folder / f"base-{name}.nii", array, affine)
    write_volume(folder / "base-mindboggle.nii", dkt31_labels(aparc), affine)
    write_volume(folder / "base-schizbull.nii", cma, affine)


def canonical(volume: Volume) -> NDArray[np.float32]:
    """The array as float32; InputError unless its axes are right, anterior, superior at 1 mm."""
    if not np.allclose(volume.affine[:3, :3], np.eye(3)):
        raise InputError(volume.path, expected="RAS axes at 1 mm", found=f"{volume.affine.tolist()}")
    return volume.array.astype(np.float32)


def padded_affine(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """The affine after PAD_BELOW slices were put below the first."""
    result = affine.copy()
    result[2, 3] -= PAD_BELOW
    return result


def pad_below(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Continue the neck below the template's last slice: blurred ever more, fading to air, (X, Y, Z+pad)."""
    slices = []
    for depth in range(PAD_BELOW, 0, -1):
        fade = 0.5 * (1 + np.cos(np.pi * depth / PAD_BELOW))
        slices.append(fade * ndimage.gaussian_filter(image[:, :, 0], 0.5 + 0.15 * depth))
    return np.asarray(np.concatenate([np.stack(slices, axis=2), image], axis=2), dtype=np.float32)


def place(volume: Volume, affine: NDArray[np.float64], shape: tuple[int, ...]) -> Labels:
    """Put a label map on the base lattice without resampling: its voxels must fall on the lattice's.

    Raises
    ------
    InputError
        When they do not, or when a label would fall outside.
    """
    step = np.linalg.inv(affine) @ volume.affine
    signs = np.diag(step)[:3]
    whole = np.rint(step[:3, 3])
    if not (np.allclose(step[:3, :3], np.diag(signs)) and np.allclose(np.abs(signs), 1)):
        raise InputError(volume.path, expected="axes along the template's, 1 mm", found=f"{step.tolist()}")
    if not np.allclose(step[:3, 3], whole, atol=1e-3):
        raise InputError(volume.path, expected="voxels on the template's lattice", found=f"{step[:3, 3]}")
    result = np.zeros(shape, dtype=np.int16)
    index = np.argwhere(volume.array > 0)
    target = (index * signs + whole).astype(np.intp)
    if (target < 0).any() or (target >= np.array(shape)).any():
        raise InputError(volume.path, expected="labels inside the template's field", found="labels outside")
    result[tuple(target.T)] = volume.array[tuple(index.T)]
    return result


def brain_mask(labelled: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The labelled voxels closed by CLOSING_MM and filled, as FreeSurfer's brain mask holds sulcal CSF."""
    dilated = ndimage.distance_transform_edt(~labelled) <= CLOSING_MM
    closed = ndimage.distance_transform_edt(dilated) > CLOSING_MM
    filled = ndimage.binary_fill_holes(closed | labelled)
    for axis in range(3):  # tunnels are no holes in 3-D, yet holes in a slice
        for k in range(filled.shape[axis]):
            window = tuple(slice(None) if a != axis else k for a in range(3))
            filled[window] = ndimage.binary_fill_holes(filled[window])
    return np.asarray(filled, dtype=np.uint8)


def nearest_kept(labels: Labels, lost: NDArray[np.bool_], kept: NDArray[np.bool_]) -> Labels:
    """Give the voxels of `lost` the label of the nearest voxel of `kept`; equal shapes (X, Y, Z)."""
    if not lost.any():
        return labels
    index = ndimage.distance_transform_edt(~kept, return_distances=False, return_indices=True)
    result = labels.copy()
    result[lost] = labels[tuple(axis[lost] for axis in index)]
    return result


def dkt31_labels(aparc: Labels) -> Labels:
    """The 62 cortical ids of DKT31 from Desikan-Killiany; dropped regions join the nearest of their side."""
    result = np.zeros_like(aparc)
    for side in (1000, 2000):
        cortex = np.where((aparc >= side) & (aparc < side + 1000), aparc, 0)
        lost = np.isin(cortex, [side, *(side + k for k in DROPPED_CORTEX)])
        kept = (cortex > 0) & ~lost
        result += nearest_kept(cortex, lost, kept).astype(np.int16)
    return result


def cma_labels(aparc: Labels) -> Labels:
    """The 32 CMA ids (and vessels, 30 and 62): cortex is 3 or 42, callosum is white matter, 2 or 41."""
    table = np.zeros(int(aparc.max()) + 1, dtype=np.int16)
    for kept in (*CMA, *CMA_KEPT, *CALLOSUM_AND_LESIONS):
        table[kept] = kept
    for plexus, ventricle in CHOROID.items():
        table[plexus] = ventricle
    table[1000:2000], table[2000:] = 3, 42
    result: Labels = table[aparc]
    return nearest_kept(result, np.isin(result, CALLOSUM_AND_LESIONS), np.isin(result, (2, 41)))


def add_vessels(labels: Labels) -> Labels:
    """Add 63 and 64 (right, left vessel) under the putamen: real files hold them, the atlas does not.

    Measured on the challenge's scans: 15-45 voxels, about 12 mm below and 4 mm behind the putamen's centre.
    """
    result = labels.copy()
    x, y, z = np.ogrid[tuple(slice(0, n) for n in labels.shape)]
    for putamen, vessel in ((57, 63), (58, 64)):
        if not (labels == putamen).any():
            continue
        centre = np.argwhere(labels == putamen).mean(axis=0) + np.array([0, -4, -11])
        tube = ((x - centre[0]) ** 2 + (z - centre[2]) ** 2 <= 1.7**2) & (np.abs(y - centre[1]) <= 3)
        result[tube] = vessel
    return result


def fade_sides(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Let the image fade to air over FADE_MM at its sides and top: a cut neck shows no straight edge."""
    result = image
    for axis, n in enumerate(image.shape):
        below = np.arange(n) if axis < 2 else np.full(n, FADE_MM)  # the neck has faded already
        edge = np.clip(np.minimum(below, np.arange(n)[::-1]) / FADE_MM, 0, 1)
        ramp = (0.5 - 0.5 * np.cos(np.pi * edge)).astype(np.float32)
        result = result * ramp.reshape([-1 if a == axis else 1 for a in range(3)])
    return result


def grey_levels(image: NDArray[np.float32], cma: Labels) -> NDArray[np.uint8]:
    """The template as uint8 with white matter at WHITE, sharpened: an average of many people is blurred.

    What is darker than AIR of white matter fades out: the template's faint background has straight edges.
    """
    sharp = image + 0.8 * (image - ndimage.gaussian_filter(image, 1.2))
    white = float(np.median(sharp[np.isin(cma, (2, 41))]))
    sharp = sharp / white
    sharp *= np.clip(sharp / AIR, 0, 1)
    return np.clip(np.rint(sharp * WHITE), 0, 255).astype(np.uint8)
