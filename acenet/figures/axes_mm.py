"""Axes at fixed places on a figure, in millimetres: pictures keep their shape, rows and columns line up exactly."""

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from acenet.figures.style import MM_PER_INCH, add_caption


@dataclass(frozen=True)
class AxesRectangle:
    """A rectangle on a figure, mm from its left and upper edges; also the locator that keeps axes there.

    It does not depend on the figure's height, which the caption adds to.
    """

    left: float
    top: float
    width: float
    height: float

    def __call__(self, axes: Any, renderer: Any) -> Bbox:
        """The rectangle as fractions of the figure's sides, from its lower left corner (matplotlib's protocol)."""
        width, height = (inches * MM_PER_INCH for inches in axes.figure.get_size_inches())
        return Bbox.from_bounds(
            self.left / width,
            1 - (self.top + self.height) / height,
            self.width / width,
            self.height / height,
        )


def place_axes(figure: Figure, place: AxesRectangle) -> Axes:
    """New axes at `place`, without ticks and frame."""
    axes = figure.add_axes((0, 0, 1, 1), label=str(place))
    axes.set_axes_locator(place)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    return axes


def finish(figure: Figure, caption: str) -> None:
    """Add the caption; from then on nothing moves (a layout would look for axes that it can place)."""
    add_caption(figure, caption)
    figure.set_layout_engine("none")
