"""Figures of a result that need no reference: closed forms, hand-made volumes, and the table of measured spreads."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acenet.errors import InputError
from acenet.protocols import load_protocol
from acenet.segment.fit import ABSURD_ML, require_fit
from acenet.segment.quality import (
    Quality,
    asymmetry,
    contrast,
    doubts,
    line,
    odd_structures,
    pairs_of,
    quality_of,
    share_beyond,
)
from acenet.segment.spread import ASYMMETRY, BRAIN, CONTRAST, measured_spreads

GOOD = Quality(1381.0, 0.007, 1.63, (), (), 27, 0.0, 0.0, False, 3)


def ball(shape: tuple[int, int, int], centre: tuple[float, float, float], radius: float) -> np.ndarray:
    places = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    return np.linalg.norm(places - centre, axis=-1) < radius


@pytest.mark.parametrize("offset", [30.0, 22.5, 15.5, 7.5])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_share_beyond_a_face_is_that_of_a_ball(offset: float, axis: int) -> None:
    """A ball of 30 voxels' radius whose centre lies `offset` before a face."""
    shape, centre = [80, 80, 80], [40.0, 40.0, 40.0]
    whole = np.count_nonzero(ball((80, 80, 80), (40, 40, 40), 30))
    shape[axis] = round(40 + offset + 0.5)
    inside = ball(tuple(shape), tuple(centre), 30)  # type: ignore[arg-type]
    assert share_beyond(inside) == pytest.approx(
        1 - np.count_nonzero(inside) / whole, rel=0.16, abs=0.002
    )  # half a voxel off
    assert share_beyond(np.flip(inside, axis)) == pytest.approx(share_beyond(inside))


def test_what_touches_no_face_is_whole_and_nothing_is_nothing() -> None:
    assert share_beyond(ball((50, 60, 70), (25, 30, 35), 20)) == 0 == share_beyond(np.zeros((4, 4, 4), bool))
    assert share_beyond(np.ones((4, 4, 4), bool)) == 1
    fitting = ball((160, 160, 160), (79.5, 79.5, 79.5), 80.2)  # a field as large as the brain cuts nothing
    assert 0 < share_beyond(fitting) < 0.001


@given(st.tuples(*[st.integers(0, 12)] * 3), st.floats(1, 14))
def test_a_share_is_a_share(centre: tuple[int, int, int], radius: float) -> None:
    assert 0 <= share_beyond(ball((12, 12, 12), centre, radius)) <= 1


@pytest.mark.parametrize(
    ("name", "number"), [("malc27", 12), ("malc133", 65), ("schizbull32", 14), ("mindboggle62", 31)]
)
def test_pairs_are_found_by_name(name: str, number: int) -> None:
    protocol = load_protocol(name)
    by_index = {one.index: one for one in protocol.structures}
    pairs = pairs_of(protocol)
    assert len(pairs) == number
    for left, right in pairs:
        assert (by_index[left].hemisphere, by_index[right].hemisphere) == ("L", "R")


def test_asymmetry_by_hand() -> None:
    protocol = load_protocol("malc27")
    volumes = np.zeros(protocol.n_classes)
    assert asymmetry(volumes, protocol) is None
    volumes[[1, 2, 3, 4]] = 200, 100, 180, 90  # left white matter and cortex, right ones
    volumes[12] = 1000  # the third ventricle, which has no side
    assert asymmetry(volumes, protocol) == pytest.approx(30 / 285)


@pytest.mark.parametrize("name", ["malc27", "malc133", "schizbull32"])
def test_contrast_is_white_matter_by_cortex_above_the_darkest_voxel(name: str) -> None:
    protocol = load_protocol(name)
    white = [one.index for one in protocol.structures if "cerebellum" not in one.name.lower()
             and ("WM" in one.name or "hite" in one.name)]  # fmt: skip
    grey = [one.index for one in protocol.structures if one.native_id >= 100 or "Cerebral-Cortex" in one.name]
    classes = np.zeros((30, 30, 2), np.uint8)
    classes[:9, :2], classes[:9, 5:7] = white[:2], grey[:2]
    image = np.where(np.isin(classes, white), 150.0, np.where(np.isin(classes, grey), 100.0, 20.0)) - 70
    assert contrast(image, classes, protocol) == pytest.approx(130 / 80)
    assert contrast(image, np.zeros_like(classes), protocol) is None
    assert contrast(image, classes, load_protocol("mindboggle62")) is None


