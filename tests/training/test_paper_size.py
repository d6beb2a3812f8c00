"""The papers' largest single-encoder network at its true size, for one step: 256 x 256, 64 filters, 139 outputs."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from acenet.imaging.io import read_labels, write_uint8
from acenet.inference.subjects import predict_subjects
from acenet.models.model_file import load_model
from acenet.networks.parameters import count_parameters
from acenet.papers import get_training
from acenet.papers.sizes import Sizes
from acenet.training.run import TrainingFiles, run_training
from acenet.training.settings import training_settings
from tests.support.manifests import write_for

SHAPE = (256, 256, 2)


def subject(folder: Path, seed: int) -> Path:
    """Two slices tiled with all classes of malc133 in squares of 16 pixels."""
    random = np.random.default_rng(seed)
    tiles = np.resize(random.permutation(139).astype(np.uint8), (16, 16, 2))
    classes = tiles.repeat(16, axis=0).repeat(16, axis=1)
    write_uint8(folder / "malc133.nii", classes, np.eye(4))
    write_uint8(folder / "image.nii", (classes + random.integers(0, 100, SHAPE)).astype(np.uint8), np.eye(4))
    write_uint8(folder / "brainmask.nii", (classes > 0).astype(np.uint8), np.eye(4))
    write_for(folder, sha256={"raw": str(seed)})
    return folder


@pytest.mark.slow
def test_one_step_one_validation_and_a_prediction(tmp_path: Path) -> None:
    paper = training_settings(get_training("malc133/acenet-s5-skull-e2e"), Sizes(), seed=1)
    assert (paper.network.filters, paper.network.kernel, paper.network.channels) == (64, 5, 11)
    files = TrainingFiles(
        train=[subject(tmp_path / "a", 0)],
        validation=[subject(tmp_path / "b", 1)],
        model=tmp_path / "model.pt",
        log=tmp_path / "log.csv",
        checkpoints=tmp_path / "checkpoints",
    )
    run_training(replace(paper, epochs=1, batch=2), files, device="cpu", threads=2)
    (row,) = pd.read_csv(files.log).to_dict("records")
    # random logits: cross-entropy about ln(139) and Dice about 1 on two heads, ln(2) + 0.5 on the skull's
    assert math.isfinite(row["loss"]) and 10 < row["loss"] < 18
    assert 0 <= row["validation_dice"] < 0.1
    assert count_parameters(load_model(files.model).network) == 4_155_769

    predict_subjects(files.model, list(files.validation), tmp_path / "out", batch=2, device="cpu", threads=2)
    classes = read_labels(tmp_path / "out" / "b_classes.nii.gz").array
    assert classes.shape == SHAPE and classes.max() < 139
    assert set(np.unique(read_labels(tmp_path / "out" / "b_brainmask.nii.gz").array)) <= {0, 1}
