"""Whole pairs: real registrations of a small head, and what becomes of those that cannot work."""

import errno
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import acenet.augmentation.warp as module
from acenet.augmentation import Registration
from acenet.augmentation.failures import failure, record
from acenet.augmentation.warp import WarpFolders, register_scan, warp_pair
from acenet.imaging.io import map_uint8, read_affine, write_uint8
from acenet.metrics.overlap import dice, joint_histogram
from tests.support.head_shapes import AFFINE, moved, phantom, write_scan

SETTINGS = Registration(spacing_mm=5.0, labels="nearest")
FILES = {"image.nii", "brainmask.nii", "malc27.nii", "conform.json", "warp.json"}


def warp(atlas: Path, target: Path, out: Path, *through: Path, on_failure: str = "exclude") -> dict:
    folders = WarpFolders(atlas, target, out)
    warp_pair(folders, SETTINGS, protocols=["malc27"], through=through, on_failure=on_failure)
    return {} if failure(out) else json.loads((out / "warp.json").read_text())


def mean_dice(folder: Path, labels: np.ndarray) -> float:
    found = dice(joint_histogram(np.asfortranarray(labels), np.asarray(map_uint8(folder / "malc27.nii")), 28))
    return float(np.nanmean(found[1:]))


@pytest.fixture(scope="module")
def shifted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A head and the same head two voxels to the left, one down and three to the front; warped onto it."""
    root = tmp_path_factory.mktemp("shifted")
    atlas, target = write_scan(root / "1000", phantom()), moved(phantom(), (2, 1, 3))
    write_scan(root / "T", {"image": target["image"]})
    warp(atlas, root / "T", root / "1000_T")
    return root


def test_a_known_shift_is_recovered_and_labels_and_mask_follow_the_image(shifted: Path) -> None:
    out, truth = shifted / "1000_T", moved(phantom(), (2, 1, 3))
    assert {path.name for path in out.iterdir()} == FILES
    assert mean_dice(shifted / "1000", truth["malc27"]) < 0.5 < 0.97 < mean_dice(out, truth["malc27"])
    brain = joint_histogram(truth["brainmask"], np.asarray(map_uint8(out / "brainmask.nii")), 2)
    assert dice(brain)[1] > 0.97
    difference = np.asarray(map_uint8(out / "image.nii")).astype(int) - truth["image"]
    assert np.abs(difference[truth["brainmask"] > 0]).mean() < 5


def test_the_volumes_are_stored_as_conformed_ones(shifted: Path) -> None:
    out = shifted / "1000_T"
    assert all(map_uint8(out / f"{name}.nii").dtype == np.uint8 for name in ("image", "brainmask", "malc27"))
    assert (read_affine(out / "image.nii") == read_affine(shifted / "T" / "image.nii")).all()
    conformed = json.loads((out / "conform.json").read_text())
    assert (conformed["subject"], conformed["mask"]) == ("1000_T", "warped from 1000")
    assert "seconds" not in conformed  # it identifies a training's data, and time does not


def test_the_measures_of_a_shift(shifted: Path) -> None:
    found = json.loads((shifted / "1000_T" / "warp.json").read_text())
    assert found["similarity"] > 0.98 and found["folds"] == 0 and 0.8 < found["jacobian_min"] <= 1
    assert found["brain_ml"] == pytest.approx(found["brain_ml_atlas"], rel=0.03)
    assert found["lost"] == {"malc27": []} and found["structures"] == {"malc27": 7}


def test_the_same_inputs_give_the_same_warp(shifted: Path, tmp_path: Path) -> None:
    warp(shifted / "1000", shifted / "T", tmp_path / "1000_T")
    for name in FILES - {"warp.json"}:
        assert (tmp_path / "1000_T" / name).read_bytes() == (shifted / "1000_T" / name).read_bytes()


def test_through_a_template_the_shifts_are_composed(shifted: Path, tmp_path: Path) -> None:
    write_uint8(tmp_path / "template.nii", moved(phantom(), (-1, 2, 0))["image"], AFFINE)
    through = []
    for role, scan in (("target", shifted / "T"), ("atlas", shifted / "1000")):
        through.append(tmp_path / role)
        register_scan(
            scan, tmp_path / "template.nii", SETTINGS, out=tmp_path / role, role=role, on_failure="stop"
        )
    found = warp(shifted / "1000", shifted / "T", tmp_path / "1000_T", *through)
    assert found["mode"] == "template"
    assert mean_dice(tmp_path / "1000_T", moved(phantom(), (2, 1, 3))["malc27"]) > 0.95


@pytest.fixture
def no_ants(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any registration fails as ANTs does."""

    def throwing(*args: object, **kwargs: object) -> None:
        raise RuntimeError("Registration failed with error code 1")

    monkeypatch.setattr(module, "register", throwing)


@pytest.mark.usefixtures("no_ants")
def test_a_registration_that_throws_is_a_recorded_failure(
    atlas: Path, target_like: Callable, tmp_path: Path
) -> None:
    target = target_like("T", phantom())
    warp(atlas, target, tmp_path / "1000_T")
    assert failure(tmp_path / "1000_T") == "Registration failed with error code 1"
    with pytest.raises(RuntimeError, match="error code 1"):
        warp(atlas, target, tmp_path / "1000_T", on_failure="stop")


@pytest.mark.usefixtures("no_ants")
def test_a_target_that_holds_nothing_or_was_refused_is_named(
    atlas: Path, target_like: Callable, tmp_path: Path
) -> None:
    nothing = {name: np.zeros_like(array) for name, array in phantom().items()}
    warp(atlas, target_like("E", nothing), tmp_path / "1000_E")
    assert "E/image.nii: expected an image with contrast; found a constant one" in failure(
        tmp_path / "1000_E"
    )
    record(tmp_path / "R", "damaged")
    warp(atlas, tmp_path / "R", tmp_path / "1000_R")
    assert failure(tmp_path / "1000_R") == "target R: damaged"
    record(tmp_path / "through", "ITK says no")
    warp(atlas, target_like("T", phantom()), tmp_path / "1000_T", tmp_path / "through")
    assert failure(tmp_path / "1000_T") == "registration of through with the template: ITK says no"


def test_a_target_without_overlap_is_named(
    atlas: Path, target_like: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "register", lambda *args, **kwargs: [])
    elsewhere = AFFINE.copy()
    elsewhere[:3, 3] += 1000
    warp(atlas, target_like("T", phantom(), elsewhere), tmp_path / "1000_T")
    assert "expected a head that overlaps the training scan's; found no brain after the warp" in failure(
        tmp_path / "1000_T"
    )


def test_a_full_disk_ends_the_job_and_leaves_no_half_file(
    atlas: Path, target_like: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, content: bytes) -> None:
        with self.open("wb") as stream:
            stream.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    target = target_like("T", phantom())
    monkeypatch.setattr(module, "register", lambda *args, **kwargs: [])
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        warp(atlas, target, tmp_path / "1000_T")
    assert not list((tmp_path / "1000_T").iterdir())
