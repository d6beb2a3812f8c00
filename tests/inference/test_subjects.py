"""Segmentations of subjects as files."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import torch

from acenet.errors import InputError
from acenet.imaging.io import map_uint8, write_uint8
from acenet.inference.subjects import predict_subjects
from acenet.inference.volume import segment_volume
from acenet.inputs.stacks import Window
from acenet.metrics.timing_file import read_times
from acenet.models.model_file import TrainedModel, load_model, save_model
from acenet.models.released.windows import released_window
from acenet.networks import NetworkSettings, build_network

AFFINE = np.array([[-2.0, 0, 0, 30], [0, 0, 2, -20], [0, -2, 0, 40], [0, 0, 0, 1]])


def subjects(folder: Path) -> list[Path]:
    random = np.random.default_rng(0)
    for name in ("1003", "1004"):
        write_uint8(folder / name / "image.nii", random.integers(0, 256, (16, 32, 5), dtype=np.uint8), AFFINE)
    return [folder / "1003", folder / "1004"]


def model(path: Path, *, skull: bool) -> Path:
    torch.manual_seed(0)
    settings = NetworkSettings("acenet", 5, s=1, skull=skull, filters=4, kernel=3)
    save_model(path, TrainedModel(build_network(settings), settings, {"dataset": "malc27"}))
    return path


@pytest.mark.parametrize("skull", [False, True])
def test_one_file_a_subject_and_a_mask_where_there_is_a_skull_branch(tmp_path: Path, skull: bool) -> None:
    trained = model(tmp_path / "model.pt", skull=skull)
    predict_subjects(trained, subjects(tmp_path), tmp_path / "out", batch=2, device="cpu")
    names = [f"{s}_{what}.nii.gz" for s in ("1003", "1004") for what in ("brainmask", "classes")]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *(name for name in names if skull or "classes" in name),
        "segmented.json",
        "times.csv",
    ]
    times = read_times(tmp_path / "out" / "times.csv")
    assert [(time.subject, time.threads) for time in times] == [("1003", 1), ("1004", 1)]
    assert all(0 < time.seconds < 60 and time.device for time in times)
    network = load_model(trained).network
    for name in ("1003", "1004"):
        image = map_uint8(tmp_path / name / "image.nii")
        expected = segment_volume(network, image, view=Window(1, 1), batch=5, device=torch.device("cpu"))
        written = nib.load(tmp_path / "out" / f"{name}_classes.nii.gz")
        np.testing.assert_array_equal(np.asarray(written.dataobj), expected.classes)
        np.testing.assert_allclose(written.affine, AFFINE)


def test_a_missing_image_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"1005.image\.nii"):
        predict_subjects(
            model(tmp_path / "m.pt", skull=False), [tmp_path / "1005"], tmp_path, batch=2, device="cpu"
        )


def test_prediction_as_released_differs_at_the_ends_alone(tmp_path: Path) -> None:
    trained, random = model(tmp_path / "model.pt", skull=True), np.random.default_rng(1)
    image = random.integers(0, 256, (16, 32, 12), dtype=np.uint8)
    write_uint8(tmp_path / "1003" / "image.nii", image, AFFINE)
    for out, as_released in (("paper", False), ("released", True)):
        predict_subjects(
            trained, [tmp_path / "1003"], tmp_path / out, batch=4, device="cpu", as_released=as_released
        )
    paper, released = (
        np.asarray(nib.load(tmp_path / out / "1003_brainmask.nii.gz").dataobj)
        for out in ("paper", "released")
    )
    centres = [1, 2, 1, 2, 4, 5, 6, 7, 8, 9, 9, 10]
    np.testing.assert_array_equal(released, paper[:, :, centres])
    with pytest.raises(InputError, match="one encoder"):
        released_window(NetworkSettings("acenet", 5, s=1, parallel=True))
    with pytest.raises(InputError, match="one encoder"):
        released_window(NetworkSettings("unet3d", 5, patch=16))
