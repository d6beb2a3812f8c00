"""What the program can tell of a result's quality without a reference: figures, and where they are odd."""

import re
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from acenet.protocols import Protocol
from acenet.segment.spread import ASYMMETRY, BRAIN, CONTRAST, SCANS, measured_spreads

SIDE = re.compile(r"(?i)(^|[^a-z])(left|right|lh|rh|l|r)(?=$|[^a-z])")
WHITE = re.compile(r"(?i)(cerebral[ -])?(wm|white[ -]matter)$")
CORTEX = re.compile(r"(?i)(cerebral[ -])?cortex$")
GYRI_FROM = {"malc133": 100}  # Neuromorphometrics: ids of the cortex's parts
BRAIN_SD, ASYMMETRY_SD = 4.0, 6.0  # a scan is odd so many standard deviations from the mean
FLAT = 1.1  # white matter by cortex: less is no T1 contrast of an adult
FACTOR = 1.5  # a structure's volume is odd when so much below the least or above the most
MOST_MISSING, MOST_ODD, MOST_CUT = 0.1, 0.25, 0.02
STRIPPED = 0.25  # tissue outside of the brain, by the brain: a head has as much as its brain


@dataclass(frozen=True)
class Quality:
    """Figures of one segmented scan; None where the protocol has no such structures.

    Attributes
    ----------
    brain_ml
        Volume of the brain mask.
    asymmetry
        Volumes of all left parts of pairs against all right ones, |L - R| / ((L + R) / 2).
    contrast
        Median grey level of cerebral white matter, by that of the cortex.
    missing
        Names of structures, of those that count, without a voxel.
    odd
        Names of structures whose volume is far from all that were measured.
    cut_by_grid, cut_by_field
        Share of the brain beyond the grid's and the scan's faces, as of an ellipsoid.
    is_stripped
        Whether there is little but brain in the scan.
    looks
        Of the network, until the grid lay still.
    """

    brain_ml: float
    asymmetry: float | None
    contrast: float | None
    missing: tuple[str, ...]
    odd: tuple[str, ...]
    structures: int
    cut_by_grid: float
    cut_by_field: float
    is_stripped: bool
    looks: int

    def rounded(self) -> dict[str, Any]:
        """Plain values for JSON, with as many digits as mean something."""
        return {
            key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(self).items()
        }


def quality_of(
    image: NDArray[Any],
    classes: NDArray[np.uint8],
    brain: NDArray[np.uint8],
    *,
    protocol: Protocol,
    voxel_mm3: float,
    on_grid: NDArray[np.bool_],
    looks: int,
) -> Quality:
    """Of a scan (I, J, K), its classes and brain mask there; `on_grid`: the brain (X, Y, Z) that the network found."""
    volumes = np.bincount(classes.ravel(order="K"), minlength=protocol.n_classes) * voxel_mm3 / 1000
    evaluated = set(protocol.evaluated)
    inside = brain > 0
    return Quality(
        brain_ml=float(np.count_nonzero(inside) * voxel_mm3 / 1000),
        asymmetry=asymmetry(volumes, protocol),
        contrast=contrast(image, classes, protocol),
        missing=tuple(
            one.name for one in protocol.structures if one.index in evaluated and not volumes[one.index]
        ),
        odd=odd_structures(volumes, protocol),
        structures=len(protocol.structures),
        cut_by_grid=share_beyond(on_grid),
        cut_by_field=share_beyond(inside),
        is_stripped=bool(
            np.count_nonzero((image != image.flat[0]) & ~inside) < STRIPPED * np.count_nonzero(inside)
        ),
        looks=looks,
    )


def doubts(quality: Quality) -> list[str]:
    """What is odd, in words."""
    known, notes = measured_spreads(), []
    brain, pairs, grey = (known["malc27", name] for name in (BRAIN, ASYMMETRY, CONTRAST))
    of = f"of {SCANS} adults"
    if abs(quality.brain_ml - brain.mean) > BRAIN_SD * brain.sd:
        spread = f"those {of} had {brain.least:.0f} to {brain.most:.0f}"
        notes.append(
            f"a brain of {quality.brain_ml:.0f} ml ({spread}): a child, a part of a head, or a wrong result"
        )
    if quality.asymmetry is not None and quality.asymmetry > pairs.mean + ASYMMETRY_SD * pairs.sd:
        notes.append(
            f"left and right differ in volume by {quality.asymmetry:.1%} (those {of} by {pairs.most:.1%} at most)"
        )
    if quality.contrast is not None and quality.contrast < FLAT:
        spread = f"{grey.least:.2f} to {grey.most:.2f} in T1 {of}"
        notes.append(
            f"white matter is {quality.contrast:.2f} times as bright as the cortex ({spread}): another contrast, "
            "a small child, or a wrong result"
        )
    if len(quality.missing) > MOST_MISSING * quality.structures:
        notes.append(f"{len(quality.missing)} of {quality.structures} structures were not found")
    if len(quality.odd) > MOST_ODD * quality.structures:
        notes.append(
            f"{len(quality.odd)} of {quality.structures} structures have volumes far from those {of}"
        )
    for share, what in ((quality.cut_by_grid, "grid"), (quality.cut_by_field, "field of view")):
        if share > MOST_CUT:
            notes.append(f"about {share:.0%} of the brain lies beyond the {what}")
    return notes


