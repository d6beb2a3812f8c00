"""The figure of feature maps: which map is drawn where."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from acenet.figures.feature_maps import draw_maps
from acenet.figures.style import house_style, write_figure
from acenet.inference.feature_maps import BlockActivity

SIDE = 32


def activities(*, skull: bool) -> list[BlockActivity]:
    random = np.random.default_rng(0)
    keys = [("encoder", level) for level in (1, 2, 3, 4)] + [("decoder", level) for level in (4, 3, 2, 1)]
    found = []
    for branch, level in [*keys, *([("skull decoder", 1)] if skull else [])]:
        side = SIDE >> (level - 1)
        maps = random.uniform(1, 3, (3, side, side)).astype(np.float32)
        maps[1] = 0.25 + maps[1] / 10
        found.append(BlockActivity(branch, level, *maps))
    return found


def draw(*, skull: bool) -> Figure:
    with house_style():
        return draw_maps(activities(skull=skull), caption="A caption.")


def test_three_scaled_maps_of_each_block_left_of_the_picture_is_left() -> None:
    given, figure = activities(skull=True), draw(skull=True)
    axes = [a for a in figure.axes if a.images]
    assert len(axes) == 27
    for i, activity in enumerate(given):
        for part, values in enumerate((activity.before, activity.attention, activity.after)):
            shown = np.asarray(axes[3 * i + part].images[0].get_array())
            assert (shown.min(), shown.max()) == (0, 1)
            scaled = (values - values.min()) / (values.max() - values.min())
            np.testing.assert_allclose(shown, scaled[::-1].T, atol=1e-6)
        low, high = activity.attention.min(), activity.attention.max()
        assert [text.get_text() for text in axes[3 * i + 1].texts] == [f"{low:.3f} to {high:.3f}"]


def test_the_image_alone_is_grey() -> None:
    maps = [axes.images[0].get_cmap().name for axes in draw(skull=True).axes if axes.images]
    assert maps == ["gray"] + ["viridis"] * 26


def test_rows_hold_one_resolution_and_encoders_are_left() -> None:
    figure = draw(skull=True)
    where = {
        axes.get_ylabel(): axes.get_axes_locator()(axes, None) for axes in figure.axes if axes.get_ylabel()
    }
    for level in (1, 2, 3, 4):
        encoder, decoder = where[f"Encoder {level}"], where[f"Decoder {level}"]
        assert encoder.y0 == decoder.y0 and encoder.x1 < decoder.x0
    assert where["Skull decoder"].y1 < where["Decoder 4"].y0 < where["Decoder 1"].y0


def test_without_a_skull_decoder_the_figure_is_lower_and_nothing_leaves_it() -> None:
    low, high = draw(skull=False), draw(skull=True)
    assert low.get_size_inches()[1] < high.get_size_inches()[1]
    for figure in (low, high):
        caption = next(text for text in figure.texts if text.get_gid() == "caption")
        top = caption.get_window_extent().y1 / figure.bbox.height
        for axes in figure.axes:
            box = axes.get_axes_locator()(axes, None)
            assert box.x0 > 0 and box.x1 < 1 and top < box.y0 and box.y1 < 1


def test_a_constant_map_is_drawn() -> None:
    given = activities(skull=False)
    flat = BlockActivity("encoder", 2, *[np.full((16, 16), 0.5, np.float32)] * 3)
    with house_style():
        figure = draw_maps([given[0], flat, *given[2:]], caption="")
    assert np.asarray(figure.axes[3].images[0].get_array()).max() == 0


@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_the_same_maps_give_the_same_bytes(tmp_path, suffix) -> None:
    paths = [tmp_path / f"{name}.{suffix}" for name in ("one", "two")]
    for path in paths:
        with house_style():
            write_figure(draw_maps(activities(skull=False), caption="A caption."), [path])
    assert paths[0].read_bytes() == paths[1].read_bytes()
