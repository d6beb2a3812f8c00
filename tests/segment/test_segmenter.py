"""What a model file must say before it segments anything."""

from dataclasses import replace
from pathlib import Path

import pytest

from acenet.errors import InputError
from acenet.imaging.grid import Grid
from acenet.inputs.stacks import Window
from acenet.protocols import load_protocol
from acenet.segment.segmenter import load_segmenter
from tests.support.small_model import GRID, SETTINGS, write_model


def test_a_model_knows_its_labels_and_its_grid(model: Path) -> None:
    found = load_segmenter(model)
    assert found.protocol == load_protocol("malc27") and found.grid == GRID
    assert found.training == "malc27/small" and len(found.sha256) == 64
    assert load_segmenter(model, protocol="malc27", grid=GRID).grid == GRID


def test_as_released_the_ends_of_a_volume_share_stacks(tmp_path: Path, model: Path) -> None:
    paper, released = (load_segmenter(model, as_released=wanted).view for wanted in (False, True))
    assert isinstance(released, Window) and released == replace(paper, edges="shifted") != paper
    unreleased = write_model(tmp_path / "m.pt", settings=replace(SETTINGS, skull=False, parallel=True))
    with pytest.raises(InputError, match="as released: expected an ACEnet with one encoder"):
        load_segmenter(unreleased, as_released=True)


def test_labels_of_ones_own_come_from_the_file(tmp_path: Path) -> None:
    table = [line.replace("Left WM", "My WM") for line in load_protocol("malc27").table()]
    found = load_segmenter(write_model(tmp_path / "m.pt", dataset="mine", protocol=table))
    assert found.protocol.name == "mine" and found.protocol.structures[0].name == "My WM"


def test_what_the_file_does_not_say_must_be_given(tmp_path: Path) -> None:
    older = write_model(tmp_path / "m.pt", grid=None, protocol=None, dataset="mine")
    with pytest.raises(InputError, match="what its labels are, or --protocol"):
        load_segmenter(older)
    with pytest.raises(InputError, match="which grid it was trained on, or --grid"):
        load_segmenter(older, protocol="malc27")
    found = load_segmenter(older, protocol="malc27", grid=Grid())
    assert found.grid == Grid() and found.protocol.name == "malc27"


@pytest.mark.parametrize(
    ("card", "message"),
    [
        (
            {"dataset": "malc133", "protocol": None},
            "expected 139 outputs, as protocol malc133 has classes; found 28",
        ),
        ({"grid": {"shape": [32, 40, 26], "voxel_mm": 3.0, "centre": "brain"}}, "multiples of 16"),
        ({"grid": {"shape": [32, 32]}}, "a grid in the model file"),
    ],
)
def test_files_that_contradict_themselves_are_refused(tmp_path: Path, card: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_segmenter(write_model(tmp_path / "m.pt", **card))
