"""One training from files to files."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from acenet.errors import InputError
from acenet.files.checksums import digests_of
from acenet.imaging.io import write_uint8
from acenet.models.model_file import load_model
from acenet.networks.acenet import ACENet
from acenet.papers import get_training
from acenet.protocols import load_protocol
from acenet.training import loop
from acenet.training.checkpoint import discard_states
from acenet.training.loop import LOG_FIELDS
from acenet.training.losses import class_factors
from acenet.training.run import TrainingFiles, count_voxels, load_subject, run_training
from acenet.training.settings import Sizes, TrainingSettings, training_settings
from tests.support.manifests import write_for

SIZES = Sizes(epochs=2, batch=3, filters=4, kernel=3)


def subject(folder: Path, seed: int, *, shape: tuple[int, int, int] = (16, 32, 4)) -> Path:
    """A conformed folder of malc27 with random classes."""
    random = np.random.default_rng(seed)
    classes = random.integers(0, 28, shape, dtype=np.uint8)
    write_uint8(folder / "malc27.nii", classes, np.eye(4))
    write_uint8(folder / "image.nii", classes * 9, np.eye(4))
    write_uint8(folder / "brainmask.nii", (classes > 0).astype(np.uint8), np.eye(4))
    grid = {"shape": list(shape), "voxel_mm": 3.0, "centre": "brain"}
    write_for(folder, grid=grid, sha256={"raw": str(seed)})
    return folder


def settings(model: str) -> TrainingSettings:
    return training_settings(get_training(f"malc27/{model}"), SIZES, seed=1)


@pytest.fixture
def files(tmp_path: Path) -> TrainingFiles:
    return TrainingFiles(
        train=[subject(tmp_path / name, seed) for seed, name in enumerate(("a", "b"))],
        validation=[subject(tmp_path / "c", 2)],
        model=tmp_path / "out" / "model.pt",
        log=tmp_path / "out" / "log.csv",
        checkpoints=tmp_path / "checkpoints",
    )


def test_a_run_leaves_a_model_and_a_log_and_its_state_until_it_is_discarded(files: TrainingFiles) -> None:
    run_training(settings("quicknatv2-cw"), files, device="cpu")
    log = pd.read_csv(files.log)
    assert tuple(log.columns) == LOG_FIELDS and log["epoch"].tolist() == [1, 2]
    assert log["loss"].notna().all() and log["validation_dice"].between(0, 1).all()
    model = load_model(files.model)
    assert model.settings == settings("quicknatv2-cw").network
    assert model.card["dataset"] == "malc27"
    assert model.card["protocol"] == load_protocol("malc27").table()
    assert model.card["grid"] == {"shape": [16, 32, 4], "voxel_mm": 3.0, "centre": "brain"}
    assert model.card["subjects"] == {"train": ["a", "b"], "validation": ["c"]}
    assert model.card["settings"] == settings("quicknatv2-cw").as_dict()
    assert set(log["threads"]) == {1} and log["device"].unique().tolist() == [model.card["device"]]
    discard_states(files.checkpoints)
    assert list(files.checkpoints.iterdir()) == []


def test_a_finished_run_that_nobody_recorded_is_not_trained_again(
    files: TrainingFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Snakemake was killed, or lost its connection to the node, after the last epoch: it deletes the outputs."""
    run_training(settings("quicknatv2"), files, device="cpu")
    before, log = files.model.read_bytes(), files.log.read_bytes()
    files.model.unlink()
    files.log.unlink()
    monkeypatch.setattr(loop, "train_step", lambda *_: pytest.fail("trained again"))
    run_training(settings("quicknatv2"), files, device="cpu")
    assert (files.model.read_bytes(), files.log.read_bytes()) == (before, log)


def test_the_same_run_gives_the_same_weights(files: TrainingFiles, tmp_path: Path) -> None:
    again = replace(files, model=tmp_path / "again.pt", log=tmp_path / "again.csv")
    for where in (files, again):
        run_training(settings("acenet-s5-stage1"), where, device="cpu")
    first, second = (load_model(path).network.state_dict() for path in (files.model, again.model))
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = replace(settings("acenet-s5-stage1"), seed=2)
    run_training(other, again, device="cpu")
    third = load_model(again.model).network.state_dict()
    assert any(not torch.equal(first[name], third[name]) for name in first)


def test_the_second_stage_starts_where_the_first_ended(files: TrainingFiles, tmp_path: Path) -> None:
    run_training(settings("acenet-s5-stage1"), files, device="cpu")
    second = replace(
        files, init_from=files.model, model=tmp_path / "second.pt", log=tmp_path / "second.csv", validation=[]
    )
    still = replace(settings("acenet-s5-skull-twostage"), learning_rate=0.0, weight_decay=0.0)
    run_training(still, second, device="cpu")
    before = load_model(files.model).network.state_dict()
    after = load_model(second.model).network.state_dict()
    learnt = [name for name, _ in load_model(files.model).network.named_parameters()]
    assert all(torch.equal(after[name], before[name]) for name in learnt)
    assert {name for name in after if name not in before} == {
        name for name in after if name.startswith(ACENet.second_stage)
    }
    assert pd.read_csv(second.log)["validation_dice"].isna().all()


