"""Cases 40 to 44 of docs/reliability.md: segmentation, and what is measured of it."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch

from acenet.imaging.io import read_labels
from acenet.inference import subjects as predicting
from acenet.inference.volume import segment_volume
from acenet.inputs.stacks import normalise
from acenet.networks import NetworkSettings, build_network
from tests.inference.test_subjects import model, subjects


def segmented(folder: Path, name: str, *, batch: int) -> list[np.ndarray]:
    """Classes of two scans, as files."""
    trained = model(folder / "m.pt", skull=False)
    predicting.predict_subjects(trained, subjects(folder), folder / name, batch=batch, device="cpu")
    return [read_labels(folder / name / f"{s}_classes.nii.gz").array for s in ("1003", "1004")]


def test_40_less_memory_takes_fewer_slices_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expected, original, tried = segmented(tmp_path, "whole", batch=5), segment_volume, []

    def within_memory(*arguments: object, batch: int, **options: object) -> object:
        tried.append(batch)
        if batch > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return original(*arguments, batch=batch, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(predicting, "segment_volume", within_memory)
    with caplog.at_level(logging.WARNING, "acenet"):
        found = segmented(tmp_path, "less", batch=5)
    assert tried == [5, 2, 2] and "going on with 2 at a time on cpu" in caplog.text  # the second scan knows
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_40_other_errors_stay_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("size mismatch")

    monkeypatch.setattr(predicting, "segment_volume", broken)
    with pytest.raises(RuntimeError, match="size mismatch"):
        segmented(tmp_path, "out", batch=5)


@pytest.mark.parametrize(
    "settings",
    [
        NetworkSettings("acenet", 5, s=1, skull=True, filters=4, kernel=3),
        NetworkSettings("unet2d", 5, filters=4, kernel=3),
        NetworkSettings("unet3d", 5, filters=8, patch=8),
    ],
    ids=lambda settings: settings.arch,
)
def test_42_neither_batch_nor_threads_change_a_label(settings: NetworkSettings) -> None:
    torch.manual_seed(1)
    network = build_network(settings)
    with torch.no_grad():  # an untrained head's bias would choose one class everywhere
        for module in network.modules():
            if (
                isinstance(module, torch.nn.Conv2d | torch.nn.Conv3d)
                and module.out_channels == settings.n_classes
            ):
                module.weight.mul_(30)
    image = np.asfortranarray(np.random.default_rng(0).integers(0, 256, (16, 32, 8), dtype=np.uint8))
    shape = (8, 8, 8) if settings.patch else (16, 32)
    for _ in range(8):  # running statistics of such data
        network.train()(normalise(torch.randint(0, 256, (4, settings.channels, *shape))))
    before, found = torch.get_num_threads(), []
    try:
        for threads, batch in ((1, 3), (1, 1), (2, 3)):
            torch.set_num_threads(threads)
            found.append(
                segment_volume(network, image, view=settings.view, batch=batch, device=torch.device("cpu"))
            )
    finally:
        torch.set_num_threads(before)
    assert len(np.unique(found[0].classes)) > 1
    for other in found[1:]:
        np.testing.assert_array_equal(other.classes, found[0].classes)
        if found[0].brain is not None:
            np.testing.assert_array_equal(other.brain, found[0].brain)
