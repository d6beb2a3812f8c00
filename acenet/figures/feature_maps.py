"""Feature and attention maps of every encoder and decoder block: ACEnet's figure 2."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from acenet.figures.axes_mm import AxesRectangle, finish, place_axes
from acenet.figures.sections import RICH, min_max, upright
from acenet.figures.style import SMALL_PT, WIDE_MM, new_figure
from acenet.inference.feature_maps import BlockActivity

COLOURS, IMAGE_COLOURS = "viridis", "gray"
LEVELS = 4
PARTS = ("(a) before", "(b) attention", "(c) after")
MAP_MM = 28.5
LABEL_MM, TITLE_MM, GAP_MM, HALVES_MM, TEXT_MM, SCALE_MM = 5.0, 5.0, 1.2, 2.0, 3.4, 9.0
NOTE = (
    "Of each block: (a) mean magnitude of the features entering the dense block (of encoder 1 the image), (b) weights "
    "of the spatial branch of scSE, (c) mean magnitude of the features leaving scSE. Each map is scaled from its own "
    "smallest to its largest value; of the weights these are printed below. The channel weights of scSE have no map. "
    "Left of the picture is left."
)


def draw_maps(activities: Sequence[BlockActivity], *, caption: str) -> Figure:
    """The blocks' maps, encoders left and decoders right, in each row those of one resolution.

    Parameters
    ----------
    activities
        Of one slice, maps (R->L, S->I), as `capture_activity` returns them. A skull decoder is put below the other
        decoders: it has the resolution of decoder 1 and its place in the network.
    """
    across, down = next(activity.before.shape for activity in activities if activity.level == 1)
    map_mm = MAP_MM * down / across
    step = map_mm + TEXT_MM
    rows = max(_row(activity) for activity in activities) + 1
    figure = new_figure(WIDE_MM, TITLE_MM + max(rows * step, LEVELS * step + SCALE_MM))
    for activity in activities:
        row, name = _row(activity), activity.branch.capitalize()
        for part, values in enumerate((activity.before, activity.attention, activity.after)):
            left = _left_edge(activity.branch) + part * (MAP_MM + GAP_MM)
            axes = place_axes(figure, AxesRectangle(left, TITLE_MM + row * step, MAP_MM, map_mm))
            is_image = (activity.branch, activity.level, part) == ("encoder", 1, 0)
            _draw_map(axes, values, IMAGE_COLOURS if is_image else COLOURS)
            if row == 0:
                axes.set_title(PARTS[part], pad=3)
            if part == 0:
                axes.set_ylabel(f"{name} {activity.level}" if row < LEVELS else name, labelpad=2)
            if part == 1:
                _write_below(axes, f"{values.min():.3f} to {values.max():.3f}")
    _draw_scale(figure, TITLE_MM + LEVELS * step + 2 * GAP_MM)
    finish(figure, caption)
    return figure


def shown_slice(subject: str, k: int) -> str:
    """For the caption: which slice it is, and how `rich_slice` came to it."""
    return (
        f"Shown is slice {k + 1} of scan {subject}, drawn with the seed from the slices that have at least "
        f"{RICH:.0%} of the most structures in one slice."
    )


def _row(activity: BlockActivity) -> int:
    """Where the maps of a block go: by resolution, the skull decoder after all others."""
    return LEVELS if activity.branch == "skull decoder" else activity.level - 1


def _left_edge(branch: str) -> float:
    """Where the maps of a branch begin, mm."""
    half = LABEL_MM + len(PARTS) * (MAP_MM + GAP_MM) + HALVES_MM
    return LABEL_MM if branch == "encoder" else LABEL_MM + half


def _draw_map(axes: Axes, values: NDArray[np.float32], colours: str) -> None:
    axes.imshow(
        upright(min_max(values)), cmap=colours, vmin=0, vmax=1, interpolation="nearest", aspect="auto"
    )


def _write_below(axes: Axes, text: str) -> None:
    axes.text(0.5, -0.02, text, transform=axes.transAxes, fontsize=SMALL_PT, ha="center", va="top")


def _draw_scale(figure: Figure, top: float) -> None:
    """The colours of the maps, below the encoders."""
    axes = place_axes(figure, AxesRectangle(LABEL_MM, top, 3 * MAP_MM + 2 * GAP_MM, 2.5))
    bar = figure.colorbar(ScalarMappable(Normalize(0, 1), COLOURS), cax=axes, orientation="horizontal")
    bar.set_ticks([0, 1], labels=["smallest value of each map", "largest"])
    first, last = axes.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