def test_only_the_fresh_head_of_a_second_stage_begins_with_frequencies(
    files: TrainingFiles, tmp_path: Path
) -> None:
    run_training(settings("acenet-s5-stage1"), files, device="cpu")
    second = replace(
        files, init_from=files.model, model=tmp_path / "second.pt", log=tmp_path / "second.csv", validation=[]
    )
    still = replace(
        settings("acenet-s5-skull-twostage"),
        learning_rate=0.0,
        weight_decay=0.0,
        initial_bias="frequencies",
    )
    run_training(still, second, device="cpu")
    before, after = (load_model(path).network.state_dict() for path in (files.model, second.model))
    assert torch.equal(after["label_head.1.bias"], before["label_head.1.bias"])
    counts = count_voxels([load_subject(folder, "malc27") for folder in files.train], 28)
    logs = (counts.double() + 10).log()
    torch.testing.assert_close(after["fused_head.bias"], (logs - logs.mean()).float())


def test_a_first_stage_of_another_network_is_refused(files: TrainingFiles, tmp_path: Path) -> None:
    run_training(settings("acenet-s0-stage1"), files, device="cpu")
    with pytest.raises(InputError, match=r"model\.pt: expected the first stage"):
        run_training(
            settings("acenet-s5-skull-twostage"), replace(files, init_from=files.model), device="cpu"
        )


def test_no_training_subjects_is_an_error(files: TrainingFiles) -> None:
    with pytest.raises(InputError, match="at least one training subject"):
        run_training(settings("quicknatv2"), replace(files, train=[]), device="cpu")


def test_volumes_of_different_shapes_are_refused(tmp_path: Path) -> None:
    folder = subject(tmp_path / "s", 0)
    write_uint8(folder / "brainmask.nii", np.zeros((16, 16, 4), np.uint8), np.eye(4))
    with pytest.raises(InputError, match=r"of shape \(16, 32, 4\)"):
        load_subject(folder, "malc27")


def test_sides_that_cannot_be_halved_four_times_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"multiples of 16; found \(16, 40\)"):
        load_subject(subject(tmp_path / "s", 0, shape=(16, 40, 4)), "malc27")


def test_a_damaged_volume_is_named(tmp_path: Path) -> None:
    folder = subject(tmp_path / "s", 0)
    path = folder / "image.nii"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(InputError, match=r"image\.nii: .*truncated"):
        load_subject(folder, "malc27")


@pytest.mark.parametrize("warped", [False, True])
def test_every_flipped_bit_of_a_conformed_volume_is_noticed(tmp_path: Path, warped: bool) -> None:
    """A flipped voxel would otherwise be another grey value or class."""
    folder = subject(tmp_path / "s", 0)
    paths = [folder / name for name in ("image.nii", "malc27.nii", "brainmask.nii")]
    manifest = json.loads((folder / "conform.json").read_text())
    record = {"written": digests_of(paths)}
    if warped:  # as earlier versions wrote it
        del manifest["written"]
        record = {"sha256": {f"warped/{name}": digest for name, digest in record["written"].items()}}
    (folder / "conform.json").write_text(json.dumps(manifest | record))
    load_subject(folder, "malc27")
    random = np.random.default_rng(0)
    for path in paths:
        good = path.read_bytes()
        for bit in map(int, random.choice(8 * len(good), 70, replace=False)):
            flipped = bytearray(good)
            flipped[bit // 8] ^= 1 << bit % 8
            path.write_bytes(bytes(flipped))
            with pytest.raises(InputError, match=rf"{path.name}: expected SHA-256 .* as conform\.json says"):
                load_subject(folder, "malc27")
        path.write_bytes(good)
    load_subject(folder, "malc27")


def test_frequencies_are_of_all_training_voxels(tmp_path: Path) -> None:
    volumes = []
    for name, counts in (("a", [6, 2, 0]), ("b", [2, 6, 8])):
        classes = np.repeat(np.arange(3, dtype=np.uint8), counts)
        flat = np.resize(classes, (16, 16, 2)).astype(np.uint8, order="F")
        folder = subject(tmp_path / name, 0, shape=(16, 16, 2))
        write_uint8(folder / "malc27.nii", flat, np.eye(4))
        volumes.append(load_subject(folder, "malc27"))
    # of a slice of 256 voxels: a = 192, 64, 0 and b = 32, 96, 128
    expected = torch.tensor([160 / 224, 1.0, 160 / 128, 0.0])
    torch.testing.assert_close(class_factors(count_voxels(volumes, 4)), expected)
