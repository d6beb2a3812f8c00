"""Figures of segmentations: what is drawn where, on scans made here."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.offsetbox import TextArea

from acenet.errors import InputError
from acenet.figures.cases import Case, named_structures, view_of
from acenet.figures.overlays import OPACITY, draw_overlays
from acenet.figures.sections import bounds, is_any, section
from acenet.figures.style import house_style, write_figure
from acenet.protocols import load_protocol

PROTOCOL = load_protocol("schizbull32")
LEFT = 15


def case(*names: str, title: str = "SchizBull") -> Case:
    reference = np.zeros((32, 32, 12), np.uint8)
    reference[4:28, 4:28] = 1
    reference[20:24, 14:18, 4:7] = LEFT
    reference[8:12, 14:18, 4:7] = 30
    missed = np.where(reference == LEFT, 14, reference).astype(np.uint8)
    return Case(
        title=title,
        subject="one",
        protocol=PROTOCOL,
        structures=named_structures(PROTOCOL, names or ("Left-Amygdala", "Right-Amygdala")),
        image=np.full(reference.shape, 100, np.uint8),
        brain=(reference > 0).astype(np.uint8),
        reference=reference,
        predictions={"Theirs": missed, "Ours": reference},
        voxel_mm=3.0,
    )


def draw(*cases: Case) -> Figure:
    with house_style():
        return draw_overlays(cases, caption="A caption.")


def words(figure: Figure, panel: int) -> str:
    """What stands below a panel."""
    return " ".join(area.get_text() for area in figure.axes[panel].findobj(TextArea))


def test_each_source_has_a_slice_and_below_it_its_enlarged_part() -> None:
    one = case()
    view, figure = view_of(one), draw(one)
    assert view is not None and len(figure.axes) == 8
    for whole, enlarged in zip(figure.axes[::2], figure.axes[1::2], strict=True):
        assert whole.get_xlim() == (view.frame.left, view.frame.right)
        assert enlarged.get_xlim() == (view.zoom.left, view.zoom.right)
        assert enlarged.get_ylim() == (view.zoom.bottom, view.zoom.top)  # rows run downwards
        assert {text.get_text() for text in whole.texts} >= {"L", "R"}
        box = whole.patches[-1]
        assert (box.get_x(), box.get_y()) == (view.zoom.left, view.zoom.top)
        assert (box.get_width(), box.get_height()) == (view.zoom.width, view.zoom.height)
    assert words(figure, 1) == "scan one, slice 5 of 12"
    assert words(figure, 3) == "Left-Amygdala Right-Amygdala"
    assert (
        words(figure, 5) == "Dice L 0.00 R 1.00"
    )  # both sides have one colour, so the letter tells them apart
    assert words(figure, 7) == "Dice L 1.00 R 1.00"


def test_colours_are_the_protocols_laid_over_the_image() -> None:
    one = case("Left-Amygdala")
    figure = draw(one)
    pictures = [np.asarray(axes.images[0].get_array()) for axes in figure.axes[::2]]
    row, column = np.argwhere(section(one.reference, 4) == LEFT)[0]
    assert column < 16  # left of the picture
    colours = {s.index: np.array(s.colour) / 255 for s in PROTOCOL.structures}
    np.testing.assert_allclose(pictures[0][row, column], 1.0)  # the image alone, its brain all of one level
    mixed = (1 - OPACITY) + OPACITY * colours[LEFT]
    np.testing.assert_allclose(pictures[1][row, column], mixed)
    np.testing.assert_allclose(pictures[2][row, column], (1 - OPACITY) + OPACITY * colours[14])
    np.testing.assert_allclose(pictures[3][row, column], mixed)


def test_outlines_are_the_references_also_where_the_prediction_misses_the_structure() -> None:
    one = case("Left-Amygdala")
    figure, box = draw(one), bounds(is_any(section(one.reference, 4), [LEFT]))
    outlines = [[c for c in axes.collections if isinstance(c, LineCollection)] for axes in figure.axes[1::2]]
    assert [len(lines) for lines in outlines] == [0, 2, 2, 2]  # white on black, not on the image alone
    for lines in outlines[2]:
        points = np.concatenate(lines.get_segments())
        assert (points.min(0), points.max(0)) == (
            pytest.approx((box.left, box.top)),
            pytest.approx((box.right, box.bottom)),
        )


def headings(figure: Figure) -> tuple[list[str], set[str]]:
    """Texts above the panels, and in them or beside them."""
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    return titles, {text.get_text() for axes in figure.axes for text in axes.texts}


def test_two_cases_are_rows_and_three_are_columns() -> None:
    titles, labels = headings(draw(case(title="First"), case("Left-Amygdala", title="Second")))
    assert titles == ["Image", "Reference", "Theirs", "Ours"] and labels >= {"First", "Second"}
    titles, labels = headings(draw(case(title="First"), case(title="Second"), case(title="Third")))
    assert titles == ["First", "Second", "Third"] and labels >= {"Image", "Reference", "Theirs", "Ours"}


def test_a_case_whose_reference_lacks_the_structure_says_so_and_the_others_are_drawn() -> None:
    figure = draw(case("CSF", title="Empty"), case())
    texts = [" ".join(text.get_text() for text in axes.texts) for axes in figure.axes]
    assert "reference of scan one has no CSF" in texts[0].replace("\n", " ")
    assert [not axes.images for axes in figure.axes] == [True] * 8 + [False] * 8
    assert "n/a" in texts[2]


def test_panels_do_not_overlap_and_stay_above_the_caption() -> None:
    figure = draw(case(), case(), case())
    with house_style():
        figure.draw_without_rendering()
    boxes = [axes.get_position(original=False) for axes in figure.axes]
    placed = [axes.get_axes_locator()(axes, None) for axes in figure.axes]
    caption = next(text for text in figure.texts if text.get_gid() == "caption")
    top = caption.get_window_extent().y1 / figure.bbox.height
    assert min(box.y0 for box in placed) > top and max(box.y1 for box in placed) < 1
    assert min(box.x0 for box in placed) > 0 and max(box.x1 for box in placed) < 1
    for i, one in enumerate(placed):
        for other in placed[:i]:
            apart = one.x0 >= other.x1 or other.x0 >= one.x1 or one.y0 >= other.y1 or other.y0 >= one.y1
            assert apart
    assert len(boxes) == 24


def test_methods_must_agree() -> None:
    other = replace(case(), predictions={"Ours": case().reference})
    with pytest.raises(InputError, match="the same methods; found Ours and Theirs, Ours"):
        draw(case(), other)
    with pytest.raises(InputError, match="found none"):
        draw()


@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_the_same_figure_gives_the_same_bytes(tmp_path, suffix) -> None:
    paths = [tmp_path / f"{name}.{suffix}" for name in ("one", "two")]
    for path in paths:
        with house_style():
            write_figure(draw_overlays([case()], caption="A caption."), [path])
    assert paths[0].read_bytes() == paths[1].read_bytes() and paths[0].stat().st_size > 5000
