"""Words on pictures that any background leaves legible: which side is which, above all."""

from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from acenet.figures.style import SMALL_PT


def mark_sides(axes: Axes, left: str = "L", right: str = "R") -> None:
    """What lies at the left of a picture and at its right, by default the subject's own left and right."""
    write_on(axes, 0.02, 0.02, left, "left")
    write_on(axes, 0.98, 0.02, right, "right")


def write_on(axes: Axes, x: float, y: float, text: str, align: str) -> None:
    """White text with a dark rim; x and y are fractions of the axes."""
    written = axes.text(
        x, y, text, transform=axes.transAxes, color="white", fontsize=SMALL_PT, ha=align, va="bottom"
    )
    written.set_snap(False)  # snapped to pixels, one of the two bars of a small L vanishes
    written.set_path_effects([withStroke(linewidth=1.2, foreground="black")])
