"""Conformed volumes as cubic patches, for networks that see three dimensions at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from acenet.errors import InputError
from acenet.inputs.stacks import Batch, Examples, LabelledVolume, Uint8

POOLING = 8  # three 2 x 2 x 2 poolings: sides of patches are multiples of this

Corner = tuple[int, int, int]


@dataclass(frozen=True)
class Patch:
    """The cube of `side` voxels that a 3D network sees; the papers print no size."""

    side: int

    def __post_init__(self) -> None:
        """Refuse what cannot be halved three times."""
        if self.side < POOLING or self.side % POOLING:
            raise InputError(
                "patch", expected=f"a side that is a multiple of {POOLING}", found=str(self.side)
            )

    def shape(self, grid: Sequence[int]) -> Corner:
        """Sides of the patch on a grid (X, Y, Z): the largest multiples of 8 that fit patch and grid, at least 8.

        >>> Patch(96).shape((48, 256, 58))
        (48, 96, 56)
        """
        x, y, z = (max(POOLING, min(self.side, n // POOLING * POOLING)) for n in grid)
        return x, y, z


class PatchDataset(Examples):
    """Patches that lie inside the volume and hold a part of the brain, fetched a batch at a time.

    An epoch draws, from each volume, the number of patches that together have as many voxels as the volume: so
    it shows a 3D network about as many voxels as an epoch of slices shows a 2D network. `per_volume` sets another
    number. A patch is placed in two draws: any brain voxel, then any position that holds this voxel. The
    draws of patch i follow from the epoch's seed and i alone, whoever fetches it and when.

    Volumes may be memory maps; nothing of them is kept.
    """

    def __init__(
        self, volumes: Sequence[LabelledVolume], *, patch: Patch, per_volume: int | None = None, seed: int = 0
    ) -> None:
        for volume in volumes:
            if min(volume.image.shape) < POOLING:
                raise InputError(
                    volume.subject,
                    expected=f"at least {POOLING} voxels along each axis",
                    found=f"{volume.image.shape}",
                )
        self.volumes, self.patch, self.per_volume, self.seed = list(volumes), patch, per_volume, seed
        counts = [per_volume or patches_that_fill(volume.image.shape, patch) for volume in volumes]
        self.owners = [v for v, count in enumerate(counts) for _ in range(count)]

    def for_epoch(self, seed: int) -> "PatchDataset":
        """The same volumes with the patches that `seed` draws."""
        return PatchDataset(self.volumes, patch=self.patch, per_volume=self.per_volume, seed=seed)

    def names(self, indices: Sequence[int]) -> list[str]:
        """Subject and number of the patch in its epoch: '1000 patch 17'."""
        return [f"{self.volumes[self.owners[i]].subject} patch {i}" for i in indices]

    def __len__(self) -> int:
        return len(self.owners)

    def __getitem__(self, indices: Sequence[int]) -> Batch:
        """The patches of the given numbers as one batch: stack (N, 1, X, Y, Z), classes and brain (N, X, Y, Z)."""
        images, classes, brain = [], [], []
        for i in indices:
            volume = self.volumes[self.owners[i]]
            shape = self.patch.shape(volume.image.shape)
            corner = draw_corner(volume.brain, shape, np.random.default_rng((self.seed, i)))
            box = tuple(slice(start, start + side) for start, side in zip(corner, shape, strict=True))
            images.append(volume.image[box][None])
            classes.append(volume.classes[box])
            brain.append(volume.brain[box])
        return Batch(*(torch.from_numpy(np.stack(part)) for part in (images, classes, brain)))


def patches_that_fill(grid: Sequence[int], patch: Patch) -> int:
    """How many patches have together as many voxels as a grid (X, Y, Z): 19 of 96^3 for 256^3."""
    return max(1, round(math.prod(grid) / math.prod(patch.shape(grid))))


def draw_corner(brain: Uint8, shape: Sequence[int], random: np.random.Generator) -> Corner:
    """First voxel of a box of `shape` that lies inside the volume (X, Y, Z) and holds a random brain voxel.

    Any position that holds the voxel is as likely as any other: a patch reaches up to its side less one beyond
    the brain, so that the network gets to know what surrounds it. Without any brain voxel, any voxel may be
    drawn.
    """
    inside = np.flatnonzero(brain.reshape(-1, order="F"))  # a view of a conformed file's order
    drawn = random.choice(inside) if inside.size else random.integers(brain.size)
    voxel = np.unravel_index(drawn, brain.shape, order="F")
    x, y, z = (
        int(random.integers(max(0, at - side + 1), min(at, n - side), endpoint=True))
        for at, side, n in zip(voxel, shape, brain.shape, strict=True)
    )
    return x, y, z
