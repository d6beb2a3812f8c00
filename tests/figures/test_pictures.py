from dataclasses import replace

import matplotlib.image
import numpy as np
import pytest
from matplotlib.text import Text

from acenet.figures.pictures import Portrait, draw_cohort_sheet
from acenet.figures.style import house_style


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


def test_dollars_and_other_signs_in_names_are_letters(tmp_path):
    """Not formulas, of which `$x_$` is a broken one."""
    named = replace(portrait(False), name="$x_$ \\alpha {0} %s")
    draw_cohort_sheet([named], tmp_path / "sheet.png", caption="a $5 and a $6^$ scan")
    with house_style():
        assert not Text(text="$x$").get_parse_math()