def line(quality: Quality, n_doubts: int) -> str:
    """All figures in one line."""
    parts = [
        f"brain {quality.brain_ml:.0f} ml",
        "" if quality.asymmetry is None else f"left and right within {quality.asymmetry:.1%}",
        "" if quality.contrast is None else f"white matter / cortex {quality.contrast:.2f}",
        f"{len(quality.missing)} of {quality.structures} structures missing, {len(quality.odd)} of odd volume",
        f"cut by the grid {quality.cut_by_grid:.1%}, by the field {quality.cut_by_field:.1%}",
        "stripped" if quality.is_stripped else "",
        f"looks {quality.looks}",
        f"doubts {n_doubts}",
    ]
    return "; ".join(filter(None, parts))


def pairs_of(protocol: Protocol) -> list[tuple[int, int]]:
    """Class indices (left, right) of structures that differ in name by their side alone."""
    sides: dict[str, dict[str, int]] = {}
    for one in protocol.structures:
        sides.setdefault(SIDE.sub("", one.name).casefold(), {})[one.hemisphere] = one.index
    return [(both["L"], both["R"]) for both in sides.values() if {"L", "R"} <= both.keys()]


def asymmetry(volumes: NDArray[np.float64], protocol: Protocol) -> float | None:
    """|L - R| / ((L + R) / 2) of the volumes (C,) of all paired structures; None without any."""
    pairs = pairs_of(protocol)
    left, right = (float(sum(volumes[pair[side]] for pair in pairs)) for side in (0, 1))
    return abs(left - right) / ((left + right) / 2) if left + right else None


def contrast(image: NDArray[Any], classes: NDArray[np.uint8], protocol: Protocol) -> float | None:
    """Median grey level, above the least, of white matter by the cortex's; None where one is not found or 0."""
    gyri = GYRI_FROM.get(protocol.name)
    white = [one.index for one in protocol.structures if WHITE.fullmatch(_bare(one.name))]
    grey = [
        one.index
        for one in protocol.structures
        if (one.native_id >= gyri if gyri else CORTEX.fullmatch(_bare(one.name)))
    ]
    inside = [image[np.isin(classes, some)] for some in (white, grey)]
    if not all(values.size for values in inside):
        return None
    zero = float(image.min())
    bright, dark = (float(np.median(values)) - zero for values in inside)
    return bright / dark if dark > 0 else None


def _bare(name: str) -> str:
    """A structure's name without its side."""
    return SIDE.sub("", name).strip(" -_")


def odd_structures(volumes: NDArray[np.float64], protocol: Protocol) -> tuple[str, ...]:
    """Names of structures whose volume (C,) in ml is far below or above all that were measured; few protocols are."""
    known = measured_spreads()
    odd = []
    for one in protocol.structures:
        spread = known.get((protocol.name, str(one.native_id)))
        if spread and not spread.least / FACTOR <= volumes[one.index] <= spread.most * FACTOR:
            odd.append(one.name)
    return tuple(odd)


def share_beyond(inside: NDArray[np.bool_]) -> float:
    """About which share of a body (X, Y, Z) lies beyond the faces of its volume, to judge by its sections there.

    Of an ellipsoid whose section on a face has r times the area of the largest one, the plane cuts off
    (1 - z)^2 (2 + z) / 4 with z = sqrt(1 - r). Body cut in the middle or before: one half.
    """
    beyond = 0.0
    for axis in range(3):
        areas = np.count_nonzero(inside, axis=tuple(other for other in range(3) if other != axis))
        if not areas.any():
            return 0.0
        for face in (areas[0], areas[-1]):
            z = float(np.sqrt(1 - face / areas.max()))
            beyond += (1 - z) ** 2 * (2 + z) / 4
    return min(beyond, 1.0)
