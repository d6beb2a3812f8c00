"""What labels say about left and right, front and back, top and bottom, against what a file's header says.

A wrong header is silent otherwise: the network sees heads from above or on their side, and learns or segments
rubbish. Labels know better, since their structures lie in known directions from each other.
"""

import csv
import functools
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from os import PathLike
from types import MappingProxyType
from typing import Any

import numpy as np
from nibabel.affines import voxel_sizes
from numpy.typing import NDArray

from acenet.errors import InputError
from acenet.protocols import SOURCE_OF, Protocol

FloatArray = NDArray[np.float64]

SIDE = re.compile(r"\b(left|right|lh|rh|l|r)\b", re.IGNORECASE)
FEW = 20  # voxels; the centres of smaller structures say nothing
SWAP_MM = 1.0
SURE, CLEAR = (
    2.2,
    0.6,
)  # of a sum of three cosines: what an orientation must reach, and its lead over the next
STRIDE_MM = 2.0  # centres of large structures do not need every voxel


@dataclass(frozen=True)
class Landmarks:
    """Source ids of structures at the front, back, top and bottom of the brain."""

    front: tuple[int, ...]
    back: tuple[int, ...]
    top: tuple[int, ...]
    bottom: tuple[int, ...]


@functools.cache
def _all_landmarks() -> Mapping[str, Landmarks]:
    text = resources.files("acenet.datasets").joinpath("landmarks.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    return MappingProxyType(
        {
            row.pop("source"): Landmarks(*(tuple(map(int, ids.split(","))) for ids in row.values()))
            for row in rows
        }
    )


def landmarks_of(protocol: Protocol) -> Landmarks | None:
    """The landmarks of the source that a protocol is of; none for a user's own."""
    return _all_landmarks().get(SOURCE_OF.get(protocol.name, ""))


def turn_of_labels(labels: NDArray[Any], protocol: Protocol, affine: FloatArray) -> NDArray[np.int64] | None:
    """The rotation (3, 3) that the header's axes need so that labels (I, J, K) lie as anatomy has it.

    The identity where the header is right; None where the labels do not tell (no landmarks, structures missing
    or in no clear arrangement, or mirrored sides, which are another matter). Its entries are -1, 0 and 1.
    """
    landmarks = landmarks_of(protocol)
    if landmarks is None:
        return None
    sides = {
        side: [i for s in protocol.structures if s.hemisphere == side for i in s.source_ids] for side in "LR"
    }
    strides = [max(1, int(STRIDE_MM / zoom + 1e-3)) for zoom in voxel_sizes(affine)]
    coarse = labels[tuple(slice(None, None, stride) for stride in strides)]
    steps = affine[:3, :3] * strides
    pairs = (
        (sides["R"], sides["L"]),
        (landmarks.front, landmarks.back),
        (landmarks.top, landmarks.bottom),
    )
    directions = [_direction(coarse, towards, away, steps) for towards, away in pairs]
    if any(direction is None for direction in directions):
        return None
    found = np.stack([d for d in directions if d is not None], axis=1)  # columns: right, front, up as stored
    scores = sorted(((float(np.trace(turn @ found)), n) for n, turn in enumerate(_rotations())), reverse=True)
    (best, n), (second, _) = scores[:2]
    return _rotations()[n] if best >= SURE and best - second >= CLEAR else None


def turned(affine: FloatArray, turn: NDArray[np.int64], shape: tuple[int, ...]) -> FloatArray:
    """`affine` (4, 4) with its axes turned about the middle of the volume of `shape`."""
    middle = affine @ [*((np.asarray(shape[:3]) - 1) / 2), 1]
    result = affine.copy()
    result[:3, :3] = turn @ affine[:3, :3]
    result[:3, 3] = turn @ (affine[:3, 3] - middle[:3]) + middle[:3]
    return result


