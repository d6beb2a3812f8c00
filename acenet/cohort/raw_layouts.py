"""Writes a rendered subject as its real archive would: file names, element types, grey levels, stray ids."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acenet.cohort.fields_of_view import Frame
from acenet.datasets import Subject
from acenet.datasets.traits import Stray, Traits
from acenet.imaging.io import write_volume

FAST = 1  # gzip level: the voxels are noise, more effort saves little


def write_raw(
    subject: Subject,
    traits: Traits,
    root: Path,
    *,
    frame: Frame,
    image: NDArray[np.float32],
    labels: NDArray[Any] | None,
    brain: NDArray[Any],
    tilt: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Write the files of `subject` under `root`.

    image (I, J, K) float32, white matter about 1; labels (I, J, K) source ids; brain (I, J, K) 0/1.
    """
    affine = frame.affine(traits.origin, tilt if traits.oblique else None)
    grey = grey_levels(traits, image, rng)
    if subject.labels is not None and labels is not None:
        add_strays(traits.strays, labels, brain, frame=frame, rng=rng)
        stored = labels.astype(traits.stored, order="F")
        write_volume(root / subject.labels, stored, affine, compresslevel=FAST)
    if subject.mask is not None and traits.stripped_mask:
        stripped = np.where(brain > 0, np.maximum(grey, 1), 0).astype(np.float32, order="F")
        write_volume(root / subject.mask, stripped, affine, compresslevel=FAST)
    elif subject.mask is not None:
        write_volume(root / subject.mask, brain.astype(np.uint8, order="F"), affine, compresslevel=FAST)
    write_volume(root / subject.image, grey, affine, compresslevel=FAST)


def grey_levels(traits: Traits, image: NDArray[np.float32], rng: np.random.Generator) -> NDArray[Any]:
    """Whole grey levels at the source's scale (scanner gain +-15 %), of its element type."""
    level = np.float32(traits.white_level * rng.uniform(0.85, 1.15))
    result: NDArray[Any] = np.empty(image.shape, traits.stored, order="F")
    for plane, target in zip(image.T, result.T, strict=True):
        target[...] = np.minimum(np.rint(plane * level), np.iinfo(np.int16).max)
    return result


def add_strays(
    strays: Sequence[Stray],
    labels: NDArray[Any],
    brain: NDArray[Any],
    *,
    frame: Frame,
    rng: np.random.Generator,
) -> None:
    """Put the real archives' odd ids on unlabelled voxels of the brain, in place."""
    if not strays:
        return
    free = np.flatnonzero(((labels == 0) & (brain > 0)).T)  # of the C-ordered transpose
    flat = labels.T.reshape(-1)
    share = 1.0 / float(np.prod(frame.spacing))
    right = frame.positions(0)[free % frame.shape[0]]
    for stray in strays:
        count = int(rng.integers(stray.fewest, stray.most))
        if stray.by_volume:
            count = max(1, round(share * count))
        here = free[right * stray.side > 0] if stray.side else free
        _scatter(flat, here, stray_id=stray.id, count=count, rng=rng)


def _scatter(
    flat: NDArray[Any], free: NDArray[np.intp], *, stray_id: int, count: int, rng: np.random.Generator
) -> None:
    """Give `stray_id` to `count` random voxels of `free` (fewer if there are not so many)."""
    flat[rng.choice(free, size=min(count, len(free)), replace=False)] = stray_id
