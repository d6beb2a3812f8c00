"""3D U-Net (Cicek et al. 2016), a competitor of the ACEnet paper.

The paper prints neither layers nor patches, only 6.444e6 parameters and at most 256 filters: four levels of
32, 64, 128 and 256 channels with 3 x 3 x 3 convolutions everywhere have 6,443,868 at 28 outputs. Its figure for
the fine task (7.687e6) fits no such network with more outputs (139 give 6,539,883).
"""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from acenet.networks import NetworkSettings
from acenet.networks.blocks import MaxPool
from acenet.networks.outputs import Outputs, SegmentationNetwork

LEVELS = 4


def double_conv(in_channels: int, channels: int) -> nn.Sequential:
    """Twice: convolution 3 x 3 x 3 with bias, batch normalisation, ReLU."""
    layers: list[nn.Module] = []
    for c in (in_channels, channels):
        layers += [nn.Conv3d(c, channels, 3, padding=1), nn.BatchNorm3d(channels), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class UNet3D(SegmentationNetwork):
    """Patch (N, 1, X, Y, Z), sides multiples of 8, to structures (N, C, X, Y, Z).

    The finest level has half of `settings.filters` channels: 32 at the papers' 64. Kernels are 3 x 3 x 3
    whatever `settings.kernel` says, and nothing is dropped.
    """

    heads: ClassVar[Mapping[str, str]] = {"label": "head"}

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        base = settings.filters // 2
        widths = [base * 2**level for level in range(LEVELS)]
        self.encoders = nn.ModuleList(
            double_conv(c, width) for c, width in zip((1, *widths), widths, strict=False)
        )
        self.pool = MaxPool()
        self.ups = nn.ModuleList(
            nn.ConvTranspose3d(2 * width, width, kernel_size=3, stride=2, padding=1, output_padding=1)
            for width in widths[-2::-1]
        )
        self.decoders = nn.ModuleList(double_conv(2 * width, width) for width in widths[-2::-1])
        self.head = nn.Conv3d(base, settings.n_classes, kernel_size=3, padding=1)

    def forward(self, patch: Tensor) -> Outputs:
        """(N, 1, X, Y, Z) to logits of the same size."""
        skips: list[Tensor] = []
        x = patch
        for encoder in self.encoders:
            x = encoder(self.pool(x)[0] if skips else x)
            skips.append(x)
        for up, decoder, skip in zip(self.ups, self.decoders, skips[-2::-1], strict=True):
            x = decoder(torch.cat((skip, up(x)), dim=1))
        return Outputs(self.head(x))


def build(settings: NetworkSettings) -> UNet3D:
    """A 3D U-Net."""
    return UNet3D(settings)
