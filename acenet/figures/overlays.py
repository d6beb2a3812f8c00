"""Segmentations on scans, whole slices and enlarged structures: ACEnet's figure 3, FFCE's figures 3 and 4."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnchoredOffsetbox, DrawingArea, HPacker, OffsetBox, TextArea, VPacker
from matplotlib.patches import Rectangle

from acenet.errors import InputError
from acenet.figures.axes_mm import AxesRectangle, finish, place_axes
from acenet.figures.cases import SLICE_ASPECT, ZOOM_ASPECT, Case, View, view_of
from acenet.figures.marks import mark_sides, write_on
from acenet.figures.sections import Bools, Box, Colour, grey_levels, outline, overlay, section
from acenet.figures.style import SMALL_PT, WIDE_MM, new_figure

OPACITY = 0.5
IMAGE, REFERENCE = "Image", "Reference"
LABEL_MM, LABEL_GAP, TITLE_MM, MARGIN_MM = 5.0, 1.0, 5.0, 0.5
GAP_MM, PAIR_GAP_MM, ROW_GAP_MM = 1.2, 0.8, 2.0
LINE_MM, CHARACTER_MM = 2.9, 1.19  # of the lines below a panel: height, and mean width of a character
LONGEST_LABEL, LONGEST_REASON = 40, 34  # characters
SCALE_BAR_MM = 10
MOST_ROWS = 2
NOTE = (
    "Coronal slices, left of the picture is left: in the first test scan, the slice with most reference voxels of the "
    "named structures, and below it the part in the box. White line: the reference's outline of these structures. "
    "Dice index: of the whole scan."
)

Pair = tuple[Axes, Axes]


def draw_overlays(cases: Sequence[Case], *, caption: str) -> Figure:
    """A picture of every case: the image alone, with the reference's labels, and with each method's.

    Up to `MOST_ROWS` cases are rows (FFCE's figures), more are columns (ACEnet's figure 3).
    Each source is drawn twice: the slice with most voxels of the enlarged structures, and below it the part in the box.
    The white line is the reference's outline of these structures; their Dice index in the whole scan stands below.

    Parameters
    ----------
    cases
        With the same methods in the same order.
    caption
        Goes below the figure; should contain `NOTE`.

    Raises
    ------
    InputError
        No case, or different methods.
    """
    methods = {tuple(case.predictions) for case in cases}
    if len(methods) != 1:
        found = " and ".join(", ".join(names) for names in sorted(methods)) or "none"
        raise InputError("figure", expected="parts with the same methods", found=found)
    sources, across = [IMAGE, REFERENCE, *methods.pop()], len(cases) > MOST_ROWS
    sheet = _Sheet.of(cases, len(sources), across=across)
    figure = new_figure(WIDE_MM, sheet.height)
    for i, case in enumerate(cases):
        view = view_of(case)
        for j, source in enumerate(sources):
            row, column = (j, i) if across else (i, j)
            pair = sheet.place_pair(figure, row, column)
            if view is None:
                _draw_nothing(pair, _absence(case) if j == 0 else "n/a")
            else:
                _draw_pair(pair, case, view, source)
                _write_below(pair[1], _notes(case, view, source, sheet.characters))
            title, label = (case.title, source) if across else (source, case.title)
            if row == 0:
                pair[0].set_title(title, pad=3)
            if column == 0:
                pair[0].text(
                    -LABEL_GAP / sheet.width,
                    1 - sheet.pair_height / 2 / sheet.slice_height,
                    textwrap.fill(label, LONGEST_LABEL),
                    transform=pair[0].transAxes,
                    rotation=90,
                    ha="right",
                    va="center",
                )
    finish(figure, caption)
    return figure


@dataclass(frozen=True)
class _Sheet:
    """Where panels go, in mm: `width` of each, `tops` of the rows, `height` of all."""

    width: float
    tops: tuple[float, ...]
    height: float

    @classmethod
    def of(cls, cases: Sequence[Case], sources: int, *, across: bool) -> "_Sheet":
        """Two columns of a page wide, and as high as the panels and the lines below them need."""
        columns, rows = (len(cases), sources) if across else (sources, len(cases))
        width = (WIDE_MM - LABEL_MM - MARGIN_MM) / columns - GAP_MM
        sheet = cls(width, (), 0.0)
        names = [len(_lines(case, sheet.characters)) for case in cases]
        lines = [1, max(names), *[1] * (rows - 2)] if across else names
        tops = [TITLE_MM]
        for count in lines:
            tops.append(tops[-1] + sheet.pair_height + count * LINE_MM + ROW_GAP_MM)
        return replace(sheet, tops=tuple(tops[:-1]), height=tops[-1])

    @property
    def slice_height(self) -> float:
        return self.width / SLICE_ASPECT

    @property
    def pair_height(self) -> float:
        return self.slice_height + PAIR_GAP_MM + self.width / ZOOM_ASPECT

    @property
    def characters(self) -> int:
        """How many fit below a panel beside a coloured square."""
        return int(self.width / CHARACTER_MM) - 3

    def place_pair(self, figure: Figure, row: int, column: int) -> Pair:
        """Axes for the slice and, below it, its enlarged part."""
        left, top = LABEL_MM + column * (self.width + GAP_MM), self.tops[row]
        zoom_top = top + self.slice_height + PAIR_GAP_MM
        return (
            place_axes(figure, AxesRectangle(left, top, self.width, self.slice_height)),
            place_axes(figure, AxesRectangle(left, zoom_top, self.width, self.width / ZOOM_ASPECT)),
        )


def _draw_pair(pair: Pair, case: Case, view: View, source: str) -> None:
    """The slice and its enlarged part, without labels, with the reference's or with those of a method."""
    grey = section(grey_levels(case.image[:, :, view.k, None], case.brain[:, :, view.k, None]), 0)
    reference = section(case.reference, view.k)
    labels = section(case.predictions[source], view.k) if source in case.predictions else reference
    colours = {structure.index: structure.colour for structure in case.protocol.structures}
    picture = overlay(grey, labels, {} if source == IMAGE else colours, opacity=OPACITY)
    for axes, box in zip(pair, (view.frame, view.zoom), strict=True):
        axes.set_facecolor("black")
        axes.spines[:].set(visible=True, linewidth=0.4)  # an image may be white at its edge
        axes.imshow(picture, interpolation="nearest", aspect="auto")
        axes.set(xlim=(box.left, box.right), ylim=(box.bottom, box.top))
    _draw_box(pair[0], view.zoom)
    mark_sides(pair[0])
    if source == IMAGE:
        _draw_scale(pair[1], view.zoom, case.voxel_mm)
    else:
        for structure in case.structures:
            _draw_outline(pair[1], reference == structure.index)


