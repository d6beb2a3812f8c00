"""A test scan in the viewer: its layers, their Dice, and pictures of the maps."""

import json
from pathlib import Path

import numpy as np
import pytest

from acenet.figures.cases import read_case
from acenet.metrics.overlap import dice, joint_histogram
from acenet.page.conformed_scan import view_conformed
from acenet.page.contents import read_contents
from acenet.page.pictures import scans
from acenet.plan import paths
from acenet.report import Provenance
from tests.figures.test_cases import AFFINE, PROTOCOL, reference, write_scan


def test_a_scan_with_reference_predictions_and_errors(tmp_path: Path) -> None:
    ours = np.asfortranarray(np.roll(reference(), 1, axis=0))
    folders = write_scan(tmp_path, ours=ours)
    case = read_case(
        "",
        PROTOCOL,
        [PROTOCOL.structures[0].name],
        conformed=tmp_path / "scans/one",
        predicted={"Ours": folders["ours"]},
    )
    folder = tmp_path / paths.viewer("schizbull32")
    view_conformed(
        case,
        AFFINE,
        folder,
        dataset="schizbull32",
        provenance=Provenance("demo", "embedded cohort", "32", "1"),
    )
    assert {one.name for one in folder.iterdir()} == {
        "index.html",
        "index.js",
        "reference.png",
        "prediction1.png",
    }
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert 'href="../../../index.html' in page and 'src="../../niivue.js"' in page
    assert "embedded cohort stands in" in page
    data = json.loads((folder / "index.js").read_text(encoding="utf-8").partition("= ")[2].rstrip(";\n"))
    assert [one["name"] for one in data["layers"]] == ["Reference", "Ours", "Errors of Ours"]
    expected = dice(joint_histogram(reference(), ours, PROTOCOL.n_classes))
    for one in (1, 15, 30):
        assert data["layers"][1]["dice"][one] == pytest.approx(expected[one], abs=1e-4)
    assert data["layers"][1]["dice"][2] is None  # in neither map
    assert [one.data for one in scans(read_contents(tmp_path))] == ["SchizBull-32"]
