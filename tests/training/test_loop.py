"""The loop on a toy that a small network can learn."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from acenet.errors import StoppedError
from acenet.inputs.stacks import LabelledVolume, SliceDataset, Window
from acenet.networks import NetworkSettings, build_network
from acenet.networks.outputs import SegmentationNetwork
from acenet.training import loop
from acenet.training.checkpoint import Checkpoints
from acenet.training.schedule import derived_seed, rate_factor
from acenet.training.settings import TrainingSettings
from tests.support.cuts import CutError, fail_at

NETWORK = NetworkSettings("acenet", 2, s=1, skull=True, filters=4, kernel=3, dropout=0.1)
SETTINGS = TrainingSettings(
    training="malc27/toy",
    network=NETWORK,
    epochs=3,
    batch=4,
    learning_rate=0.05,
    optimizer="sgd",
    class_weights=False,
    seed=1,
)
TOY = {"run": "toy"}
CPU = torch.device("cpu")
COSTS = ("seconds", "cpu_seconds", "peak_memory_mb")  # what differs between two runs of the same
STEPS = 3  # per epoch: 10 slices in batches of 4


pytestmark = pytest.mark.usefixtures("one_thread")


def toy() -> SliceDataset:
    """Bright squares on dark ground: the class is what the grey value says."""
    random = np.random.default_rng(0)
    classes = np.zeros((16, 16, 10), np.uint8, order="F")
    for k in range(10):
        i, j = random.integers(1, 8, 2)
        classes[i : i + 7, j : j + 7, k] = 1
    image = np.asfortranarray(60 + 140 * classes + random.integers(0, 20, classes.shape)).astype(np.uint8)
    return SliceDataset([LabelledVolume("toy", image, classes, classes)], window=Window(1, 1))


def network(seed: int = 0) -> SegmentationNetwork:
    torch.manual_seed(seed)
    return build_network(NETWORK)


def run(
    folder: Path, net: SegmentationNetwork, settings: TrainingSettings = SETTINGS, **options: object
) -> list:
    return loop.train(net, toy(), settings, device=CPU, checkpoints=Checkpoints(folder, TOY), **options)


def weights(net: SegmentationNetwork) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in net.state_dict().items()}


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def without_seconds(log: list[dict]) -> list[dict]:
    return [{name: value for name, value in row.items() if name not in COSTS} for row in log]


def test_the_loss_falls(tmp_path: Path) -> None:
    log = run(tmp_path, network(), replace(SETTINGS, epochs=12))
    losses = [row["loss"] for row in log]
    assert losses[-1] < 0.5 * losses[0] and all(math.isfinite(loss) for loss in losses)
    assert [row["epoch"] for row in log] == list(range(1, 13))
    last = 0.05 * rate_factor("poly", 12 * STEPS - 1, 12 * STEPS)
    assert log[-1]["learning_rate"] == last and log[-1]["validation_dice"] is None


@pytest.mark.parametrize(
    ("step", "optimizer"),
    [(1, "sgd"), (STEPS, "sgd"), (2 * STEPS + 1, "sgd"), (3 * STEPS - 1, "adam"), (STEPS + 1, "adam")],
)
def test_a_run_that_was_cut_off_ends_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, optimizer: str
) -> None:
    settings = replace(SETTINGS, optimizer=optimizer)
    whole = network()
    expected = run(tmp_path / "whole", whole, settings)
    with monkeypatch.context() as patch, pytest.raises(CutError):
        fail_at(patch, step)
        run(tmp_path / "cut", network(), settings)
    again = network(seed=0 if step < STEPS else 99)  # after an epoch, the state replaces the weights
    torch.rand(step)  # nor does it matter what else drew random numbers
    log = run(tmp_path / "cut", again, settings)
    assert same(weights(again), weights(whole))
    assert without_seconds(log) == without_seconds(expected)


def scripted(scores: list[float], seen: list[dict]) -> Callable[[SegmentationNetwork], float]:
    """A validation with given results that keeps the weights it was shown."""
    remaining = iter(scores)

    def validate(net: SegmentationNetwork) -> float:
        seen.append(weights(net))
        return next(remaining)

    return validate


def test_the_best_epoch_on_validation_is_kept(tmp_path: Path) -> None:
    net, seen = network(), []
    log = run(tmp_path, net, validate=scripted([0.2, 0.9, 0.4], seen))
    assert [row["validation_dice"] for row in log] == [0.2, 0.9, 0.4]
    assert same(weights(net), seen[1]) and not same(seen[1], seen[2])


def test_without_validation_the_last_epoch_is_kept(tmp_path: Path) -> None:
    net = network()
    run(tmp_path, net)
    state = Checkpoints(tmp_path, TOY).load()
    assert state is not None and state["epoch"] == 3 and same(weights(net), state["network"])


def test_the_best_epoch_survives_a_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict] = []
    with monkeypatch.context() as patch, pytest.raises(CutError):
        fail_at(patch, 2 * STEPS)
        run(tmp_path, network(), validate=scripted([0.2, 0.9], seen))
    net = network(seed=5)
    log = run(tmp_path, net, validate=scripted([0.4], seen))
    assert [row["validation_dice"] for row in log] == [0.2, 0.9, 0.4]
    assert same(weights(net), seen[1])


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, original = iter(range(10**6)), loop.train_step
    monkeypatch.setattr(loop, "train_step", lambda *a: math.nan if next(steps) == STEPS + 1 else original(*a))
    with pytest.raises(StoppedError, match=r"malc27/toy: the loss is nan in epoch 2, step 2 .*lower rate"):
        run(tmp_path, network())
    state = Checkpoints(tmp_path, TOY).load()
    assert state is not None and state["epoch"] == 1
    assert all(value.isfinite().all() for value in state["network"].values())
    record = json.loads((tmp_path / "diverged.json").read_text())
    order = [int(name.removeprefix("toy slice ")) for name in record["examples"]]
    seen = list(loop.epoch_batches(toy(), 4, seed=derived_seed(1, "malc27/toy", 1), workers=0))[1]
    expected = toy()[order]
    assert torch.equal(seen.stack, expected.stack) and (record["epoch"], record["step"]) == (2, 2)


def test_weights_that_are_no_numbers_become_no_state_and_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last step of an epoch may spoil the weights after its loss was fine."""
    steps, original = iter(range(10**6)), loop.train_step

    def train_step(net: SegmentationNetwork, *arguments: object) -> float:
        loss = original(net, *arguments)
        if next(steps) == 2 * STEPS - 1:
            with torch.no_grad():
                next(net.parameters()).fill_(torch.inf)
        return loss

    monkeypatch.setattr(loop, "train_step", train_step)
    with pytest.raises(StoppedError, match=r"toy: weights that are no numbers after epoch 2 \(encoder"):
        run(tmp_path, network())
    state = Checkpoints(tmp_path, TOY).load()
    assert state is not None and state["epoch"] == 1


