"""Captured maps, against the same forward pass written out by hand."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from acenet.errors import InputError
from acenet.inference.feature_maps import capture_activity, named_blocks, slice_activity
from acenet.inputs.stacks import Window, extract_stacks, normalise
from acenet.models.model_file import TrainedModel, load_model, save_model
from acenet.networks import NetworkSettings, build_network
from acenet.networks.blocks import RecalibratedBlock, unpool
from acenet.networks.outputs import SegmentationNetwork

SETTINGS = NetworkSettings("acenet", 6, s=1, skull=True, filters=4, kernel=3, dropout=0.3)
Maps = dict[tuple[str, int], tuple[np.ndarray, np.ndarray, np.ndarray]]


def seasoned(settings: NetworkSettings = SETTINGS) -> SegmentationNetwork:
    """A network whose normalisations have seen data, in evaluation mode."""
    torch.manual_seed(3)
    network = build_network(settings)
    with torch.no_grad():
        for _ in range(4):
            network(2 * torch.randn(6, settings.channels, 32, 48))
    return network.eval()


def stack(settings: NetworkSettings = SETTINGS) -> Tensor:
    return torch.randn(1, settings.channels, 32, 48, generator=torch.Generator().manual_seed(5))


def recalibrate(block: RecalibratedBlock, x: Tensor, key: tuple[str, int], maps: Maps) -> Tensor:
    """The paper's block: dense, then max(cSE, sSE); notes the three maps on the way."""
    dense, gates = block.dense(x), block.scse
    attention = 1 / (1 + torch.exp(-gates.spatial(dense)))
    pooled = dense.flatten(2).mean(2)
    channels = torch.sigmoid(gates.excite(F.relu(gates.squeeze(pooled))))[..., None, None]
    after = torch.maximum(dense * channels, dense * attention)
    maps[key] = (x.abs().mean(1)[0].numpy(), attention[0, 0].numpy(), after.abs().mean(1)[0].numpy())
    return after


def by_hand(network: nn.Module, x: Tensor) -> Maps:
    maps: Maps = {}
    image, skips, indices = x[0, 1].numpy(), [], []
    for level, block in enumerate(network.encoder.blocks, start=1):
        skips.append(recalibrate(block, x, ("encoder", level), maps))
        x, index = F.max_pool2d(skips[-1], 2, return_indices=True)
        indices.append(index)
    maps["encoder", 1] = (image, *maps["encoder", 1][1:])
    x = network.encoder.bottleneck(x)
    for level, block in zip((4, 3, 2), network.decoder.blocks, strict=True):
        joined = torch.cat((skips[level - 1], unpool(x, indices[level - 1])), dim=1)
        x = recalibrate(block, joined, ("decoder", level), maps)
    joined = torch.cat((skips[0], unpool(x, indices[0])), dim=1)
    recalibrate(network.decode1, joined, ("decoder", 1), maps)
    recalibrate(network.decode0, joined, ("skull decoder", 1), maps)
    return maps


def test_maps_are_those_of_a_manual_forward_pass() -> None:
    network, x = seasoned(), stack()
    with torch.inference_mode():
        expected = by_hand(network, x)
    found = capture_activity(network, x, centre=1)
    assert [(a.branch, a.level) for a in found] == list(expected)
    for activity in found:
        for ours, theirs in zip(
            (activity.before, activity.attention, activity.after),
            expected[activity.branch, activity.level],
            strict=True,
        ):
            side = 2 ** (activity.level - 1)
            assert ours.shape == (32 // side, 48 // side) and ours.dtype == np.float32
            np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("arch", ["quicknatv2", "acenet"])
def test_maps_are_those_of_double_precision_around_a_stripped_brain(arch: str) -> None:
    network = seasoned(NetworkSettings(arch, 6, s=1, filters=8))
    x = torch.full((1, 3, 96, 96), -1.0)
    x[:, :, 30:70, 24:76] = torch.randn(1, 3, 40, 52)
    found = capture_activity(network, x, centre=1)
    exact = capture_activity(network.double(), x.double(), centre=1)
    for ours, theirs in zip(found, exact, strict=True):
        for name in ("before", "attention", "after"):
            one, other = getattr(ours, name), getattr(theirs, name)
            off = np.abs(one - other) > 1e-4 * np.abs(other).max()
            assert off.mean() < 0.2, name  # single values within rounding; where rounding decides, it is 0.7


def test_the_network_is_left_as_it_was() -> None:
    network, x = seasoned(), stack()
    before = network(x).structures
    network.train()
    network.encoder.blocks[2].eval()  # modes that no single call of train() would bring back
    modes = [module.training for module in network.modules()]
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    capture_activity(network, x, centre=1)
    assert [module.training for module in network.modules()] == modes
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())
    assert all(torch.equal(tensor, state[name]) for name, tensor in network.state_dict().items())
    assert torch.equal(network.eval()(x).structures, before)


def test_hooks_are_removed_and_modes_restored_when_the_network_fails() -> None:
    network = seasoned().train()
    with pytest.raises(RuntimeError):
        capture_activity(network, torch.zeros(1, 7, 32, 48), centre=3)  # seven slices for a network of three
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())
    assert all(module.training for module in network.modules())


@pytest.mark.parametrize(
    ("settings", "blocks"),
    [
        (NetworkSettings("quicknatv2", 5, filters=4, kernel=3), 8),
        (NetworkSettings("acenet", 5, s=2, filters=4, kernel=3), 8),
        (NetworkSettings("acenet", 5, s=2, parallel=True, skull=True, filters=4, kernel=3), 9),
    ],
)
def test_other_networks_with_scse(settings: NetworkSettings, blocks: int) -> None:
    network = seasoned(settings)
    found = capture_activity(network, stack(settings), centre=settings.window.before)
    assert len(found) == len(named_blocks(network)) == blocks
    assert all(((a.attention >= 0) & (a.attention <= 1)).all() for a in found)


def test_networks_without_attention_are_refused() -> None:
    with pytest.raises(InputError, match="blocks with scSE"):
        named_blocks(build_network(NetworkSettings("quicknat", 5, filters=4, kernel=3)))
    with pytest.raises(InputError, match=r"\(1, channels, H, W\)"):
        capture_activity(seasoned(), torch.zeros(2, 3, 32, 48), centre=1)


def test_a_slice_of_a_volume_through_a_model_file(tmp_path) -> None:
    network = seasoned()
    save_model(tmp_path / "model.pt", TrainedModel(network, SETTINGS, {}))
    image = np.random.default_rng(1).integers(0, 256, (32, 48, 5), dtype=np.uint8)
    found = slice_activity(load_model(tmp_path / "model.pt"), np.asfortranarray(image), 4)
    np.testing.assert_allclose(found[0].before, (image[:, :, 4] - 128.0) / 128)
    whole = normalise(torch.from_numpy(extract_stacks(image, [4], window=Window(1, 1))))
    expected = capture_activity(network, whole, centre=1)
    assert all(np.array_equal(a.after, b.after) for a, b in zip(found, expected, strict=True))
