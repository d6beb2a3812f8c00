"""What a viewer's page holds: data that another reader reads back, places within structures, errors by hand."""

import base64
import gzip
import json
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from acenet.protocols import load_protocol
from acenet.segment.view import reduced
from acenet.viewer.scan import Layer, ViewedScan, data_script, error_map, write_single_page, write_viewer
from tests.viewer.ball import AFFINE, CLASSES, SCAN


def content(scan: ViewedScan) -> dict:
    text = data_script(scan)
    assert text.startswith("window.acenetScan = ") and text.endswith(";\n")
    return dict(json.loads(text.removeprefix("window.acenetScan = ").rstrip(";\n")))


def volume(text: str) -> nib.Nifti1Image:
    return nib.Nifti1Image.from_bytes(gzip.decompress(base64.b64decode(text)))


def test_volumes_are_the_scans() -> None:
    found = content(SCAN)
    for text, array in [(found["image"], SCAN.image)] + [
        (one["data"], layer.classes) for one, layer in zip(found["layers"], SCAN.layers, strict=True)
    ]:
        image = volume(text)
        np.testing.assert_array_equal(np.asarray(image.dataobj), array)
        np.testing.assert_allclose(image.affine, AFFINE)
        assert image.get_data_dtype() == np.uint8


def test_names_colours_and_places_are_the_protocols() -> None:
    found, protocol = content(SCAN), load_protocol("malc27")
    assert found["labels"]["names"] == ["", *(one.name for one in protocol.structures)]
    assert found["labels"]["colours"][1:] == [list(one.colour) for one in protocol.structures]
    inverse = np.linalg.inv(AFFINE)
    assert {int(one) for one in found["places"]} == set(np.unique(CLASSES)) - {0}
    for one, mm in found["places"].items():
        voxel = np.rint(inverse[:3, :3] @ mm + inverse[:3, 3]).astype(int)
        assert CLASSES[tuple(voxel)] == int(one)


def test_errors_by_hand() -> None:
    reference, prediction = (np.array([row], np.uint8) for row in ([0, 3, 3, 0, 3], [0, 3, 0, 5, 5]))
    assert error_map(reference, prediction).tolist() == [[0, 0, 1, 2, 3]]


def test_no_name_ends_the_script(tmp_path: Path) -> None:
    layer = replace(SCAN.layers[0], name="</script><script>alert(1)</script>")
    evil = replace(SCAN, title="<b>&", layers=(layer,))
    write_single_page(evil, tmp_path / "page.html", niivue="// here")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count("<script>") == text.count("</script>") == 3  # NiiVue, the data, what drives them
    assert "<b>&" not in text and "alert(1)</script>" not in text
    assert "Redistributions of source code" in text  # the licence goes with the script
    write_single_page(evil, tmp_path / "page.html", niivue=None)
    assert "Redistributions" not in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_page_and_its_data(tmp_path: Path) -> None:
    write_viewer(SCAN, tmp_path / "index.html", niivue="../niivue.js")
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert '<script src="../niivue.js"></script>' in text and '<script src="index.js"></script>' in text
    assert (tmp_path / "index.js").read_text(encoding="utf-8") == data_script(SCAN)
    assert len(text) < 40_000


def test_dice_is_that_of_each_class() -> None:
    layer = Layer("x", CLASSES, dice=(0.5, None))
    assert content(replace(SCAN, layers=(layer,)))["layers"][0]["dice"] == [None, 0.5, None]


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (20 * 24 * 22, [(0, 20, 1), (0, 24, 1), (0, 22, 1)]),
        (20 * 24 * 22 - 1, [(4, 14, 1), (2, 15, 1), (0, 19, 1)]),  # 20 mm are 4, 5 and 10 voxels
        (1000, [(4, 14, 2), (2, 15, 2), (0, 19, 2)]),  # 5 x 7 x 10 are 350, all of them 2470
    ],
)
def test_large_scans_are_shown_in_part(most: int, expected: list[tuple[int, int, int]]) -> None:
    brain = np.zeros((20, 24, 22), np.uint8)
    brain[8:10, 7:10, 8:9] = 1
    affine = np.diag([5.0, 4.0, 2.0, 1.0])
    affine[:3, 3] = -10
    part, moved, note = reduced(brain, affine, most)
    assert [(one.start, one.stop, one.step) for one in part] == expected
    voxel = np.array([1, 2, 1])
    origin = [one.start + i * one.step for one, i in zip(part, voxel, strict=True)]
    np.testing.assert_allclose((moved @ [*voxel, 1])[:3], (affine @ [*origin, 1])[:3])
    assert bool(note) == (most < brain.size)