def test_every_slice_comes_once_an_epoch_in_an_order_of_the_seeds() -> None:
    data = toy()
    data.volumes[0].image[0, 0, :] = np.arange(10)

    def order(seed: int, workers: int = 0) -> list[int]:
        batches = loop.epoch_batches(data, 4, seed=seed, workers=workers)
        return [k for batch in batches for k in batch.stack[:, 1, 0, 0].tolist()]

    assert sorted(order(1)) == list(range(10)) and order(1) == order(1) != order(2)
    assert order(1) == order(1, workers=1)


@pytest.mark.parametrize("validated", [False, True])
def test_statistics_of_the_training_set_change_predictions_and_not_the_training(
    tmp_path: Path, validated: bool
) -> None:
    """Weights and losses are the same; what prediction normalises by is not, in each epoch that is validated."""
    seen: list[float] = []

    def validate(net: SegmentationNetwork) -> float:
        (first,) = [tensor for name, tensor in net.state_dict().items() if name.endswith("running_mean")][:1]
        seen.append(float(first[0]))
        return len(seen) / 10  # the last epoch is the best

    ends = []
    for choice in ("running", "training_set"):
        net = network()
        settings = replace(SETTINGS, norm_statistics=choice)
        log = run(tmp_path / choice, net, settings, validate=validate if validated else None)
        ends.append((log, weights(net)))
    (log, running), (other_log, counted) = ends
    assert [row["loss"] for row in log] == [row["loss"] for row in other_log]
    assert {name for name in running if not torch.equal(running[name], counted[name])} >= {
        name for name in running if name.endswith("running_mean")
    }
    assert all(torch.equal(running[name], counted[name]) for name in dict(network().named_parameters()))
    if validated:
        assert not set(seen[: SETTINGS.epochs]) & set(seen[SETTINGS.epochs :])
