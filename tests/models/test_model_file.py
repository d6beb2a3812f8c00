"""Model files: what is read back, what is refused, and that nothing in a file is executed."""

import os
import pickle
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from acenet.errors import InputError
from acenet.models.model_file import TrainedModel, load_model, save_model, transfer_weights
from acenet.networks import NetworkSettings, build_network
from acenet.networks.acenet import ACENet

SETTINGS = NetworkSettings("acenet", 5, s=1, filters=4, kernel=3, dropout=0.1)
CARD = {"dataset": "malc27", "subjects": {"train": ["1000"]}, "settings": {"epochs": 3, "seed": 1}}


def trained(settings: NetworkSettings, seed: int = 0) -> TrainedModel:
    torch.manual_seed(seed)
    return TrainedModel(build_network(settings), settings, CARD)


def test_a_model_comes_back_whole_and_ready_to_use(tmp_path: Path) -> None:
    settings = replace(SETTINGS, skull=True, parallel=True)
    model = trained(settings)
    model.network(torch.randn(2, 3, 16, 16))  # moves the running statistics of batch normalisation
    save_model(tmp_path / "a" / "model.pt", model)
    loaded = load_model(tmp_path / "a" / "model.pt")
    assert loaded.settings == settings and loaded.card == CARD
    assert not loaded.network.training
    stack = torch.randn(1, 3, 16, 16)
    for ours, theirs in zip(loaded.network(stack), model.network.eval()(stack), strict=True):
        assert ours is not None and torch.equal(ours, theirs)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.pt: expected a trained model; found no such file"):
        load_model(tmp_path / "gone.pt")


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04" + b"\0" * 40])
def test_garbage_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"model\.pt: expected a trained model; found an unreadable file"):
        load_model(path)


def test_a_truncated_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    save_model(path, trained(SETTINGS))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="unreadable"):
        load_model(path)


def test_every_flipped_bit_of_a_model_is_noticed(tmp_path: Path) -> None:
    """torch alone reads most of such files without a word: a flipped bit becomes another weight."""
    path, random = tmp_path / "model.pt", np.random.default_rng(0)
    save_model(path, trained(SETTINGS))
    good = path.read_bytes()
    bits = {*random.choice(8 * len(good), 200, replace=False), *(8 * len(good) - 1 - np.arange(0, 640, 16))}
    for bit in map(int, bits):
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bytes(flipped))
        with pytest.raises(InputError, match=r"model\.pt"):
            load_model(path)
    path.write_bytes(good)
    load_model(path)


def test_models_of_version_0_1_are_read_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """They have no SHA-256 of their own; the archive's checksums tell a flipped weight, too."""
    path, model = tmp_path / "model.pt", trained(SETTINGS)
    content = {"format": 1, "network": asdict(SETTINGS), "card": CARD, "state": model.network.state_dict()}
    torch.save(content, path)
    assert load_model(path).card == CARD and "is of an earlier version and has no SHA-256" in caplog.text
    spoilt = bytearray(path.read_bytes())
    weights = model.network.state_dict()["label_head.1.weight"].numpy().tobytes()
    spoilt[spoilt.index(weights)] ^= 1
    path.write_bytes(bytes(spoilt))
    with pytest.raises(InputError, match="damage in"):
        load_model(path)
    torch.save({**content, "format": 2}, path)
    with pytest.raises(InputError, match="without its SHA-256"):
        load_model(path)


class Malicious:
    """Unpickling it creates a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("how", ["torch", "pickle"])
def test_code_in_a_file_is_not_run(tmp_path: Path, how: str) -> None:
    path, traces = tmp_path / "model.pt", tmp_path / "traces"
    content = {"format": 1, "network": Malicious(traces), "card": {}, "state": {}}
    if how == "torch":
        torch.save(content, path)
    else:
        path.write_bytes(pickle.dumps(content, protocol=2))
    with pytest.raises(InputError, match="unreadable"):
        load_model(path)
    assert not traces.exists()
    if how == "pickle":
        pickle.loads(path.read_bytes())  # the file does carry working code
        assert traces.exists()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ([1, 2], "list"),
        ({"state": {}}, "without a format number"),
        ({"format": 99}, "99"),
        ({"format": 1}, "network"),
        ({"format": 1, "network": {"arch": "acenet", "layers": 3}, "card": {}, "state": {}}, "layers"),
        ({"format": 1, "network": {"arch": "vgg", "n_classes": 5}, "card": {}, "state": {}}, "vgg"),
        (
            {"format": 1, "network": {"arch": "acenet", "n_classes": 5}, "card": {}, "state": {}},
            "Missing key",
        ),
    ],
)
def test_foreign_files_are_refused(tmp_path: Path, content: object, found: str) -> None:
    path = tmp_path / "model.pt"
    torch.save(content, path)
    with pytest.raises(InputError, match=rf"(?s)expected .*found.*{found}"):
        load_model(path)


def test_the_second_stage_starts_from_the_first(tmp_path: Path) -> None:
    first, target = trained(SETTINGS, seed=1), trained(replace(SETTINGS, skull=True), seed=2).network
    before = {name: value.clone() for name, value in target.state_dict().items()}
    transfer_weights(first, target, where=tmp_path)
    for name, value in target.state_dict().items():
        fresh = name.startswith(ACENet.second_stage)
        assert torch.equal(value, before[name] if fresh else first.network.state_dict()[name]), name
    assert any(name.startswith(ACENet.second_stage) for name in before)


@pytest.mark.parametrize(
    ("source", "target", "found"),
    [
        (replace(SETTINGS, s=2), replace(SETTINGS, skull=True), "encoder.blocks.0"),
        (replace(SETTINGS, n_classes=6), replace(SETTINGS, skull=True), "label_head"),
        (replace(SETTINGS, filters=6), SETTINGS, "encoder"),
        (replace(SETTINGS, skull=True), SETTINGS, "decode0"),
        (SETTINGS, replace(SETTINGS, parallel=True, skull=True), "weights lacking: .*slice_encoder"),
        (NetworkSettings("quicknatv2", 5, s=1, filters=4, kernel=3), SETTINGS, "weights lacking: .*context"),
    ],
)
def test_another_networks_weights_are_refused(
    source: NetworkSettings, target: NetworkSettings, found: str
) -> None:
    network = trained(target, seed=2).network
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(InputError, match=rf"first\.pt: expected the first stage.*{found}"):
        transfer_weights(trained(source), network, where=Path("first.pt"))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
