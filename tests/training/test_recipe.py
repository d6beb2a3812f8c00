"""The settings by which small presets learn faster, in the loop; and that the papers' own way is what it was."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import BatchSampler, DataLoader, RandomSampler

from acenet.engine.modes import for_training
from acenet.errors import InputError
from acenet.inputs.stacks import Examples, LabelledVolume, SliceDataset, Window, normalise
from acenet.networks import NetworkSettings, build_network
from acenet.networks.outputs import SegmentationNetwork
from acenet.papers.sizes import Coarse
from acenet.training import loop
from acenet.training.checkpoint import Checkpoints
from acenet.training.losses import total_loss
from acenet.training.run import training_examples
from acenet.training.schedule import derived_seed
from acenet.training.settings import TrainingSettings
from tests.support.cuts import CutError, fail_at

NETWORK = NetworkSettings("acenet", 3, s=1, skull=True, filters=4, kernel=3, dropout=0.1)
PAPERS = TrainingSettings(
    training="malc27/toy",
    network=NETWORK,
    epochs=3,
    batch=4,
    learning_rate=0.05,
    optimizer="sgd",
    class_weights=False,
    seed=1,
)
RECIPE = replace(
    PAPERS,
    epochs=2.3,  # of 3 steps: 7
    optimizer="muon",
    learning_rate=0.03,
    muon_rate=0.1,
    schedule="linear",
    warmup=0.15,
    coarse=Coarse(0.6, 16, 32),  # 4 steps: up to the middle of the second epoch
    empty_slices=False,
    norm_statistics="training_set",
    validation="end",
    lowest_rate=0.25,
    averaging=0.45,  # 3 steps
)
CPU = torch.device("cpu")


pytestmark = pytest.mark.usefixtures("one_thread")


def volume() -> LabelledVolume:
    """Ten labelled slices between empty ones, each with its number among the grey values."""
    random = np.random.default_rng(0)
    classes = np.zeros((32, 32, 13), np.uint8, order="F")
    for k in range(2, 12):
        i, j = random.integers(2, 16, 2)
        classes[i : i + 14, j : j + 14, k] = 1 + k % 2
    image = 60 + 70 * classes + random.integers(0, 20, classes.shape)
    return LabelledVolume(
        "toy", np.asfortranarray(image.astype(np.uint8)), classes, (classes > 0).astype(np.uint8)
    )


def examples(settings: TrainingSettings) -> Examples:
    return training_examples([volume()], settings)


def network(seed: int = 0) -> SegmentationNetwork:
    torch.manual_seed(seed)
    return build_network(NETWORK)


def run(folder: Path, net: SegmentationNetwork, settings: TrainingSettings, **options: object) -> list:
    checkpoints = Checkpoints(folder, {"run": "toy"})
    return loop.train(net, examples(settings), settings, device=CPU, checkpoints=checkpoints, **options)


def weights(net: SegmentationNetwork) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in net.state_dict().items()}


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_papers_way_is_torchs_own_written_out(tmp_path: Path, optimizer: str) -> None:
    """With torch's optimiser classes, samplers and the printed formula: the same weights to the last bit."""
    settings = replace(PAPERS, optimizer=optimizer)
    ours, theirs = network(), network().train()
    run(tmp_path, ours, settings)
    data, n_steps = SliceDataset([volume()], window=Window(1, 1)), 4  # 13 slices in fours
    if optimizer == "sgd":
        rule: torch.optim.Optimizer = torch.optim.SGD(
            theirs.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4, fused=True
        )
    else:
        rule = torch.optim.AdamW(
            theirs.parameters(), lr=0.05, betas=(0.9, 0.99), weight_decay=1e-4, fused=True
        )
    for epoch in range(3):
        seed = derived_seed(1, "malc27/toy", epoch)
        torch.manual_seed(seed)
        order = RandomSampler(data, generator=torch.Generator().manual_seed(seed))
        batches = DataLoader(data, sampler=BatchSampler(order, 4, drop_last=False), batch_size=None)
        with for_training(theirs):
            for i, batch in enumerate(batches):
                rule.param_groups[0]["lr"] = 0.05 * (1 - (n_steps * epoch + i) / (3 * n_steps)) ** 0.9
                loss = total_loss(theirs(normalise(batch.stack)), batch)
                rule.zero_grad()
                loss.backward()
                rule.step()
    assert same(weights(ours), weights(theirs))


def seen_by_steps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: TrainingSettings
) -> list[tuple[tuple[int, ...], float]]:
    """Shape of the stack and factor of the rate of each step."""
    seen = []

    def train_step(net: object, optimizer: object, batch: object, factor: float, *rest: object) -> float:
        seen.append((tuple(batch.stack.shape), factor))  # type: ignore[attr-defined]
        return 1.0

    monkeypatch.setattr(loop, "train_step", train_step)
    run(tmp_path, network(), settings)
    return seen


def test_the_first_steps_see_smaller_slices_and_rates_rise_and_fall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = seen_by_steps(monkeypatch, tmp_path, RECIPE)
    assert [shape[2:] for shape, _ in seen] == [(16, 32)] * 4 + [(32, 32)] * 3
    assert [shape[0] for shape, _ in seen] == [4, 4, 2, 4, 4, 2, 4]  # ten slices have a label
    assert [factor for _, factor in seen] == pytest.approx([1 / 2, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 4])


def test_the_papers_way_sees_every_slice_at_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = seen_by_steps(monkeypatch, tmp_path, PAPERS)
    assert {shape[2:] for shape, _ in seen} == {(32, 32)} and sum(shape[0] for shape, _ in seen) == 3 * 13


