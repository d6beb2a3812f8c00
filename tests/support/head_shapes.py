"""A small head with labels, conformed, and copies of it moved in known ways."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import ndimage

from acenet.augmentation.ants_bridge import limit_ants_threads
from acenet.imaging.grid import Grid
from acenet.imaging.io import write_uint8
from tests.support.manifests import write_for

limit_ants_threads(1)  # before ITK is used: more threads may give another warp every time

GRID = Grid((32, 32, 36), 5.0, "brain")
AFFINE = GRID.affine_around(np.zeros(3))
PROTOCOLS = ("malc27",)
BLOBS = {  # class: centre and radii in voxels of LIA (R to L, S to I, P to A)
    2: ((20, 13, 18), (6, 6, 11)),
    4: ((11, 13, 18), (6, 6, 11)),
    5: ((18, 15, 14), (2, 3, 4)),
    6: ((13, 15, 14), (2, 3, 4)),
    7: ((15.5, 21, 10), (5, 3, 4)),
    9: ((19, 17, 22), (2, 2, 3)),
    10: ((12, 17, 22), (2, 2, 3)),
}


def ellipsoid(centre: tuple[float, ...], radii: tuple[float, ...]) -> np.ndarray:
    index = np.stack(np.meshgrid(*(np.arange(n) for n in GRID.shape), indexing="ij"), axis=-1)
    return (((index - np.array(centre)) / np.array(radii)) ** 2).sum(-1) <= 1


def phantom() -> dict[str, np.ndarray]:
    """Image, brain mask and labels: a skull, a brain of seven structures, a nose in front and a neck below."""
    labels = np.zeros(GRID.shape, np.uint8, order="F")
    for index, (centre, radii) in BLOBS.items():
        labels[ellipsoid(centre, radii)] = index
    brain = np.asarray(ndimage.binary_closing(labels > 0, iterations=2), dtype=np.uint8)
    skull = ellipsoid((15.5, 14.5, 17.5), (11.5, 11, 15.5))
    image = np.where(skull, 60, 0)
    image[ellipsoid((15.5, 16, 33), (2, 2, 2))] = 90
    image[ellipsoid((15.5, 28, 16), (5, 5, 6))] = 80
    image[brain > 0] = 120
    image = np.where(labels > 0, 100 + 15 * labels, image)
    image = ndimage.gaussian_filter(image.astype(np.float32), 0.6)
    noise = np.random.default_rng(0).normal(0, 2, GRID.shape)
    return {
        "image": np.asfortranarray(np.clip(image + noise, 0, 255).astype(np.uint8)),
        "brainmask": np.asfortranarray(brain),
        "malc27": labels,
    }


def write_scan(folder: Path, volumes: dict[str, np.ndarray], affine: np.ndarray = AFFINE) -> Path:
    """A folder of conformed volumes, as `acenet.conform.subject` leaves it."""
    for name, array in volumes.items():
        write_uint8(folder / f"{name}.nii", np.asfortranarray(array), affine)
    grid = {"shape": list(GRID.shape), "voxel_mm": GRID.voxel_mm, "centre": GRID.centre}
    write_for(folder, grid=grid, affine=affine.tolist())
    return folder


def moved(volumes: dict[str, np.ndarray], shift: tuple[int, int, int]) -> dict[str, np.ndarray]:
    """Every volume rolled by whole voxels."""
    return {name: np.roll(array, shift, axis=(0, 1, 2)) for name, array in volumes.items()}


def write_maps(folder: Path, values: Sequence[int]) -> Path:
    """A folder of class map and brain mask that hold `values` along one line of 3 x 5 x 16 voxels."""
    classes = np.zeros((3, 5, 16), np.uint8, order="F")
    classes.reshape(-1, order="F")[: len(values)] = values
    write_uint8(folder / "malc27.nii", classes, np.eye(4))
    write_uint8(folder / "brainmask.nii", (classes > 0).astype(np.uint8), np.eye(4))
    return folder
