"""The second opinion on a warp: what the other warps onto the same target agree on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acenet.augmentation.warp import load
from acenet.metrics.overlap import dice

SLAB = 8  # coronal slices whose votes are counted at a time
NAN = float("nan")


@dataclass(frozen=True)
class Agreement:
    """Dice of one warp with the majority of `opinions` others; undefined where there are none.

    Attributes
    ----------
    brain
        Of the brain mask, where the target's own mask has a vote too.
    labels
        Mean over structures.
    """

    opinions: int
    brain: float
    labels: float


def agreements(warps: Sequence[Path], target: Path, *, protocol: str, n_classes: int) -> list[Agreement]:
    """The agreement of each warp (folder of conformed volumes) with the others onto one target."""
    own_mask = [load(target, "brainmask").array] if (target / "brainmask.nii").is_file() else []
    brains = [load(folder, "brainmask").array for folder in warps]
    maps = [load(folder, protocol).array for folder in warps]
    brain = _histograms(brains, own_mask, n_classes=2)
    labels = _histograms(maps, [], n_classes=n_classes)
    return [
        Agreement(
            opinions=len(warps) - 1,
            brain=float(dice(brain[k])[1]) if len(warps) + len(own_mask) > 1 else NAN,
            labels=_mean(dice(labels[k])[1:]) if len(warps) > 1 else NAN,
        )
        for k in range(len(warps))
    ]


def _mean(scores: NDArray[np.float64]) -> float:
    return float(np.nanmean(scores)) if np.isfinite(scores).any() else NAN


def _histograms(
    maps: Sequence[NDArray[np.uint8]], extra: Sequence[NDArray[np.uint8]], *, n_classes: int
) -> list[NDArray[np.int64]]:
    """For each map (I, J, K) the joint histogram (C, C) of the others' majority (rows) and itself (columns).

    `extra` maps vote but are not judged. Ties go to the lowest class.
    """
    found = [np.zeros((n_classes, n_classes), dtype=np.int64) for _ in maps]
    for start in range(0, maps[0].shape[2], SLAB):
        here = [np.asarray(one[:, :, start : start + SLAB]).ravel(order="F") for one in maps]
        others = [np.asarray(one[:, :, start : start + SLAB]).ravel(order="F") for one in extra]
        used = np.any([one > 0 for one in (*here, *others)], axis=0)
        here, others = [one[used] for one in here], [one[used] for one in others]
        votes = np.zeros((n_classes, int(used.sum())), dtype=np.uint8)
        voxel = np.arange(votes.shape[1])
        for one in (*here, *others):
            votes[one, voxel] += 1
        for histogram, own in zip(found, here, strict=True):
            votes[own, voxel] -= 1
            agreed = votes.argmax(axis=0)
            histogram += np.bincount(agreed * n_classes + own, minlength=n_classes**2).reshape(n_classes, -1)
            votes[own, voxel] += 1
    return found
