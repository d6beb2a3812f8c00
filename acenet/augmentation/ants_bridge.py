"""The only contact with ANTs: registers two volumes and samples a third through what was found.

ANTs places voxels in millimetres towards left, posterior and superior (LPS), nibabel and this package towards
right, anterior and superior (RAS). Volumes change sides in `to_ants` and nowhere else: transforms stay in files
that only ANTs reads, and sampled arrays lie on a grid that the caller gave.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.affines import voxel_sizes
from numpy.typing import NDArray

from acenet.augmentation.settings import Registration
from acenet.imaging.io import Volume

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
THREADS = "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"


def limit_ants_threads(threads: int) -> None:
    """Let ITK use so many threads; it asks once, when it is first used. One gives the same warp every time."""
    os.environ[THREADS] = str(threads)


def ants_version() -> str:
    """Version of antspyx."""
    from importlib.metadata import version

    return version("antspyx")


def to_ants(volume: Volume) -> Any:
    """An ANTs image of a volume (I, J, K), in float32, at the same place."""
    import ants

    affine = LPS @ volume.affine
    spacing = voxel_sizes(affine)
    return ants.from_numpy(
        np.asarray(volume.array, dtype=np.float32),
        origin=affine[:3, 3].tolist(),
        spacing=spacing.tolist(),
        direction=affine[:3, :3] / spacing,
    )


def register(fixed: Volume, moving: Volume, settings: Registration, *, folder: Path) -> list[Path]:
    """Register `moving` to `fixed` and leave the transforms in `folder`, which must exist.

    Returns them in ANTs' order, warp before affine: a point of `fixed` goes through the first one first, and
    ends in `moving`.

    Raises
    ------
    RuntimeError
        ANTs fails or leaves no transforms.
    """
    import ants

    # The only way in which antspyx hands a seed to ANTs. `on` would also demand transforms named Repro.
    ants.config.set_ants_deterministic(on=False, seed_value=settings.seed)
    ants.registration(
        to_ants(fixed), to_ants(moving), type_of_transform=settings.transform, outprefix=f"{folder}/"
    )
    transforms = [folder / "1Warp.nii.gz", folder / "0GenericAffine.mat"]
    (folder / "1InverseWarp.nii.gz").unlink(missing_ok=True)
    if missing := [path.name for path in transforms if not path.is_file()]:
        raise RuntimeError(f"ANTs left no {' and no '.join(missing)}")
    return transforms


def sample(
    moving: Volume, grid: Volume, transforms: Sequence[Path], *, interpolation: str = "linear"
) -> NDArray[np.float32]:
    """`moving` at the places where the transforms put the voxels of `grid`: float32 (I, J, K), 0 outside.

    With several registrations in `transforms`, a point of `grid` goes through the first one first.
    """
    import ants

    found = ants.apply_transforms(
        to_ants(grid),
        to_ants(moving),
        [str(path) for path in transforms],
        interpolator=interpolation,
        whichtoinvert=[False] * len(transforms),
    )
    return np.asarray(found.numpy(), dtype=np.float32)
