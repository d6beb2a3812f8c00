"""Convolutions of volumes with channels last equal torch's own, of one volume and of several."""

import pytest
import torch
from torch import nn

from acenet.engine.swap import substituted
from acenet.engine.volume_convolution import ChannelsLastConv3d

TABLE = {nn.Conv3d: ChannelsLastConv3d}


@pytest.mark.parametrize("volumes", [1, 2, 3])
@pytest.mark.parametrize(
    "layer", [nn.Conv3d(3, 5, 3, padding=1), nn.Conv3d(4, 2, (1, 3, 5), stride=2, bias=False)]
)
def test_values_and_gradients_are_those_of_the_plain_layer(layer: nn.Conv3d, volumes: int) -> None:
    draw = torch.Generator().manual_seed(volumes)
    x = torch.randn(volumes, layer.in_channels, 9, 8, 7, generator=draw)
    results = []
    for table in (TABLE, {}):
        leaf = x.clone().requires_grad_()
        layer.zero_grad()
        with substituted(layer, table):
            y = layer(leaf)
            y.backward(torch.linspace(-1, 1, y.numel()).view_as(y.contiguous()))
            with torch.no_grad():
                torch.testing.assert_close(layer(x), y)
        results.append([y.detach(), leaf.grad, *(parameter.grad for parameter in layer.parameters())])
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_what_it_is_not_made_for_is_left_alone() -> None:
    assert ChannelsLastConv3d.suits(nn.Conv3d(1, 2, 3, padding=1))
    assert not ChannelsLastConv3d.suits(nn.Conv3d(1, 2, 3, padding="same"))
    assert not ChannelsLastConv3d.suits(nn.Conv3d(1, 2, 3, padding=1, padding_mode="reflect"))
