"""SD-Net: what each level sees, and how presets scale it."""

import pytest
import torch
from torch import nn

from acenet.networks import NetworkSettings, build_network
from acenet.networks.sdnet import SDNet


def test_levels_are_pooled_and_unpooled_by_the_maxima() -> None:
    torch.manual_seed(0)
    network = build_network(NetworkSettings("sdnet", 4, filters=6, kernel=3)).eval()
    assert isinstance(network, SDNet)
    inputs: list[torch.Tensor] = []
    for block in network.decoder:
        block.register_forward_hook(lambda _, given, out: inputs.append(given[0]))
    stack = torch.randn(2, 1, 32, 16)
    with torch.no_grad():
        label = network(stack).label
        x, levels = stack, []
        for block in network.encoder:
            skip = block(x)
            x, indices = nn.MaxPool2d(2, return_indices=True)(skip)
            levels.append((skip, indices))
        x = network.bottleneck(x)
        assert x.shape == (2, 6, 4, 2)
        for block, (skip, indices), seen in zip(network.decoder, levels[::-1], inputs[:], strict=True):
            torch.testing.assert_close(seen[:, :6], skip)  # the skip comes first
            torch.testing.assert_close(seen[:, 6:], nn.MaxUnpool2d(2)(x, indices))
            x = block(seen)
        torch.testing.assert_close(label, network.label_head(x))


@pytest.mark.parametrize(
    ("arch", "filters", "kernel", "expected"),
    [
        ("sdnet", 64, 5, (64, 7)),
        ("sdnet", 16, 5, (16, 7)),
        ("sdnet", 16, 3, (16, 5)),
        ("sdnet-small", 64, 5, (50, 5)),
        ("sdnet-small", 16, 3, (12, 3)),
    ],
)
def test_presets_scale_width_and_kernel(
    arch: str, filters: int, kernel: int, expected: tuple[int, int]
) -> None:
    network = build_network(NetworkSettings(arch, 4, filters=filters, kernel=kernel))
    sizes = {
        (layer.out_channels, layer.kernel_size[0])
        for layer in network.modules()
        if isinstance(layer, nn.Conv2d) and layer.kernel_size != (1, 1)
    }
    assert sizes == {expected}
