"""2D U-Net (Ronneberger et al. 2015), padded so that slices keep their size.

ACEnet's tables compare with a U-Net of 5.178e6 parameters and do not describe it. Two are offered:

- `unet2d`: five levels of 96 channels throughout, pairs of 5 x 5 convolutions, 3 x 3 up-convolutions with batch
  normalisation: 5,178,172 parameters at 28 outputs. It meets the printed count to the digits; so do others.
- `unet2d-literal`, the published layers: 64 to 1024 channels, 3 x 3 convolutions, 2 x 2 up-convolutions,
  31,032,348 parameters, six times the printed count.

He's initial weights, and dropout at the coarsest level, as Ronneberger et al. say. Their network does not
normalise and hardly learns at the other networks' learning rates; so here batch normalisation follows each
paired convolution's ReLU. It has no weights of its own (the next convolution's would absorb them), which leaves
the counts as they are.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from acenet.networks import NetworkSettings
from acenet.networks.blocks import MaxPool, channel_dropout, same_convolution
from acenet.networks.outputs import Outputs, SegmentationNetwork

LEVELS = 5


class UNet2D(SegmentationNetwork):
    """Two convolutions per level and direction; the decoder sees skip and up-convolved features, skip first."""

    def __init__(
        self,
        settings: NetworkSettings,
        widths: Sequence[int],
        *,
        kernel: int,
        up_convolution: Callable[[int, int], nn.Module],
    ) -> None:
        """`widths` are the channels of the levels, finest first; `up_convolution` maps (in, out) to a module."""
        super().__init__()
        steps = list(pairwise(widths))  # (finer, coarser)
        down = [(settings.channels, widths[0]), *steps]
        self.encoder = nn.ModuleList(paired_convolutions(*channels, kernel) for channels in down)
        self.pool = MaxPool()
        self.dropout = channel_dropout(settings.dropout)
        self.up = nn.ModuleList(up_convolution(coarser, finer) for finer, coarser in steps[::-1])
        self.decoder = nn.ModuleList(
            paired_convolutions(2 * finer, finer, kernel) for finer, _ in steps[::-1]
        )
        self.label_head = nn.Conv2d(widths[0], settings.n_classes, kernel_size=1)

    def forward(self, stack: Tensor) -> Outputs:
        """(N, slices, H, W) to label logits (N, C, H, W)."""
        *finer, coarsest = self.encoder
        x, skips = stack, []
        for block in finer:
            skips.append(block(x))  # (N, F_i, H/2^i, W/2^i)
            x, _ = self.pool(skips[-1])
        x = self.dropout(coarsest(x))  # (N, F_4, H/16, W/16)
        for up, block, skip in zip(self.up, self.decoder, skips[::-1], strict=True):
            x = block(torch.cat((skip, up(x)), dim=1))
        return Outputs(label=self.label_head(x))


def paired_convolutions(in_channels: int, out_channels: int, kernel: int) -> nn.Sequential:
    """Two k x k convolutions that keep the size, each followed by ReLU and normalisation; He's initial weights."""
    pair = nn.Sequential(
        same_convolution(in_channels, out_channels, kernel),
        nn.ReLU(inplace=True),
        nn.BatchNorm2d(out_channels, affine=False),
        same_convolution(out_channels, out_channels, kernel),
        nn.ReLU(inplace=True),
        nn.BatchNorm2d(out_channels, affine=False),
    )
    for layer in pair:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return pair


def normalised_up_convolution(in_channels: int, out_channels: int) -> nn.Sequential:
    """3 x 3 transposed convolution to twice the size, batch normalisation, ReLU."""
    return nn.Sequential(
        nn.ConvTranspose2d(in_channels, out_channels, kernel_size=3, stride=2, padding=1, output_padding=1),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )


def plain_up_convolution(in_channels: int, out_channels: int) -> nn.Module:
    """2 x 2 transposed convolution to twice the size."""
    return nn.ConvTranspose2d(in_channels, out_channels, kernel_size=2, stride=2)


def build(settings: NetworkSettings) -> UNet2D:
    """The U-Net that meets the printed count, or the literal one, by `settings.arch`.

    Both scale with the preset's filters (64): 96 is half as many again, and the literal one's first level has
    just as many. The first has the dense blocks' kernel (5), the literal one always 3 x 3.
    """
    if settings.arch == "unet2d-literal":
        widths = [settings.filters << level for level in range(LEVELS)]
        return UNet2D(settings, widths, kernel=3, up_convolution=plain_up_convolution)
    widths = [settings.filters * 3 // 2] * LEVELS
    return UNet2D(settings, widths, kernel=settings.kernel, up_convolution=normalised_up_convolution)
