"""ACEnet: QuickNAT V2 with a stack of slices, the anatomical context encoder and the skull-stripping branch.

Paper: ACEnet, figure 1 and section 3; where the released code is more specific than the text, the code is
followed (gating, presence features, fusion with decoder features rather than probabilities).
"""

import torch
from torch import Tensor, nn

from acenet.networks import NetworkSettings
from acenet.networks.blocks import Decoder, DecoderBlock, Encoder, EncoderFeatures, channel_dropout
from acenet.networks.outputs import Outputs, SegmentationNetwork


class ContextEncoder(nn.Module):
    """Summarises the bottleneck in a vector that gates the decoder's channels and predicts which classes occur."""

    def __init__(self, in_channels: int, filters: int, n_classes: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, filters, kernel_size=1, bias=False)
        self.norm = nn.BatchNorm2d(filters)
        self.gate = nn.Linear(filters, filters)
        self.presence = nn.Linear(filters, n_classes)

    def forward(self, bottleneck: Tensor) -> tuple[Tensor, Tensor]:
        """(N, c, h, w) to gates in 0..1 (N, F) and presence logits (N, C)."""
        encoding = torch.relu(self.norm(self.conv(bottleneck))).mean((2, 3))  # (N, F)
        return torch.sigmoid(self.gate(encoding)), self.presence(encoding)


class ACENet(SegmentationNetwork):
    """Stack of 2s+1 slices to structures, presence and, with `settings.skull`, brain mask and fused structures."""

    second_stage = ("decode0.", "skull_head.", "fused_head.")

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        filters, kernel, dropout = settings.filters, settings.kernel, settings.dropout
        n_classes, width = settings.n_classes, filters * (2 if settings.parallel else 1)
        self.centre = settings.window.before
        self.encoder = Encoder(settings.channels, filters, kernel, dropout)
        self.slice_encoder = Encoder(1, filters, kernel, dropout) if settings.parallel else None
        self.decoder = Decoder(width, filters, kernel, dropout)
        self.decode1 = DecoderBlock(2 * filters, filters, kernel, dropout)
        self.context = ContextEncoder(width, filters, n_classes)
        self.label_head = nn.Sequential(
            channel_dropout(dropout), nn.Conv2d(filters, n_classes, kernel_size=1)
        )
        if settings.skull:
            self.decode0 = DecoderBlock(2 * filters, filters, kernel, dropout)
            self.skull_head = nn.Sequential(channel_dropout(dropout), nn.Conv2d(filters, 2, kernel_size=1))
            self.fused_head = nn.Conv2d(filters, n_classes, kernel_size=1)
        self.skull = settings.skull

    def encode(self, stack: Tensor) -> EncoderFeatures:
        """Features of the stack or, with two encoders, joined with those of its centre slice.

        With two encoders the skips are the slice's own, both bottlenecks are joined (slice first), and so are
        the indices by which the coarsest decoder unpools them (released parallel network of February 2020).
        """
        if self.slice_encoder is None:
            features: EncoderFeatures = self.encoder(stack)
            return features
        around = self.encoder(stack)
        centre = self.slice_encoder(stack[:, self.centre : self.centre + 1])
        coarsest = torch.cat((centre.indices[3], around.indices[3]), dim=1)
        bottleneck = torch.cat((centre.bottleneck, around.bottleneck), dim=1)  # (N, 2F, H/16, W/16)
        return EncoderFeatures(centre.skips, (*centre.indices[:3], coarsest), bottleneck)

    def forward(self, stack: Tensor) -> Outputs:
        """(N, 2s+1, H, W), centre slice in channel s, to `Outputs`."""
        skips, indices, bottleneck = self.encode(stack)
        gates, presence = self.context(bottleneck)  # (N, F), (N, C)
        d2 = self.decoder(bottleneck, skips, indices)  # (N, F, H/2, W/2)
        d1 = self.decode1(d2, skips[0], indices[0])  # (N, F, H, W)
        d0 = self.decode0(d2, skips[0], indices[0]) if self.skull else None  # (N, F, H, W)
        recalibrated = recalibrate(d1, gates)
        label = self.label_head(recalibrated)
        if d0 is None:
            return Outputs(label, presence)
        return Outputs(label, presence, self.skull_head(d0), self.fused_head(recalibrated * d0))

    def blocks_by_level(self) -> dict[tuple[str, int], nn.Module]:
        """Blocks of the encoder (of two, the one for the stack), the decoder and the skull-stripping branch."""
        blocks: dict[tuple[str, int], nn.Module] = {
            **self.encoder.by_level(),
            **self.decoder.by_level(),
            ("decoder", 1): self.decode1,
        }
        return {**blocks, ("skull decoder", 1): self.decode0} if self.skull else blocks


def recalibrate(features: Tensor, gates: Tensor) -> Tensor:
    """ReLU(x + x gates) of features (N, F, H, W) by the context encoder's gates (N, F)."""
    return torch.relu(features * (1 + gates[:, :, None, None]))


def build(settings: NetworkSettings) -> ACENet:
    """ACEnet with the switches of `settings`."""
    return ACENet(settings)
