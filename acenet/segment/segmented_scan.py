"""One picture of a segmented scan: three planes, three sections each, structures outlined in their colours."""

import warnings
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from nibabel import orientations
from nibabel.affines import voxel_sizes
from numpy.typing import NDArray

from acenet.figures.sections import Bools, Scalar, Uint8, grey_levels, outline
from acenet.figures.style import house_style
from acenet.files.atomic import replacing
from acenet.protocols import Protocol
from acenet.system.terminal import printable

PLANES = (("coronal", 1), ("axial", 2), ("sagittal", 0))  # and the axis of a RAS volume that it cuts
SECTIONS = (0.3, 0.5, 0.7)  # where, between the ends of the brain
MARGIN_MM = 12.0
LINE_PT, BRAIN_LINE_PT = 0.6, 0.4
SIDE_INCHES, DPI = 7.5, 200
STRIP = 0.03  # of the height, for the caption


@dataclass(frozen=True)
class _Upright:
    """A scan with axes right, anterior, superior (I, J, K): grey 0..1, classes, brain, and mm per voxel (3,)."""

    grey: NDArray[np.float32]
    classes: Uint8
    brain: Bools
    spacing: NDArray[np.float64]


def draw_segmentation(
    image: NDArray[Any],
    classes: Uint8,
    brain: Uint8,
    affine: NDArray[np.float64],
    *,
    protocol: Protocol,
    caption: str,
    path: str | PathLike[str],
) -> None:
    """Write a PNG of a scan, its class map and brain mask, all (I, J, K) in any orientation.

    Left of a picture is left; sagittal sections look to the left. Slices are drawn along the scan's own axes.
    """
    scan = _upright(image, classes, brain, affine)
    with house_style():
        # Places given rather than found by a layout, which would draw everything twice.
        figure = Figure(figsize=(SIDE_INCHES, SIDE_INCHES / (1 - STRIP)))
        for row, (plane, axis) in enumerate(PLANES):
            first, last = _ends(scan.brain, axis)
            for column, fraction in enumerate(SECTIONS):
                width, height = 1 / len(SECTIONS), (1 - STRIP) / len(PLANES)
                axes = figure.add_axes((column * width, 1 - (row + 1) * height, width, height))
                _draw(axes, scan, axis, round(first + fraction * (last - first)), protocol)
                _mark(axes, *("PA" if plane == "sagittal" else "LR"))
        # Names in a caption are no mathematics, whatever dollar signs they have, and may be bytes of no encoding.
        shown = printable(caption).replace("\n", "\\n")
        figure.text(0.01, STRIP / 2, shown, verticalalignment="center", parse_math=False)
        with replacing(path) as temporary, warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph")  # letters that the font lacks become boxes
            figure.savefig(temporary, dpi=DPI, metadata={"Software": None})


def _upright(image: NDArray[Any], classes: Uint8, brain: Uint8, affine: NDArray[np.float64]) -> _Upright:
    """Turned by flips and transposes alone."""
    turning: Any = orientations  # nibabel is typed only in part
    turn = turning.io_orientation(affine)
    image, classes, brain = (turning.apply_orientation(array, turn) for array in (image, classes, brain))
    spacing = np.empty(3)
    spacing[turn[:, 0].astype(int)] = voxel_sizes(affine)
    inside = brain > 0 if brain.any() else classes > 0
    return _Upright(grey_levels(image, inside).astype(np.float32), classes, inside, spacing)


def _ends(mask: Bools, axis: int) -> tuple[int, int]:
    """First and last slice of a mask along an axis; the whole axis for an empty mask."""
    used = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
    return (int(used[0]), int(used[-1])) if used.size else (0, mask.shape[axis] - 1)


def _draw(axes: Axes, scan: _Upright, axis: int, k: int, protocol: Protocol) -> None:
    """Slice k along an axis: columns along the first of the other two, rows upwards along the second."""
    across, up = (other for other in range(3) if other != axis)
    axes.imshow(
        _section(scan.grey, axis, k),
        cmap="gray",
        vmin=0,
        vmax=1,
        origin="lower",
        aspect=scan.spacing[up] / scan.spacing[across],
        interpolation="nearest",
    )
    _outline(axes, _section(scan.brain, axis, k), "white", BRAIN_LINE_PT)
    classes = _section(scan.classes, axis, k)
    for structure in protocol.structures:
        _outline(axes, classes == structure.index, "#" + bytes(structure.colour).hex(), LINE_PT)
    axes.set(xlim=_limits(scan, across), ylim=_limits(scan, up))
    axes.set_axis_off()


def _section(volume: NDArray[Scalar], axis: int, k: int) -> NDArray[Scalar]:
    section: NDArray[Scalar] = np.moveaxis(volume, axis, 0)[k].T
    return section


def _outline(axes: Axes, mask: Bools, colour: str, width: float) -> None:
    if mask.any():
        lines = LineCollection(list(outline(mask)), colors=colour, linewidths=width)
        axes.add_collection(lines, autolim=False)


def _limits(scan: _Upright, axis: int) -> tuple[float, float]:
    """The brain and a margin, within the scan."""
    (first, last), margin = _ends(scan.brain, axis), MARGIN_MM / scan.spacing[axis]
    return max(first - margin, -0.5), min(last + margin, scan.brain.shape[axis] - 0.5)


def _mark(axes: Axes, left: str, right: str) -> None:
    for x, text, align in ((0.02, left, "left"), (0.98, right, "right")):
        axes.text(x, 0.02, text, transform=axes.transAxes, color="white", ha=align, va="bottom")
