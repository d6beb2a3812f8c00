"""2D U-Net: levels, skips, initial weights."""

import math

import pytest
import torch
from torch import nn

from acenet.networks import NetworkSettings, build_network
from acenet.networks.unet2d import UNet2D, paired_convolutions

ARCHS = ("unet2d", "unet2d-literal")
WIDTHS = {"unet2d": (12, 12, 12, 12, 12), "unet2d-literal": (8, 16, 32, 64, 128)}


def small(arch: str, dropout: float = 0.0) -> UNet2D:
    torch.manual_seed(0)
    network = build_network(NetworkSettings(arch, 4, filters=8, kernel=5, dropout=dropout))
    assert isinstance(network, UNet2D)
    return network


@pytest.mark.parametrize("arch", ARCHS)
def test_widths_sizes_and_skips_of_the_levels(arch: str) -> None:
    network = small(arch).eval()
    down: list[torch.Tensor] = []
    seen: list[torch.Tensor] = []
    raised: list[torch.Tensor] = []
    for block in network.encoder:
        block.register_forward_hook(lambda _, given, out: down.append(out))
    for up, block in zip(network.up, network.decoder, strict=True):
        up.register_forward_hook(lambda _, given, out: raised.append(out))
        block.register_forward_hook(lambda _, given, out: seen.append(given[0]))
    with torch.no_grad():
        network(torch.randn(2, 1, 48, 32))
    widths = WIDTHS[arch]
    assert [tuple(x.shape) for x in down] == [(2, w, 48 >> i, 32 >> i) for i, w in enumerate(widths)]
    for level, (given, up) in enumerate(zip(seen[::-1], raised[::-1], strict=True)):
        torch.testing.assert_close(given, torch.cat((down[level], up), dim=1))  # the skip comes first
        assert up.shape == down[level].shape


@pytest.mark.parametrize(("arch", "kernel"), [("unet2d", 5), ("unet2d-literal", 3)])
def test_kernels_and_normalisation(arch: str, kernel: int) -> None:
    network = small(arch)
    paired = [layer for part in (network.encoder, network.decoder) for layer in part.modules()]
    convolutions = [layer for layer in paired if isinstance(layer, nn.Conv2d)]
    assert len(convolutions) == 2 * (5 + 4)
    assert {layer.kernel_size for layer in convolutions} == {(kernel, kernel)}
    assert sum(isinstance(layer, nn.BatchNorm2d) for layer in paired) == len(convolutions)
    in_pairs = {name for name, _ in network.named_parameters() if name.startswith(("encoder", "decoder"))}
    assert len(in_pairs) == 2 * len(convolutions)  # weights and biases; the normalisation has none
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in network.up.modules()) == (arch == "unet2d")


def test_initial_weights_are_hes() -> None:
    torch.manual_seed(1)
    for layer in paired_convolutions(32, 32, 5):
        if isinstance(layer, nn.Conv2d):
            assert layer.weight.std().item() == pytest.approx(math.sqrt(2 / (32 * 25)), rel=0.05)


def test_the_normalisation_makes_the_features_scale_immaterial() -> None:
    pair, x = paired_convolutions(4, 6, 3).train(), torch.randn(3, 4, 16, 16)
    with torch.no_grad():
        pair[0].bias.zero_()
        once, thrice = pair(x), pair(3 * x)
    torch.testing.assert_close(once, thrice, atol=1e-2, rtol=1e-2)
    torch.testing.assert_close(once.mean((0, 2, 3)), torch.zeros(6), atol=1e-5, rtol=0)


@pytest.mark.parametrize("arch", ARCHS)
def test_dropout_acts_on_the_coarsest_level_in_training_only(arch: str) -> None:
    network, stack = small(arch, dropout=0.5), torch.randn(2, 1, 32, 32)
    kept: list[torch.Tensor] = []
    network.up[0].register_forward_hook(lambda _, given, out: kept.append(given[0]))
    network(stack)
    network.eval()(stack)
    dropped = [(x == 0).all(dim=(2, 3)).float().mean().item() for x in kept]
    assert kept[0].shape[2:] == (2, 2) and dropped[0] > dropped[1] + 0.2