def test_the_measured_spreads_are_whole_and_their_means_are_no_doubt() -> None:
    known = measured_spreads()
    assert all(one.least <= one.mean <= one.most and one.sd > 0 for one in known.values())
    for name in ("malc27", "malc133"):
        protocol = load_protocol(name)
        ids = {str(one.native_id) for one in protocol.structures}
        assert ids == {quantity for of, quantity in known if of == name and quantity[0].isdigit()}
        for figure in ("least", "mean", "most"):
            spreads = (known[name, str(one.native_id)] for one in protocol.structures)
            volumes = np.array([0.0, *(getattr(one, figure) for one in spreads)])
            assert odd_structures(volumes, protocol) == ()
            assert len(odd_structures(volumes + 1000, protocol)) == len(protocol.structures)
            assert not odd_structures(
                volumes + 1000, load_protocol("schizbull32")
            )  # of which nothing is known
    for figure in ("least", "mean", "most"):
        brain, pairs, grey = (getattr(known["malc27", one], figure) for one in (BRAIN, ASYMMETRY, CONTRAST))
        assert doubts(replace(GOOD, brain_ml=brain, asymmetry=pairs, contrast=grey)) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"brain_ml": 700.0}, "a brain of 700 ml (those of 30 adults had 1093 to 1630)"),
        ({"brain_ml": 2100.0}, "a brain of 2100 ml"),
        ({"asymmetry": 0.08}, "left and right differ in volume by 8.0% (those of 30 adults by 2.3% at most)"),
        ({"contrast": 0.8}, "white matter is 0.80 times as bright as the cortex"),
        ({"missing": ("a", "b", "c")}, "3 of 27 structures were not found"),
        ({"odd": tuple("abcdefg")}, "7 of 27 structures have volumes far from"),
        ({"cut_by_grid": 0.03}, "about 3% of the brain lies beyond the grid"),
        ({"cut_by_field": 0.2}, "about 20% of the brain lies beyond the field of view"),
    ],
)
def test_each_doubt_alone(change: dict[str, object], told: str) -> None:
    (found,) = doubts(replace(GOOD, **change))  # type: ignore[arg-type]
    assert told in found


@pytest.mark.parametrize(
    "change",
    [{"asymmetry": None, "contrast": None}, {"missing": ("a", "b")}, {"odd": tuple("abcdef")}, {"is_stripped": True},
     {"brain_ml": 860.0}, {"brain_ml": 1900.0}],
)  # fmt: skip
def test_what_is_no_doubt(change: dict[str, object]) -> None:
    assert doubts(replace(GOOD, **change)) == []  # type: ignore[arg-type]


def test_the_line_has_every_figure() -> None:
    assert line(GOOD, 2) == (
        "brain 1381 ml; left and right within 0.7%; white matter / cortex 1.63; 0 of 27 structures missing, 0 of odd "
        "volume; cut by the grid 0.0%, by the field 0.0%; looks 3; doubts 2"
    )
    assert "; stripped;" in line(replace(GOOD, is_stripped=True), 0)


def test_a_stripped_brain_is_told_from_a_head() -> None:
    brain = ball((60, 60, 60), (30, 30, 30), 18)
    head = 100.0 * brain + 50 * ball((60, 60, 60), (30, 30, 30), 28)

    def stripped(image: np.ndarray) -> bool:
        return quality_of(
            image, brain.astype(np.uint8), brain.astype(np.uint8), protocol=load_protocol("malc27"),
            voxel_mm3=8.0, on_grid=brain, looks=1,
        ).is_stripped  # fmt: skip

    assert stripped(100.0 * brain) and stripped(head * ball((60, 60, 60), (30, 30, 30), 19))
    assert not stripped(head)


@pytest.mark.parametrize("volume", [ABSURD_ML[0] - 1, ABSURD_ML[1] + 1])
def test_a_model_that_does_not_fit_is_told_with_its_causes(volume: float) -> None:
    some, none = np.ones((2, 2, 2), np.uint8), np.zeros((2, 2, 2), np.uint8)
    for classes, ml in ((none, 1300.0), (some, volume)):
        with pytest.raises(
            InputError, match=r"scan.nii: expected .* a model that does not fit the scan.*orientation"
        ):
            require_fit(Path("scan.nii"), classes, ml)
    require_fit(Path("scan.nii"), some, 350.0)  # a newborn
