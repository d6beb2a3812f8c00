from dataclasses import replace

import matplotlib.image
import nibabel as nib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform

from acenet.figures.marks import mark_sides
from acenet.figures.style import house_style
from acenet.figures.subject_sheet import Portrait, cohort_sheet, draw_cohort_sheet


def portrait(axes_flipped: bool, labels: bool = True) -> Portrait:
    image = np.zeros((20, 24, 22), np.int16)
    image[4:16, 4:20, 4:18] = 100
    structures = np.zeros_like(image)
    structures[4:10, 4:20, 4:18] = 1  # low x: left
    structures[10:16, 4:20, 4:18] = 2
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    if axes_flipped:
        image, structures = image[::-1], structures[::-1]
        affine[0, 0] = -2.0
    brain = (structures > 0).astype(np.uint8)
    return Portrait("one", image, affine, structures if labels else None, brain if labels else None)


def test_sheet_shows_the_colours_left_of_the_picture_is_left(tmp_path):
    for flipped in (False, True):
        path = tmp_path / f"sheet{flipped}.png"
        draw_cohort_sheet([portrait(flipped)], path, colours={1: (255, 0, 0), 2: (0, 0, 255)})
        picture = matplotlib.image.imread(path)[..., :3]
        red = np.argwhere((picture[..., 0] > picture[..., 2] + 0.3) & (picture[..., 1] < 0.7))
        blue = np.argwhere(picture[..., 2] > picture[..., 0] + 0.3)
        assert len(red) > 200 and len(blue) > 200
        assert np.median(red[:, 1]) < np.median(blue[:, 1])


@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_sheet_of_subjects_with_and_without_labels(tmp_path, suffix):
    path = tmp_path / f"sheet.{suffix}"
    draw_cohort_sheet([portrait(False), portrait(True, labels=False)], path, caption="synthetic")
    assert path.stat().st_size > 1000


@pytest.mark.parametrize("axes", ["RAS", "LAS", "LIA", "PSR"])
def test_the_marks_stand_where_the_world_has_the_sides(axes):
    """A head whose left half is brighter, and its front brighter still: told from the affine alone."""
    shape, spacing = (20, 24, 22), (2.0, 1.5, 3.0)
    ras = np.full(shape, 40, np.int16)
    ras[:10] = 60  # low x: left
    ras[:, 16:] += 100  # high y: front
    image = nib.Nifti1Image(ras, np.diag([*spacing, 1.0]))
    turn = ornt_transform(io_orientation(image.affine), axcodes2ornt(axes))
    turned = image.as_reoriented(turn)
    figure = cohort_sheet(
        [Portrait("one", np.asarray(turned.dataobj), turned.affine)], colours=None, caption=""
    )
    for row, ends in enumerate(["LR", "LR", "PA", "LR"]):
        marks = {text.get_text(): text.get_position()[0] for text in figure.axes[row].texts}
        assert sorted(marks) == sorted(ends)
        columns = figure.axes[row].images[0].get_array()[..., 0].mean(axis=0)
        brighter_half = (
            "left" if columns[: len(columns) // 2].mean() > columns[len(columns) // 2 :].mean() else "right"
        )
        bright_end = "L" if "L" in ends else "A"
        assert ("left" if marks[bright_end] < 0.5 else "right") == brighter_half


@pytest.mark.parametrize("dpi", [90, 110, 160, 300])
def test_a_small_letter_has_all_its_strokes(dpi):
    figure = Figure(figsize=(1, 1), dpi=dpi, facecolor="black")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    mark_sides(axes)
    FigureCanvasAgg(figure).draw()
    left = np.asarray(figure.canvas.buffer_rgba())[:, : dpi // 2, 0] > 60
    height, width = (np.ptp(np.flatnonzero(left.any(axis=axis))) + 1 for axis in (1, 0))
    assert height > 1.2 * width > 2, "an L is a high bar and a wide one"


def test_dollars_and_other_signs_in_names_are_letters(tmp_path):
    """Not formulas, of which `$x_$` is a broken one."""
    named = replace(portrait(False), name="$x_$ \\alpha {0} %s")
    draw_cohort_sheet([named], tmp_path / "sheet.png", caption="a $5 and a $6^$ scan")
    with house_style():
        assert not Text(text="$x$").get_parse_math()
