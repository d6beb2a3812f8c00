"""A 3D network through the same training and prediction as all others."""

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import torch

from acenet.imaging.io import write_uint8
from acenet.inference.subjects import predict_subjects
from acenet.inputs.patches import Patch
from acenet.inputs.stacks import LabelledVolume
from acenet.models.model_file import load_model
from acenet.papers import get_training
from acenet.papers.sizes import Sizes
from acenet.training import loop
from acenet.training.run import TrainingFiles, run_training, training_examples
from acenet.training.settings import TrainingSettings, training_settings
from tests.support.cuts import CutError, fail_at
from tests.support.manifests import write_for

SHAPE = (16, 16, 20)
SIZES = Sizes(epochs=3, filters=8, optimizer="adam", patch=8, patch_batch=4, patches_per_volume=6)


def subject(folder: Path, seed: int) -> Path:
    """A conformed folder of malc27 with two bright boxes, whose classes the grey value tells."""
    random = np.random.default_rng(seed)
    classes = np.zeros(SHAPE, np.uint8)
    for label, start in ((1, 1), (2, 10)):
        x, y = random.integers(1, 5, 2)
        classes[x : x + 10, y : y + 10, start : start + 8] = label
    image = 20 + 100 * classes + random.integers(0, 10, SHAPE)
    write_uint8(folder / "malc27.nii", classes, np.eye(4))
    write_uint8(folder / "image.nii", image.astype(np.uint8), np.eye(4))
    write_uint8(folder / "brainmask.nii", (classes > 0).astype(np.uint8), np.eye(4))
    write_for(folder, sha256={"raw": str(seed)})
    return folder


def files(folder: Path, name: str) -> TrainingFiles:
    return TrainingFiles(
        train=[subject(folder / "a", 0), subject(folder / "b", 1)],
        validation=[subject(folder / "c", 2)],
        model=folder / name / "model.pt",
        log=folder / name / "log.csv",
        checkpoints=folder / name / "checkpoints",
    )


def settings(sizes: Sizes = SIZES) -> TrainingSettings:
    return training_settings(get_training("malc27/unet3d"), sizes, seed=1)


def test_it_learns_and_segments_and_is_measured_like_the_others(tmp_path: Path) -> None:
    where = files(tmp_path, "out")
    sizes = replace(SIZES, patch=16, patch_batch=1, patches_per_volume=4, epochs=8)
    run_training(settings(sizes), where, device="cpu")
    log = pd.read_csv(where.log)
    assert tuple(log.columns) == loop.LOG_FIELDS and log["epoch"].tolist() == list(range(1, 9))
    assert log["loss"].iloc[-1] < 0.5 * log["loss"].iloc[0]
    assert log["validation_dice"].iloc[-1] > log["validation_dice"].iloc[0]
    model = load_model(where.model)
    assert model.settings.patch == 16 and model.card["settings"]["batch"] == 1
    predict_subjects(where.model, where.validation, tmp_path / "predicted", batch=3, device="cpu")
    (written,) = (tmp_path / "predicted").glob("*.nii.gz")
    found = np.asarray(nib.load(written).dataobj)
    truth = np.asarray(nib.load(where.validation[0] / "malc27.nii").dataobj)
    assert written.name == "c_classes.nii.gz" and found.shape == SHAPE
    assert (found == truth).mean() > 0.9


@pytest.mark.parametrize("step", [1, 3, 8])  # three steps an epoch
def test_a_run_that_was_cut_off_ends_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    whole, cut = files(tmp_path, "whole"), files(tmp_path, "cut")
    run_training(settings(), whole, device="cpu")
    with monkeypatch.context() as patch, pytest.raises(CutError):
        fail_at(patch, step)
        run_training(settings(), cut, device="cpu")
    assert (cut.checkpoints / "last.pt").exists() == (step >= 3) and not cut.model.exists()
    run_training(settings(), cut, device="cpu")
    first, second = (load_model(run.model).network.state_dict() for run in (whole, cut))
    assert all(torch.equal(first[name], second[name]) for name in first)
    logs = [
        pd.read_csv(run.log).drop(columns=["seconds", "cpu_seconds", "peak_memory_mb"])
        for run in (whole, cut)
    ]
    pd.testing.assert_frame_equal(*logs)


def test_the_epochs_see_different_patches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    monkeypatch.setattr(loop, "train_step", lambda *a: seen.append(a[2].stack.numpy().tobytes()) or 1.0)
    run_training(settings(), replace(files(tmp_path, "out"), validation=[]), device="cpu")
    assert len(seen) == 9 and len(set(seen)) == 9


def test_what_the_presets_say_of_patches_concerns_3d_networks_only() -> None:
    sliced = get_training("malc27/quicknatv2")
    small = replace(SIZES, batch=3)
    assert training_settings(sliced, small, seed=1) == training_settings(
        sliced, replace(small, patch=64, patch_predicted=80, patch_batch=1, patches_per_volume=None), seed=1
    )
    assert training_settings(sliced, small, seed=1).batch == 3
    cubes = settings(small)
    assert (cubes.batch, cubes.patches_per_volume, cubes.network.patch) == (4, 6, 8)
    assert settings(Sizes()).batch == 2 and settings(Sizes()).network.patch == 96


def test_it_segments_in_larger_cubes_than_it_is_trained_on() -> None:
    same, larger = (settings(replace(SIZES, patch_predicted=side)).network for side in (None, 24))
    assert same.view == Patch(8) and larger.view == Patch(24) and larger.patch == 8
    volumes = [LabelledVolume("a", *(np.ones((32, 32, 32), np.uint8) for _ in range(3)))]
    examples = training_examples(volumes, settings(replace(SIZES, patch_predicted=24)))
    assert examples[[0]].stack.shape == (1, 1, 8, 8, 8)
