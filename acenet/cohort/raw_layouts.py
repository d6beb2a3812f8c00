"""Writes a rendered subject as its real archive would: file names, element types, grey levels, stray ids."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acenet.cohort.geometry import Frame
from acenet.datasets import Subject
from acenet.volumes import write_volume

WHITE_LEVEL = {"malc": 1400.0, "mindboggle": 420.0, "schizbull": 160.0, "adni": 620.0}
MALC_STRAYS = (15, 65, 66)
MALC_EXTERIOR = ((42, 1), (43, -1))  # right and left cerebral exterior: scattered over the hemisphere
FAST = 1  # gzip level: the voxels are noise, more effort saves little


def write_raw(
    source: str,
    subject: Subject,
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
    origin = "corner" if source == "malc" else "head"
    affine = frame.affine(origin, tilt if source == "adni" else None)
    grey = grey_levels(source, image, rng)
    if subject.labels is not None and labels is not None:
        add_strays(source, labels, brain, frame=frame, rng=rng)
        kind = np.float32 if source == "mindboggle" else np.int16
        write_volume(root / subject.labels, labels.astype(kind, order="F"), affine, compresslevel=FAST)
    if subject.mask is not None and source == "mindboggle":
        stripped = np.where(brain > 0, np.maximum(grey, 1), 0).astype(np.float32, order="F")
        write_volume(root / subject.mask, stripped, affine, compresslevel=FAST)
    elif subject.mask is not None:
        write_volume(root / subject.mask, brain.astype(np.uint8, order="F"), affine, compresslevel=FAST)
    write_volume(root / subject.image, grey, affine, compresslevel=FAST)


def grey_levels(source: str, image: NDArray[np.float32], rng: np.random.Generator) -> NDArray[Any]:
    """Whole grey levels at the source's scale (scanner gain +-15 %): float32 for mindboggle, else int16."""
    level = np.float32(WHITE_LEVEL[source] * rng.uniform(0.85, 1.15))
    kind: Any = np.float32 if source == "mindboggle" else np.int16
    result: NDArray[Any] = np.empty(image.shape, kind, order="F")
    for plane, target in zip(image.T, result.T, strict=True):
        target[...] = np.minimum(np.rint(plane * level), np.iinfo(np.int16).max)
    return result


def add_strays(
    source: str, labels: NDArray[Any], brain: NDArray[Any], *, frame: Frame, rng: np.random.Generator
) -> None:
    """Put the real archives' odd ids on unlabelled voxels of the brain, in place.

    malc: up to 20 voxels of 15, 65, 66 (unused ids) and 30 to 200 of 42 and 43 (official, not evaluated).
    mindboggle: 1 to 7 voxels of 1033 (not in DKT31). schizbull's vessels are in its base map already.
    """
    free = np.flatnonzero(((labels == 0) & (brain > 0)).T)  # of the C-ordered transpose
    flat = labels.T.reshape(-1)
    share = 1.0 / float(np.prod(frame.spacing))  # fewer where voxels are larger
    if source == "mindboggle":
        _scatter(flat, free, stray_id=1033, count=int(rng.integers(1, 8)), rng=rng)
    elif source == "malc":
        side = np.broadcast_to(frame.positions(0), frame.shape[::-1]).reshape(-1)[free]
        for stray_id, sign in MALC_EXTERIOR:
            count = max(1, round(share * int(rng.integers(30, 200))))
            _scatter(flat, free[side * sign > 0], stray_id=stray_id, count=count, rng=rng)
        for stray_id in MALC_STRAYS:
            _scatter(flat, free, stray_id=stray_id, count=int(rng.integers(1, 20)), rng=rng)


def _scatter(
    flat: NDArray[Any], free: NDArray[np.intp], *, stray_id: int, count: int, rng: np.random.Generator
) -> None:
    """Give `stray_id` to `count` random voxels of `free` (fewer if there are not so many)."""
    flat[rng.choice(free, size=min(count, len(free)), replace=False)] = stray_id
