"""Statistics of the training set in place of running averages: closed forms, and nothing else touched."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from acenet.engine.modes import for_evaluation
from acenet.inputs.stacks import LabelledVolume, SliceDataset, Window
from acenet.networks import NetworkSettings, build_network
from acenet.training.batch_norm import count_statistics, replace_statistics
from acenet.training.settings import TrainingSettings

NETWORK = NetworkSettings("acenet", 2, s=1, skull=True, filters=4, kernel=3, dropout=0.5)
SETTINGS = TrainingSettings(
    training="malc27/toy",
    network=NETWORK,
    epochs=1,
    batch=3,
    learning_rate=0.05,
    optimizer="sgd",
    class_weights=False,
    seed=1,
)


def slices(number: int) -> SliceDataset:
    image = np.random.default_rng(0).integers(0, 255, (16, 16, number), np.uint8)
    classes = (image > 127).astype(np.uint8)
    return SliceDataset([LabelledVolume("toy", image, classes, classes)], window=Window(1, 1))


def state(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


@pytest.mark.parametrize("layer", [nn.BatchNorm2d(3), nn.BatchNorm2d(3, affine=False)])
def test_mean_and_variance_are_those_of_all_values(layer: nn.BatchNorm2d) -> None:
    """Batches of different sizes that differ in their means, which averages of their variances would miss."""
    generator = torch.Generator().manual_seed(0)
    batches = [torch.randn(n, 3, 5, 4, generator=generator) * n + 10 * n for n in (2, 7, 1)]
    replace_statistics(layer, batches)
    values = torch.cat([batch.movedim(1, 0).flatten(1) for batch in batches], dim=1).double()
    assert layer.running_mean is not None and layer.running_var is not None
    torch.testing.assert_close(layer.running_mean.double(), values.mean(1))
    torch.testing.assert_close(layer.running_var.double(), values.var(1, unbiased=False), rtol=1e-5, atol=0)


def test_each_layer_sees_what_the_layers_before_it_make_of_a_batch() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv3d(2, 4, 3), nn.BatchNorm3d(4), nn.ReLU(), nn.BatchNorm3d(4))
    batch = torch.randn(5, 2, 6, 6, 6)
    replace_statistics(network, [batch])
    with torch.no_grad():
        features = network[0](batch)
        flat = features.movedim(1, 0).flatten(1)
        normal = (flat - flat.mean(1, keepdim=True)) / (
            flat.var(1, unbiased=False, keepdim=True) + 1e-5
        ).sqrt()
    second = network[3]
    assert isinstance(second, nn.BatchNorm3d) and second.running_mean is not None
    torch.testing.assert_close(second.running_mean, normal.relu().mean(1), rtol=1e-4, atol=1e-5)


def test_only_statistics_change_and_the_same_seed_gives_the_same() -> None:
    torch.manual_seed(0)
    network = build_network(NETWORK)
    before = state(network)
    count_statistics(network, slices(40), SETTINGS, torch.device("cpu"))
    after = state(network)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {name for name in before if "running" in name or "num_batches" in name}
    assert not network.training and not any(module.training for module in network.modules())

    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
    torch.manual_seed(99)  # dropout must have no say
    count_statistics(network, slices(40), SETTINGS, torch.device("cpu"))
    again = state(network)
    assert all(torch.equal(after[name], again[name]) for name in after)


@pytest.mark.parametrize(
    ("arch", "filters"),
    [("quicknatv2", 16), ("acenet", 16), ("sdnet", 16), ("ffce-dense2", 8), ("unet2d", 8)],
)
def test_statistics_are_those_of_double_precision_around_a_stripped_brain(arch: str, filters: int) -> None:
    """Where the image is constant, rounding must not decide which of equal features unpooling puts back where."""
    torch.manual_seed(2)
    network = build_network(NetworkSettings(arch, 28, s=0, filters=filters, dropout=0))
    batch = torch.full((4, 1, 96, 96), -1.0)
    batch[:, :, 30:70, 24:76] = torch.randn(4, 1, 40, 52)
    exact = copy.deepcopy(network).double()
    replace_statistics(network, [batch])
    replace_statistics(exact, [batch.double()])
    for ours, theirs in zip(network.modules(), exact.modules(), strict=True):
        if isinstance(ours, nn.BatchNorm2d) and isinstance(theirs, nn.BatchNorm2d):
            assert ours.running_mean is not None and ours.running_var is not None
            assert theirs.running_mean is not None and theirs.running_var is not None
            spread = theirs.running_var.sqrt()
            assert ((ours.running_mean - theirs.running_mean).abs() < 1e-5 * spread).all()
            torch.testing.assert_close(ours.running_var.double(), theirs.running_var, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("number", [2, 33, 65])
def test_no_slice_is_left_alone(number: int) -> None:
    """At 16 x 16 the deepest features are single values: a batch of one slice has no variance there."""
    network = build_network(NETWORK)
    count_statistics(network, slices(number), replace(SETTINGS, batch=1), torch.device("cpu"))
    assert all(torch.isfinite(tensor).all() for tensor in network.state_dict().values())


def exact(network: nn.Module, batches: list[torch.Tensor]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Mean and variance of each layer's inputs in double precision, from the values themselves."""
    seen: dict[nn.Module, list[torch.Tensor]] = {}
    layers = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    hooks = [
        layer.register_forward_pre_hook(
            lambda layer, inputs: seen.setdefault(layer, []).append(
                inputs[0].movedim(1, 0).flatten(1).double()
            )
        )
        for layer in layers
    ]
    network.eval()
    for layer in layers:
        layer.train()
    with torch.no_grad(), for_evaluation(network):
        for batch in batches:
            network(batch)
    for hook in hooks:
        hook.remove()
    values = [torch.cat(seen[layer], dim=1) for layer in layers if layer in seen]
    return [(some.mean(1), some.var(1, unbiased=False)) for some in values]


@pytest.mark.parametrize("offset", [0.0, 30.0])
def test_statistics_from_the_batches_moments_are_those_of_all_values(offset: float) -> None:
    """To the precision of the single numbers that they are kept in, with batches that differ in size and mean."""
    torch.manual_seed(3)
    network = build_network(NETWORK)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("conv1.bias"):
                parameter.add_(offset)  # means much larger than deviations
    generator = torch.Generator().manual_seed(1)
    batches = [torch.randn(n, 3, 32, 32, generator=generator) + n for n in (4, 3, 6)]
    expected = exact(copy.deepcopy(network), batches)
    replace_statistics(network, batches)
    layers = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    assert len(layers) == len(expected) > 10
    for layer, (mean, variance) in zip(layers, expected, strict=True):
        assert layer.running_mean is not None and layer.running_var is not None
        assert layer.momentum == 0.1 and not layer.training
        torch.testing.assert_close(layer.running_mean.double(), mean, rtol=2e-7, atol=1e-7)
        torch.testing.assert_close(layer.running_var.double(), variance, rtol=1e-6, atol=1e-9)


def test_layers_without_averages_are_left_alone() -> None:
    network = nn.Sequential(nn.BatchNorm2d(3, track_running_stats=False), nn.BatchNorm2d(3))
    replace_statistics(network, [torch.randn(4, 3, 5, 5)])
    assert network[0].running_mean is None and torch.isfinite(network[1].running_var).all()  # type: ignore[arg-type]