def _draw_nothing(pair: Pair, reason: str) -> None:
    """Two empty panels with a reason in the upper one."""
    for axes, text in zip(pair, (reason, ""), strict=True):
        axes.set_facecolor("#F0F0F0")
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=SMALL_PT)


def _absence(case: Case) -> str:
    names = " and ".join(structure.name for structure in case.structures)
    return textwrap.fill(f"n/a: the reference of scan {case.subject} has no {names}", LONGEST_REASON)


def _draw_outline(axes: Axes, mask: Bools) -> None:
    for colour, width in (("black", 1.4), ("white", 0.7)):
        lines = LineCollection(list(outline(mask)), colors=colour, linewidths=width, capstyle="projecting")
        axes.add_collection(lines, autolim=False)


def _draw_box(axes: Axes, box: Box) -> None:
    corner = (box.left, box.top)
    for colour, width in (("black", 1.2), ("white", 0.6)):
        axes.add_patch(
            Rectangle(corner, box.width, box.height, fill=False, edgecolor=colour, linewidth=width)
        )


def _draw_scale(axes: Axes, box: Box, voxel_mm: float) -> None:
    """A bar of 1 cm in the lower left corner."""
    length, x, y = SCALE_BAR_MM / voxel_mm, box.left + 0.04 * box.width, box.bottom - 0.06 * box.height
    for colour, width in (("black", 2.4), ("white", 1.2)):
        axes.plot([x, x + length], [y, y], color=colour, linewidth=width, solid_capstyle="butt")
    write_on(axes, 0.04, 0.09, f"{SCALE_BAR_MM} mm", "left")


def _notes(case: Case, view: View, source: str, characters: int) -> list[OffsetBox]:
    """The lines below an enlarged part: which slice, which structures, or how well they were found."""
    if source == IMAGE:
        return [_text(f"scan {case.subject}, slice {view.k + 1} of {case.reference.shape[2]}")]
    if source == REFERENCE:
        return [
            _row([part for square, name in line for part in (_square(square), _text(name))])
            for line in _lines(case, characters)
        ]
    alike = len({structure.colour for structure in case.structures}) < len(case.structures)
    parts = [_text("Dice")]
    for structure, value in zip(case.structures, view.dice[source], strict=True):
        number = "n/a" if math.isnan(value) else f"{value:.2f}"
        parts += [_square(structure.colour), _text(f"{structure.hemisphere} {number}" if alike else number)]
    return [_row(parts)]


def _lines(case: Case, characters: int) -> list[list[tuple[Colour | None, str]]]:
    """Colours and names of the enlarged structures: all in one line if they fit, else in lines of their own."""
    if sum(len(structure.name) + 3 for structure in case.structures) - 3 <= characters:
        return [[(structure.colour, structure.name) for structure in case.structures]]
    wrapped = [(s.colour, textwrap.wrap(s.name, characters)) for s in case.structures]
    return [[(None if i else colour, part)] for colour, parts in wrapped for i, part in enumerate(parts)]


def _text(text: str) -> OffsetBox:
    return TextArea(text, textprops={"fontsize": SMALL_PT})


def _square(colour: Colour | None) -> OffsetBox:
    """A square in a structure's colour, or as much empty space."""
    area = DrawingArea(SMALL_PT, SMALL_PT, 0, 0)
    if colour is not None:
        filling = tuple(level / 255 for level in colour)
        area.add_artist(
            Rectangle((0, 0), SMALL_PT, SMALL_PT, facecolor=filling, edgecolor="black", linewidth=0.3)
        )
    return area


def _row(parts: Sequence[OffsetBox]) -> OffsetBox:
    return HPacker(children=list(parts), pad=0, sep=2, align="baseline")


def _write_below(axes: Axes, lines: Sequence[OffsetBox]) -> None:
    packed = VPacker(children=list(lines), pad=0, sep=1, align="left")
    axes.add_artist(
        AnchoredOffsetbox(
            loc="upper center", child=packed, pad=0.2, borderpad=0, frameon=False,
            bbox_to_anchor=(0.5, 0.0), bbox_transform=axes.transAxes,
        )
    )  # fmt: skip