def require_sides(
    protocol: Protocol, class_map: NDArray[np.uint8], *, affine: FloatArray, where: str | PathLike[str]
) -> None:
    """Raise InputError where left structures of a class map (I, J, K) lie to the right of right ones.

    Compares the mean RAS x of all voxels of either side, and of each pair of structures whose names differ in
    the side alone: labels or header would be flipped.
    """
    counts, x = _centres(class_map, protocol.n_classes, affine)
    means = {}
    for side in "LR":
        members = [s.index for s in protocol.structures if s.hemisphere == side]
        if not (total := counts[members].sum()):
            return
        means[side] = float((counts[members] * x[members]).sum() / total)
    if means["L"] >= means["R"]:
        raise InputError(
            where,
            expected=f"left structures of {protocol.name} to the left of right ones",
            found=f"mean x of {means['L']:.1f} mm (left) and {means['R']:.1f} mm (right): sides are swapped",
        )
    swapped = [
        name
        for name, (left, right) in _pairs(protocol).items()
        if min(counts[left], counts[right]) >= FEW and x[left] > x[right] + SWAP_MM
    ]
    if swapped:
        raise InputError(
            where,
            expected=f"left structures of {protocol.name} to the left of right ones",
            found=f"swapped sides of {', '.join(swapped)}",
        )


def _pairs(protocol: Protocol) -> dict[str, tuple[int, int]]:
    """Classes of the left and the right one of structures whose names are equal but for the side."""
    sides: dict[str, dict[str, int]] = {}
    for structure in protocol.structures:
        if structure.evaluated and structure.hemisphere in "LR":
            name = " ".join(SIDE.sub(" ", structure.name.replace("-", " ")).split())
            sides.setdefault(name, {})[structure.hemisphere] = structure.index
    return {name: (pair["L"], pair["R"]) for name, pair in sides.items() if len(pair) == 2}


def _centres(
    class_map: NDArray[np.uint8], n_classes: int, affine: FloatArray
) -> tuple[NDArray[np.int64], FloatArray]:
    """Voxels of each class (C,) and the mean RAS x in mm of each (C,), 0 for empty ones and background."""
    counts = np.zeros(n_classes, dtype=np.int64)
    sums = np.zeros((3, n_classes))  # of the voxels' indices along each axis; whole numbers, exact
    slow, middle, fast = np.argsort(np.abs(class_map.strides))[::-1]  # planes whose lines lie in one piece
    for k, plane in enumerate(class_map.transpose(slow, middle, fast)):
        at = np.flatnonzero(plane)
        if not at.size:
            continue
        classes = plane.ravel()[at]
        lines, places = np.divmod(at, plane.shape[1])
        number = np.bincount(classes, minlength=n_classes)
        counts += number
        sums[slow] += k * number
        sums[middle] += np.bincount(classes, lines, n_classes)
        sums[fast] += np.bincount(classes, places, n_classes)
    x = affine[0, 3] + affine[0, :3] @ sums / np.maximum(counts, 1)
    return counts, np.where(counts > 0, x, 0.0)


def _direction(
    labels: NDArray[Any], towards: Sequence[int], away: Sequence[int], steps: FloatArray
) -> FloatArray | None:
    """Unit vector (3,) in RAS mm from the centre of some ids to that of others; None where ids are missing.

    Parameters
    ----------
    steps (3, 3)
        RAS mm from one voxel to the next.
    """
    centres = []
    for ids in (away, towards):
        places = np.nonzero(np.isin(labels, ids))
        if len(places[0]) < FEW:
            return None
        centres.append(steps @ [place.mean() for place in places])
    vector = centres[1] - centres[0]
    length = float(np.linalg.norm(vector))
    return None if length < 1 else vector / length


@functools.cache
def _rotations() -> tuple[NDArray[np.int64], ...]:
    """The 24 rotations that take axes to axes."""
    found = []
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            turn = np.zeros((3, 3), dtype=np.int64)
            turn[range(3), order] = signs
            if round(np.linalg.det(turn)) == 1:
                found.append(turn)
    return tuple(found)
