"""Properties of the whole: what does not matter, and what is counted."""

import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import torch

from acenet.imaging.io import write_volume
from acenet.inference.volume import Segmentation, segment_volume
from acenet.inputs.stacks import Window
from acenet.networks import NetworkSettings
from acenet.protocols import load_protocol
from acenet.segment.find_scans import ScanFile
from acenet.segment.many_scans import segment_scans
from acenet.segment.one_scan import Wanted
from acenet.segment.segmenter import Segmenter, load_segmenter
from acenet.system.out_of_memory import Workplace
from acenet.system.progress import Progress
from tests.support.small_model import AFFINE, MM, SHAPE, head, write_head, write_model

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "acenet.segment.segmented_scan.draw_segmentation", lambda *_, path, **__: path.write_bytes(b"")
    )


def segmented(
    scan: Path,
    model: Path | Segmenter,
    out: Path,
    wanted: Wanted | None = None,
    *,
    batch: int = 16,
    fast: bool = False,
) -> Path:
    outcome = segment_scans(
        [ScanFile(scan, "scan")],
        load_segmenter(model) if isinstance(model, Path) else model,
        out,
        work=Workplace(CPU, batch, fast),
        progress=Progress(1, None),
        wanted=wanted,
    )
    assert not outcome.failed
    return out


def array(path: Path) -> np.ndarray:
    return np.asarray(nib.load(path).dataobj)


@pytest.mark.parametrize(
    ("axes", "signs"), [((0, 1, 2), (-1, 1, -1)), ((2, 0, 1), (1, 1, 1)), ((1, 2, 0), (-1, -1, 1))]
)
def test_another_order_of_axes_gives_the_same_labels_in_that_order(
    tmp_path: Path, model: Path, axes: tuple, signs: tuple
) -> None:
    write_head(tmp_path / "plain.nii")
    turn = np.stack([axes, signs], axis=1)
    turned = nib.load(tmp_path / "plain.nii").as_reoriented(turn)
    write_volume(tmp_path / "turned.nii", np.asarray(turned.dataobj), turned.affine)
    first, second = (segmented(tmp_path / f"{n}.nii", model, tmp_path / n) for n in ("plain", "turned"))
    for what in ("labels", "brainmask"):
        expected = nib.load(first / f"scan_{what}.nii.gz").as_reoriented(turn)
        found = nib.load(second / f"scan_{what}.nii.gz")
        np.testing.assert_allclose(found.affine, turned.affine)
        np.testing.assert_array_equal(np.asarray(found.dataobj), np.asarray(expected.dataobj))


def test_neither_type_nor_batch_matter(tmp_path: Path, model: Path) -> None:
    write_volume(tmp_path / "a.nii", head(), AFFINE)
    write_volume(tmp_path / "b.nii.gz", head().astype(np.float64) * 0.25, AFFINE)
    first, second = segmented(tmp_path / "a.nii", model, tmp_path / "a"), tmp_path / "b"
    segmented(tmp_path / "b.nii.gz", model, second, batch=3)
    np.testing.assert_array_equal(*(array(out / "scan_labels.nii.gz") for out in (first, second)))


def test_fast_changes_hardly_a_voxel(tmp_path: Path, model: Path) -> None:
    scan = write_head(tmp_path / "scan.nii")
    whole = segmented(scan, model, tmp_path / "whole")
    fast = segmented(scan, model, tmp_path / "fast", fast=True)
    for what in ("labels", "brainmask"):
        first, second = (array(out / f"scan_{what}.nii.gz") for out in (whole, fast))
        assert first.any() and (first == second).mean() > 0.99


def test_as_released_is_what_the_network_is_shown(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = []

    def noted(*arguments: Any, view: Window, **others: Any) -> Segmentation:
        shown.append(view.edges)
        return segment_volume(*arguments, view=view, **others)

    monkeypatch.setattr("acenet.segment.one_scan.segment_volume", noted)
    scan = write_head(tmp_path / "scan.nii")
    segmented(scan, load_segmenter(model, as_released=True), tmp_path / "out")
    assert set(shown) == {"shifted"}
    record = json.loads((tmp_path / "out" / "scan_labels.json").read_text())
    assert record["Request"]["options"]["as_released"] is True


def test_probabilities_and_soft_volumes(tmp_path: Path, model: Path) -> None:
    """On the whole grid the soft volumes of all classes fill it; maps lie where their labels do."""
    classes = tuple(one.index for one in load_protocol("malc27").structures)
    scan = write_head(tmp_path / "scan.nii")
    out = segmented(scan, model, tmp_path / "out", Wanted(probabilities=classes, soft=True), batch=7)
    labels = array(out / "scan_labels.nii.gz")
    maps = {}
    for one in load_protocol("malc27").structures:
        path = next(out.glob(f"scan_probability-{''.join(filter(str.isalnum, one.name))}.nii.gz"))
        image = nib.load(path)
        assert image.get_data_dtype() == np.uint8 and image.shape == SHAPE
        np.testing.assert_allclose(image.affine, AFFINE)
        maps[one.native_id] = image.get_fdata()
    total = np.sum(list(maps.values()), axis=0)
    assert total.max() <= 1 + 27 / 255
    best = np.array(list(maps))[np.argmax(list(maps.values()), axis=0)]
    assert np.mean(best[labels > 0] == labels[labels > 0]) > 0.97  # the rest are ties of bytes
    volumes = pd.read_csv(out / "scan_volumes.tsv", sep="\t").iloc[:-1]
    inside = np.array([maps[int(i)].sum() for i in volumes["index"]]) * MM**3
    # The table counts the whole grid, the maps what lies on the scan, in steps of 1/255.
    rounding = np.prod(SHAPE) * MM**3 * 0.51 / 255
    assert (volumes["soft_volume_mm3"] > inside - rounding).all()
    assert volumes["soft_volume_mm3"].sum() < 32 * 32 * 26 * MM**3


def test_uncertainty_is_the_same_for_the_same_seed(tmp_path: Path, model: Path) -> None:
    scan, segmenter, tables = write_head(tmp_path / "scan.nii"), load_segmenter(model), []
    state = torch.get_rng_state()
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        out = segmented(scan, segmenter, tmp_path / name, Wanted(samples=3, seed=seed))
        tables.append(pd.read_csv(out / "scan_volumes.tsv", sep="\t").iloc[:-1])
    assert torch.equal(state, torch.get_rng_state())
    first, same, other = tables
    pd.testing.assert_frame_equal(first, same)
    assert not first["volume_cv"].equals(other["volume_cv"])
    assert first["voxels"].equals(other["voxels"])  # labels are those without dropout
    assert first["sample_dice"].dropna().between(0, 1).all() and (first["volume_cv"].dropna() > 0).any()


def test_networks_without_skull_branch_get_a_mask_from_their_labels(tmp_path: Path) -> None:
    settings = NetworkSettings("quicknatv2", 28, filters=4, kernel=3)
    out = segmented(
        write_head(tmp_path / "scan.nii"), write_model(tmp_path / "m.pt", settings=settings), tmp_path / "out"
    )
    labels, brain = array(out / "scan_labels.nii.gz") > 0, array(out / "scan_brainmask.nii.gz") > 0
    assert labels.any() and (brain | ~labels).all()
    assert '"BrainMask": "labels' in (out / "scan_labels.json").read_text()
