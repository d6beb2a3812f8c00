"""A training whose weights are no numbers any more ends with a message of ours, whatever the network."""

from pathlib import Path

import numpy as np
import pytest
import torch

from acenet.engine.modes import for_training
from acenet.errors import StoppedError
from acenet.inputs.stacks import Batch, LabelledVolume, SliceDataset
from acenet.networks import NETWORKS, NetworkSettings, build_network
from acenet.training import loop
from acenet.training.checkpoint import Checkpoints
from acenet.training.settings import TrainingSettings


def settings_of(arch: str, **other: object) -> TrainingSettings:
    """The smallest training of a network, with all the branches that it can have."""
    known = NETWORKS[arch]
    network = NetworkSettings(
        arch, 4, s=known.s, skull=known.skull, parallel=known.parallel, filters=4, kernel=3,
        patch=16 if known.sees == "patch" else None,
    )  # fmt: skip
    return TrainingSettings(
        f"malc27/{arch}",
        network,
        epochs=1,
        batch=2,
        learning_rate=0.01,
        optimizer="sgd",
        class_weights=False,
        seed=1,
    )


def batch_of(settings: NetworkSettings) -> Batch:
    generator = torch.Generator().manual_seed(1)
    size = (16, 16, 16) if settings.patch else (32, 32)
    channels = 1 if settings.patch else settings.channels
    stack, classes, brain = (
        torch.randint(0, high, shape, dtype=torch.uint8, generator=generator)
        for high, shape in ((256, (2, channels, *size)), (4, (2, *size)), (2, (2, *size)))
    )
    return Batch(stack, classes, brain)


@pytest.mark.parametrize("arch", NETWORKS)
def test_a_step_with_a_weight_that_is_no_number_has_such_a_loss(arch: str) -> None:
    """And no error of torch's own, which on CUDA would take the whole process along."""
    settings = settings_of(arch)
    network = build_network(settings.network)
    optimizer = loop.make_optimizer(network, settings)
    with for_training(network):
        assert torch.isfinite(
            torch.tensor(loop.train_step(network, optimizer, batch_of(settings.network), 0.01, None))
        )
        with torch.no_grad():
            next(network.parameters()).fill_(float("nan"))
        loss = loop.train_step(network, optimizer, batch_of(settings.network), 0.01, None)
    assert loss != loss


def test_the_run_stops_with_the_step_and_its_examples(tmp_path: Path) -> None:
    settings = settings_of("acenet")
    network = build_network(settings.network)
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    random = np.random.default_rng(0)
    image, classes, brain = (
        np.asfortranarray(random.integers(0, high, (32, 32, 2), dtype=np.uint8)) for high in (256, 4, 2)
    )
    volume = LabelledVolume("toy", image, classes, brain)
    with pytest.raises(StoppedError, match=r"malc27/acenet: the loss is nan in epoch 1, step 1"):
        loop.train(
            network,
            SliceDataset([volume], window=settings.network.window),
            settings,
            device=torch.device("cpu"),
            checkpoints=Checkpoints(tmp_path, {}),
        )
    assert (tmp_path / "diverged.json").is_file()