def test_smaller_slices_are_those_whose_turn_it_is() -> None:
    data = examples(RECIPE)
    smaller = data.reduced((16, 16))
    both = list(loop.epoch_batches(data, 4, seed=5, workers=0, coarse=smaller, smaller=2))
    plain = list(loop.epoch_batches(data, 4, seed=5, workers=0))
    names = [loop.names_of_step(data, 4, seed=5, step=step) for step in range(3)]
    assert names == [loop.names_of_step(smaller, 4, seed=5, step=step) for step in range(3)]
    for step, (mixed, whole) in enumerate(zip(both, plain, strict=True)):
        order = [int(name.removeprefix("toy slice ")) - 2 for name in names[step]]
        expected = smaller[order] if step < 2 else whole
        assert torch.equal(mixed.stack, expected.stack) and torch.equal(mixed.classes, expected.classes)


@pytest.mark.parametrize("step", [0, 2, 3, 4, 5, 6])  # smaller slices, the switch between 3 and 4, full size
def test_a_run_that_was_cut_off_ends_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    whole = network()
    expected = run(tmp_path / "whole", whole, RECIPE, validate=lambda net: 0.5)
    with monkeypatch.context() as patch, pytest.raises(CutError):
        fail_at(patch, step)
        run(tmp_path / "cut", network(), RECIPE, validate=lambda net: 0.5)
    again = network(seed=0 if step < 3 else 99)
    torch.rand(step)
    log = run(tmp_path / "cut", again, RECIPE, validate=lambda net: 0.5)
    assert same(weights(again), weights(whole))
    for row, other in zip(log, expected, strict=True):
        kept = ("epoch", "loss", "learning_rate", "validation_dice")
        assert [row[name] for name in kept] == [other[name] for name in kept]
    assert [row["epoch"] for row in log] == [1, 2, 3]


def test_a_network_ends_with_the_mean_of_its_last_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    after: list[dict[str, torch.Tensor]] = []
    original = loop.train_step

    def train_step(net: SegmentationNetwork, *arguments: object) -> float:
        loss = original(net, *arguments)
        after.append({name: parameter.detach().clone() for name, parameter in net.named_parameters()})
        return loss

    monkeypatch.setattr(loop, "train_step", train_step)
    net = network()
    run(tmp_path, net, RECIPE)
    for name, found in net.named_parameters():
        expected = torch.stack([weights[name] for weights in after[-3:]]).double().mean(0)
        torch.testing.assert_close(found.detach().double(), expected, rtol=1e-6, atol=1e-7)
    plain = network()
    run(tmp_path / "plain", plain, replace(RECIPE, averaging=0.0))
    assert all(torch.equal(found, after[-1][name]) for name, found in plain.named_parameters())


def test_validation_at_the_end_sees_the_weights_that_are_kept(tmp_path: Path) -> None:
    seen = []
    net = network()
    log = run(tmp_path, net, RECIPE, validate=lambda shown: seen.append(weights(shown)) or 0.25)
    assert [row["validation_dice"] for row in log] == [None, None, 0.25]
    assert len(seen) == 1 and same(seen[0], weights(net))


def test_statistics_are_counted_on_every_slice_at_full_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    monkeypatch.setattr(loop, "count_statistics", lambda net, data, *_: counted.append(data))
    run(tmp_path, network(), RECIPE)
    (data,) = counted
    assert len(data) == 13 and data[[0]].stack.shape == (1, 3, 32, 32)


def test_costs_are_recorded_of_each_epoch(tmp_path: Path) -> None:
    log = run(tmp_path, network(), RECIPE)
    assert all(row["cpu_seconds"] > 0 and row["peak_memory_mb"] > 10 for row in log)
    assert [row["peak_memory_mb"] for row in log] == sorted(row["peak_memory_mb"] for row in log)
    assert set(log[0]) == set(loop.LOG_FIELDS)


def test_slices_without_labels_are_left_out_where_asked_for() -> None:
    assert len(examples(PAPERS)) == 13 and len(examples(RECIPE)) == 10
    assert examples(RECIPE).names([0, 9]) == ["toy slice 2", "toy slice 11"]
    assert len(examples(RECIPE).whole()) == 13


def test_scans_without_any_label_are_refused() -> None:
    nothing = np.zeros((32, 32, 3), np.uint8)
    volumes = [LabelledVolume(name, nothing, nothing, nothing) for name in ("a", "b")]
    with pytest.raises(InputError, match="a, b: expected at least one slice with a labelled voxel"):
        training_examples(volumes, RECIPE)
    assert len(training_examples(volumes, PAPERS)) == 6


@pytest.mark.parametrize(("x", "y"), [(24, 32), (0, 32), (-16, 32), (48, 32), (32, 48)])
def test_smaller_slices_that_four_poolings_do_not_divide_are_refused(x: int, y: int) -> None:
    with pytest.raises(InputError, match=rf"coarse: expected sides .* at most 32 x 32; found {x} x {y}"):
        examples(replace(RECIPE, coarse=Coarse(0.5, x, y)))


def test_a_single_pixel_at_the_bottom_is_refused_of_smaller_slices_too() -> None:
    """Ten slices in threes leave one alone, which has one pixel after four poolings."""
    alone = replace(RECIPE, batch=3, coarse=Coarse(0.5, 16, 16))
    with pytest.raises(InputError, match="slices larger than 16 x 16"):
        examples(alone)
    assert len(examples(replace(alone, batch=4))) == 10
