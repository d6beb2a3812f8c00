"""One look for all figures: colours, type sizes, widths, the caption strip, and files that come out the same.

Draw within `house_style()`, from `new_figure` to `write_figure`:

    with house_style():
        figure = new_figure(WIDE_MM, 80)
        axes = figure.subplots()
        ...
        add_caption(figure, caption_of(plan, provenance))
        write_figure(figure, ["figure04.png", "figure04.pdf"])
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.textpath import text_to_path

from acenet.errors import InputError
from acenet.files.atomic import replacing

COLUMN_MM, WIDE_MM = 90, 190  # one and two columns of a journal page
DPI = 300
TEXT_PT, SMALL_PT = 7.0, 6.0
MM_PER_INCH, PT_PER_INCH = 25.4, 72.0

# Okabe and Ito's colours (jfly.uni-koeln.de/color), distinct for all common kinds of colour vision.
BLACK, ORANGE, SKY_BLUE, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, BAND = "#7F7F7F", "#F3F3F3"  # BAND: behind every other row
CYCLE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY_BLUE, BLACK, YELLOW)
BASELINE, OURS = BLUE, ORANGE  # dark and light, which greyscale printing keeps apart

SETTINGS = MappingProxyType(
    {
        "font.family": "DejaVu Sans",  # comes with matplotlib, so that every machine draws the same
        "font.size": TEXT_PT,
        "text.parse_math": False,  # names of structures and subjects may have dollars
        "axes.titlesize": TEXT_PT,
        "axes.labelsize": TEXT_PT,
        "xtick.labelsize": SMALL_PT,
        "ytick.labelsize": SMALL_PT,
        "legend.fontsize": SMALL_PT,
        "legend.title_fontsize": SMALL_PT,
        "figure.titlesize": TEXT_PT,
        "axes.linewidth": 0.5,
        "xtick.major.width": 0.5,
        "ytick.major.width": 0.5,
        "xtick.major.size": 2.0,
        "ytick.major.size": 2.0,
        "lines.linewidth": 0.8,
        "lines.markersize": 3.0,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "grid.linewidth": 0.3,
        "grid.color": "#D0D0D0",
        "legend.frameon": False,
        "figure.dpi": DPI,
        "savefig.dpi": DPI,
        "pdf.fonttype": 42,  # TrueType: text stays text for search and for editors
    }
)
METADATA = MappingProxyType(
    {  # without times and versions, the same figure gives the same bytes
        ".png": {"Software": None},
        ".pdf": {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None},
    }
)
CAPTION_PAD_MM = 1.5
LINE = 1.2  # of caption text, in type sizes
FONT_LINE = 0.976  # what matplotlib takes as the line of our font, in type sizes


@contextmanager
def house_style() -> Iterator[None]:
    """Draw with our settings on top of matplotlib's defaults, whatever the user's own matplotlibrc says."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(cast(Any, SETTINGS))  # typed by a list of literal keys
        yield


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """An empty figure of that size, laid out so that nothing overlaps; made without pyplot, drawn by Agg."""
    return Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH), layout="constrained")


def add_caption(figure: Figure, caption: str) -> None:
    """Make `figure` taller by a strip at the bottom that holds `caption`, set in small type over its width.

    Call once, after the axes are made; the figure must come from `new_figure`. A
    figure's supxlabel would stand in the strip: label the axes.
    """
    engine = figure.get_layout_engine()
    if not isinstance(engine, ConstrainedLayoutEngine):
        raise InputError("figure with a caption", expected="a constrained layout", found=repr(engine))
    width, height = (float(inches) for inches in figure.get_size_inches())
    pad = CAPTION_PAD_MM / MM_PER_INCH
    lines = wrapped(caption, (width - 2 * pad) * PT_PER_INCH)
    strip = len(lines) * LINE * SMALL_PT / PT_PER_INCH + 2 * pad
    figure.set_size_inches(width, height + strip)
    engine.set(rect=(0, strip / (height + strip), 1, height / (height + strip)))
    figure.text(
        pad / width,
        pad / (height + strip),
        "\n".join(lines),
        fontsize=SMALL_PT,
        color="#404040",
        linespacing=LINE / FONT_LINE,
        verticalalignment="bottom",
        gid="caption",
    )


def wrapped(text: str, width_pt: float, size_pt: float = SMALL_PT) -> list[str]:
    """The lines of `text` set in that size, none wider than `width_pt` (unless a single word is)."""
    font = FontProperties(family=str(SETTINGS["font.family"]), size=size_pt)

    def width(piece: str) -> float:
        return float(text_to_path.get_text_width_height_descent(piece, font, ismath=False)[0])

    space = width("n n") - width("nn")
    lines: list[list[str]] = [[]]
    left = width_pt
    for word in text.split():
        needed = width(word) + (space if lines[-1] else 0)
        if needed > left and lines[-1]:
            lines.append([])
            left, needed = width_pt, width(word)
        lines[-1].append(word)
        left -= needed
    return [" ".join(line) for line in lines]


def legend_mark(marker: str, label: str, *, size: float, face: str, edge: str, width: float) -> Line2D:
    """A legend's entry of one marker without a line; `size` and the edge's `width` in points."""
    look = {"marker": marker, "markersize": size, "markerfacecolor": face, "markeredgecolor": edge}
    return Line2D([], [], linestyle="none", markeredgewidth=width, label=label, **look)  # type: ignore[arg-type]


def write_figure(figure: Figure, paths: Iterable[str | PathLike[str]]) -> None:
    """Write `figure` to each path (.png, .pdf), completely or not at all; the same figure, the same bytes."""
    for path in map(Path, paths):
        if path.suffix not in METADATA:
            raise InputError(path, expected=f"a file of {', '.join(METADATA)}", found=repr(path.suffix))
        with replacing(path) as temporary:
            figure.savefig(temporary, metadata=cast(dict[str, str], METADATA[path.suffix]))
