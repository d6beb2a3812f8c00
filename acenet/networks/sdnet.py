"""SD-Net (Roy et al. 2017): three pooled levels of single convolutions, decoded by unpooling.

ACEnet's tables compare with it as a network of 5.7e5 parameters and do not describe it. Two are offered:

- `sdnet`, as in the literature: 64 filters of 7 x 7, which makes 1,812,643 parameters at 28 outputs.
- `sdnet-small`: 50 filters of 5 x 5, 566,235 parameters. No network with 64 filters meets the printed count, and
  several narrow ones do; this is one of them.

Each convolution is followed by batch normalisation and a PReLU. The literature has a ReLU; the PReLU is that of
the code base which both papers' released code builds on, and of the other networks here.
"""

import torch
from torch import Tensor, nn

from acenet.networks import NetworkSettings
from acenet.networks.blocks import MaxPool, same_convolution, unpool
from acenet.networks.outputs import Outputs, SegmentationNetwork

LEVELS = 3


class SDNet(SegmentationNetwork):
    """One convolution per level and direction; the decoder sees skip and unpooled features, skip first."""

    def __init__(self, settings: NetworkSettings, filters: int, kernel: int) -> None:
        super().__init__()
        widths = (settings.channels, *[filters] * (LEVELS - 1))
        self.encoder = nn.ModuleList(convolution(c, filters, kernel) for c in widths)
        self.pools = nn.ModuleList(MaxPool() for _ in range(LEVELS))
        self.bottleneck = convolution(filters, filters, kernel)
        self.decoder = nn.ModuleList(convolution(2 * filters, filters, kernel) for _ in range(LEVELS))
        self.label_head = nn.Conv2d(filters, settings.n_classes, kernel_size=1)

    def forward(self, stack: Tensor) -> Outputs:
        """(N, slices, H, W) to label logits (N, C, H, W)."""
        x, skips, places = stack, [], []
        for block, pool in zip(self.encoder, self.pools, strict=True):
            skips.append(block(x))  # (N, F, H/2^i, W/2^i)
            x, indices = pool(skips[-1])
            places.append(indices)
        x = self.bottleneck(x)  # (N, F, H/8, W/8)
        for block, skip, indices in zip(self.decoder, skips[::-1], places[::-1], strict=True):
            x = block(torch.cat((skip, unpool(x, indices)), dim=1))
        return Outputs(label=self.label_head(x))


def convolution(in_channels: int, filters: int, kernel: int) -> nn.Sequential:
    """k x k convolution that keeps the size, batch normalisation, PReLU."""
    return nn.Sequential(same_convolution(in_channels, filters, kernel), nn.BatchNorm2d(filters), nn.PReLU())


def build(settings: NetworkSettings) -> SDNet:
    """SD-Net of the literature, or the smaller one whose count the paper prints, by `settings.arch`.

    Both scale with the preset: the literature's kernel is 2 wider than the dense blocks' (7 and 5), the small
    network has their kernel and 50/64 of their filters.
    """
    if settings.arch == "sdnet-small":
        return SDNet(settings, round(settings.filters * 50 / 64), settings.kernel)
    return SDNet(settings, settings.filters, settings.kernel + 2)
