"""Draws what subjects look like: a sheet with one column per subject, image above and labels below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from types import MappingProxyType
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from nibabel import orientations
from nibabel.affines import voxel_sizes
from numpy.typing import NDArray

from acenet.figures.marks import mark_sides
from acenet.figures.style import house_style
from acenet.files.atomic import replacing

CORONAL, SAGITTAL, AXIAL = 1, 0, 2  # the axis of a RAS volume along which the slices of a view follow
ENDS = MappingProxyType(
    {CORONAL: "LR", AXIAL: "LR", SAGITTAL: "PA"}
)  # of a RAS volume's first and last columns
COLOURS = 20  # of the qualitative map used when no protocol's colours are given
OPACITY = 0.45
INCHES = 2.4
DPI = 160


@dataclass(frozen=True)
class Portrait:
    """One subject to draw, in any orientation: arrays (I, J, K), labels and brain may be missing."""

    name: str
    image: NDArray[np.generic]
    affine: NDArray[np.float64]
    labels: NDArray[np.integer] | None = None
    brain: NDArray[np.integer] | None = None


@dataclass(frozen=True)
class _Upright:
    """A portrait with axes right, anterior, superior; grey is 0..1, spacing in mm, centre a voxel (3,)."""

    grey: NDArray[np.float32]
    labels: NDArray[np.integer] | None
    brain: NDArray[np.integer] | None
    spacing: NDArray[np.float64]
    centre: tuple[int, ...]


def draw_cohort_sheet(
    portraits: Sequence[Portrait],
    path: str | PathLike[str],
    *,
    colours: Mapping[int, tuple[int, int, int]] | None = None,
    caption: str = "",
) -> None:
    """Write a sheet to `path` (.png, .pdf): per subject the coronal image, the same with its labels in

    colour, a sagittal and an axial view with the brain mask's contour. Left of the picture is the left side, and
    marked so; sagittal views look to the left.

    Parameters
    ----------
    colours
        Label id -> RGB 0..255, as a protocol gives them; by default 20 colours in turn.
    """
    with house_style():
        figure = cohort_sheet(portraits, colours=colours, caption=caption)
        with replacing(path) as temporary:
            figure.savefig(temporary, dpi=DPI)


def cohort_sheet(
    portraits: Sequence[Portrait], *, colours: Mapping[int, tuple[int, int, int]] | None, caption: str
) -> Figure:
    """The sheet of `draw_cohort_sheet`, rows of axes for the views, columns for the subjects."""
    rows = 4
    # Agg draws into memory; a figure made this way needs no display and no global state of pyplot.
    figure = Figure(figsize=(INCHES * len(portraits), INCHES * rows), layout="compressed")
    axes = figure.subplots(rows, len(portraits), squeeze=False)
    for column, portrait in enumerate(portraits):
        upright = _upright(portrait)
        axes[0, column].set_title(portrait.name, fontsize=8)
        _draw(axes[0, column], upright, CORONAL)
        _draw(axes[1, column], upright, CORONAL, colours=_palette(upright.labels, colours))
        _draw(axes[2, column], upright, SAGITTAL, contour=True)
        _draw(axes[3, column], upright, AXIAL, contour=True)
    if caption:
        figure.supxlabel(caption, fontsize=8)
    return figure


def _upright(portrait: Portrait) -> _Upright:
    """Turn a portrait to RAS by flips and transposes; grey levels are cut at the 99.5th percentile."""
    turning: Any = orientations  # nibabel is typed only in part
    turn = turning.io_orientation(portrait.affine)
    image = np.asarray(turning.apply_orientation(portrait.image, turn), dtype=np.float32)
    labels, brain = (
        None if array is None else turning.apply_orientation(array, turn)
        for array in (portrait.labels, portrait.brain)
    )
    spacing = np.empty(3)
    spacing[turn[:, 0].astype(int)] = voxel_sizes(portrait.affine)
    focus = next((array for array in (brain, labels) if array is not None and array.any()), None)
    if focus is None:
        focus = image > 0.3 * np.percentile(image, 99)
    used = [np.flatnonzero(focus.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    centre = tuple(int((u[0] + u[-1]) // 2) for u in used)
    bright = float(np.percentile(image[image > 0], 99.5)) if (image > 0).any() else 1.0
    return _Upright(np.clip(image / bright, 0, 1), labels, brain, spacing, centre)


def _palette(
    labels: NDArray[np.integer] | None, colours: Mapping[int, tuple[int, int, int]] | None
) -> dict[int, tuple[float, float, float]]:
    """Label id -> RGB 0..1 for the ids that occur, background left out."""
    if labels is None:
        return {}
    ids = [int(i) for i in np.unique(labels) if i]
    if colours is not None:
        return {i: tuple(c / 255 for c in colours[i]) for i in ids if i in colours}  # type: ignore[misc]
    table = matplotlib.colormaps["tab20"]
    return {i: table((7 * k) % COLOURS)[:3] for k, i in enumerate(ids)}


def _draw(
    axes: Axes,
    subject: _Upright,
    view: int,
    *,
    colours: Mapping[int, tuple[float, float, float]] | None = None,
    contour: bool = False,
) -> None:
    """One slice through the centre; rows of the picture run from superior (or anterior) downwards."""
    where = subject.centre[view] + (round(6 / subject.spacing[view]) if view == SAGITTAL else 0)
    across, up = (axis for axis in range(3) if axis != view)
    grey = np.asarray(subject.grey.take(where, axis=view)).T
    picture = np.repeat(grey[..., np.newaxis], 3, axis=2)
    if colours and subject.labels is not None:
        section = subject.labels.take(where, axis=view).T
        for label, colour in colours.items():
            inside = section == label
            picture[inside] = (1 - OPACITY) * picture[inside] + OPACITY * np.array(colour)
    aspect = subject.spacing[up] / subject.spacing[across]
    axes.imshow(picture, origin="lower", aspect=aspect, interpolation="nearest")
    if contour and subject.brain is not None:
        brain = subject.brain.take(where, axis=view).T > 0
        if brain.any() and not brain.all():
            axes.contour(brain, levels=[0.5], colors=["#ff4030"], linewidths=0.6)
    mark_sides(axes, *ENDS[view])
    axes.set_axis_off()
