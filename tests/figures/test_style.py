import hashlib
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from acenet.errors import InputError
from acenet.figures.caption import caption_of
from acenet.figures.style import (
    COLUMN_MM,
    SMALL_PT,
    WIDE_MM,
    add_caption,
    house_style,
    new_figure,
    write_figure,
)
from acenet.papers import get_figure
from acenet.report.provenance import EMBEDDED, LICENSED, Provenance

EMBEDDED_RUN = Provenance("demo", EMBEDDED, "48 x 48 x 58 voxels of 3.2 mm", "0.1", "2.6", 1)


def captioned(width_mm: float, caption: str) -> Figure:
    figure = new_figure(width_mm, 40)
    figure.subplots().plot([0, 1], [0, 1])
    add_caption(figure, caption)
    return figure


@pytest.mark.parametrize("width_mm", [COLUMN_MM, WIDE_MM])
@pytest.mark.parametrize("text", [caption_of(get_figure("figure06"), EMBEDDED_RUN), "Rhombencephalon " * 40])
def test_the_caption_strip_holds_the_whole_caption_below_the_axes(width_mm: float, text: str) -> None:
    with house_style():
        figure = captioned(width_mm, text)
        figure.draw_without_rendering()
        (strip,) = (artist for artist in figure.texts if artist.get_gid() == "caption")
        box = strip.get_window_extent()
        width, height = figure.get_size_inches() * figure.dpi
        (axes,) = figure.axes
        assert " ".join(strip.get_text().split()) == " ".join(text.split())
        assert strip.get_fontsize() == SMALL_PT
        assert box.x0 >= 0 and box.x1 <= width
        assert box.y0 >= 0 and box.y1 <= axes.get_tightbbox().y0 < axes.get_tightbbox().y1 <= height
        assert width / figure.dpi * 25.4 == pytest.approx(width_mm)


def test_captions_name_figure_preset_and_data_and_warn_of_embedded_data() -> None:
    text = caption_of(get_figure("figure06"), EMBEDDED_RUN)
    for part in (
        "ACEnet, Figure 6: ",
        "Preset demo",
        EMBEDDED,
        "seed 1",
        "not the papers' results",
        "27 coarse ones",
    ):
        assert part in text
    real = Provenance("paper", LICENSED, "256 x 256 x 256 voxels of 1 mm", "0.1")
    assert "results" not in caption_of(get_figure("figure04"), real)
    assert caption_of(get_figure("curves_malc27"), real).startswith("MALC-27: Loss and validation")
    assert caption_of(get_figure("dots_ffce_table02"), real).startswith("FFCE, Table 2: ")


def test_the_style_hides_and_restores_the_users_settings() -> None:
    with matplotlib.rc_context({"font.size": 31.0, "axes.facecolor": "pink"}):
        with house_style():
            assert matplotlib.rcParams["font.size"] == 7.0
            assert matplotlib.rcParams["axes.facecolor"] == "white"
        assert matplotlib.rcParams["font.size"] == 31.0


SCRIPT = """
import sys
from acenet.figures.style import *
with house_style():
    figure = new_figure(90, 40)
    figure.subplots().plot([0, 1], [0, 1], label="α ≤ β"); figure.legend()
    add_caption(figure, "naïve caption; Δ ± 1")
    write_figure(figure, sys.argv[1:])
"""


def test_files_are_the_same_in_every_process(tmp_path: Path) -> None:
    digests = []
    for seed in ("1", "2"):
        paths = [tmp_path / seed / name for name in ("a.png", "a.pdf")]
        command = [sys.executable, "-c", SCRIPT, *map(str, paths)]
        subprocess.run(
            command,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(tmp_path)},
        )
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in paths])
    assert digests[0] == digests[1]
    assert b"CreationDate" not in (tmp_path / "1" / "a.pdf").read_bytes()
    assert matplotlib.image.imread(tmp_path / "1" / "a.png").shape[1] == np.floor(90 / 25.4 * 300)


def test_other_formats_and_layouts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="jpeg"):
        write_figure(new_figure(90, 40), [tmp_path / "a.jpeg"])
    with pytest.raises(InputError, match="constrained"):
        add_caption(Figure(), "text")
