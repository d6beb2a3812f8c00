"""FFCE, ACEnet's forerunner: encoder and context encoder with three kinds of decoder, or two encoders fused.

Paper: FFCE, section 3 and Table 1. Its network with four dense decoders on one slice ("2D") is ACEnet with s=0
and without skull stripping, built by `acenet.networks.acenet`. Here are the others:

- `ffce-dense2`, `ffce-conv2`: "two layers of blocks followed by bilinear upsampling by four". The paper leaves
  open at which resolution the blocks stand, whether they see skips, and what the convolutional block is. Here
  they stand at 1/16 and 1/4 (the larger batches that Table 1 could afford, 15 and 20 for 8, speak for low
  resolutions), the second one sees the encoder's skip at 1/4, and the convolutional block is a U-Net's pair of
  convolutions. 2,288,236 and 1,942,312 parameters at 28 outputs.
- `ffce-fused`: a second encoder for ten slices, five before and four after the centre (the paper prints
  256 x 256 x 10, and ten has no middle); scSE on the fused features, four dense decoders. 5,242,519 parameters.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from acenet.networks import NetworkSettings
from acenet.networks.acenet import ACENet, ContextEncoder, recalibrate
from acenet.networks.blocks import (
    Encoder,
    EncoderFeatures,
    RecalibratedBlock,
    SpatialChannelSE,
    channel_dropout,
    same_convolution,
)
from acenet.networks.outputs import Outputs, SegmentationNetwork


class DenseDecoderBlock(RecalibratedBlock):
    """Dense block, scSE and dropout."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, c, H, W) to (N, F, H, W)."""
        return self.features(x)


def convolutional_block(in_channels: int, filters: int, kernel: int) -> nn.Sequential:
    """Two k x k convolutions that keep the size, each followed by batch normalisation and a ReLU."""
    return nn.Sequential(
        same_convolution(in_channels, filters, kernel),
        nn.BatchNorm2d(filters),
        nn.ReLU(inplace=True),
        same_convolution(filters, filters, kernel),
        nn.BatchNorm2d(filters),
        nn.ReLU(inplace=True),
    )


class TwoLayerFFCE(SegmentationNetwork):
    """ACEnet's encoder and context encoder on one slice, decoded in two steps of four."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        filters, kernel, dropout = settings.filters, settings.kernel, settings.dropout
        self.encoder = Encoder(settings.channels, filters, kernel, dropout)
        self.decode2: nn.Module
        self.decode1: nn.Module
        if settings.arch == "ffce-dense2":
            self.decode2 = DenseDecoderBlock(filters, filters, kernel, dropout)
            self.decode1 = DenseDecoderBlock(2 * filters, filters, kernel, dropout)
        else:
            self.decode2 = convolutional_block(filters, filters, kernel)
            self.decode1 = convolutional_block(2 * filters, filters, kernel)
        self.context = ContextEncoder(filters, filters, settings.n_classes)
        self.label_head = nn.Sequential(
            channel_dropout(dropout), nn.Conv2d(filters, settings.n_classes, kernel_size=1)
        )

    def forward(self, stack: Tensor) -> Outputs:
        """(N, slices, H, W) to label (N, C, H, W) and presence (N, C) logits."""
        features: EncoderFeatures = self.encoder(stack)
        gates, presence = self.context(features.bottleneck)
        d2 = upsample(self.decode2(features.bottleneck))  # (N, F, H/4, W/4)
        d1 = upsample(self.decode1(torch.cat((features.skips[2], d2), dim=1)))  # (N, F, H, W)
        return Outputs(self.label_head(recalibrate(d1, gates)), presence)


def upsample(x: Tensor) -> Tensor:
    """Bilinear, (N, F, H, W) to (N, F, 4H, 4W)."""
    return F.interpolate(x, scale_factor=4, mode="bilinear", align_corners=False)


class FusedFFCE(ACENet):
    """ACEnet's two encoders with scSE on their fused features; ten slices and their sixth alone."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__(replace(settings, parallel=True))
        self.fused_scse = SpatialChannelSE(2 * settings.filters)

    def encode(self, stack: Tensor) -> EncoderFeatures:
        """Features of both encoders, joined and recalibrated at the bottleneck (N, 2F, H/16, W/16)."""
        features = super().encode(stack)
        return features._replace(bottleneck=self.fused_scse(features.bottleneck))


def build(settings: NetworkSettings) -> SegmentationNetwork:
    """The network of one row of FFCE's Table 1, by `settings.arch`."""
    return FusedFFCE(settings) if settings.arch == "ffce-fused" else TwoLayerFFCE(settings)
