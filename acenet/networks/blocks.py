"""Blocks shared by QuickNAT and ACEnet: dense block, scSE, encoder, decoder (QuickNAT, Roy et al. 2019, section 2)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SpatialChannelSE(nn.Module):
    """Squeeze and excitation along channels and along space; the larger of the two wins (Roy et al. 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, channels // 2)
        self.excite = nn.Linear(channels // 2, channels)
        self.spatial = nn.Conv2d(channels, 1, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, F, H, W) to the same shape."""
        pooled = x.mean((2, 3))  # deterministic on CUDA, unlike AdaptiveAvgPool2d
        channel = torch.sigmoid(self.excite(torch.relu(self.squeeze(pooled))))[
            :, :, None, None
        ]  # (N, F, 1, 1)
        spatial = torch.sigmoid(self.spatial(x))  # (N, 1, H, W)
        return torch.maximum(x * channel, x * spatial)


def channel_dropout(rate: float) -> nn.Module:
    """Dropout of whole channels; nothing at all for rate 0, where torch would still pass over the features."""
    return nn.Dropout2d(rate) if rate else nn.Identity()


def same_convolution(in_channels: int, out_channels: int, kernel: int) -> nn.Conv2d:
    """An odd square kernel that keeps a slice's size."""
    return nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2)


class MaxPool(nn.Module):
    """Maxima over windows of two along all axes after the first two, and their places; of equal values the first."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, F, H, W) to (N, F, H/2, W/2), or (N, F, X, Y, Z) likewise."""
        pool = {4: F.max_pool2d, 5: F.max_pool3d}[x.ndim]
        pooled, places = pool(x, kernel_size=2, return_indices=True)
        return pooled, places


class DenseBlock(nn.Module):
    """Three convolutions (k x k, k x k, 1 x 1), each fed with all features before it.

    Each is preceded by batch normalisation and by one PReLU whose single slope the three share, as in the
    released code (the papers do not name the activation).
    """

    def __init__(self, in_channels: int, filters: int, kernel: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.conv1 = same_convolution(in_channels, filters, kernel)
        self.norm2 = nn.BatchNorm2d(in_channels + filters)
        self.conv2 = same_convolution(in_channels + filters, filters, kernel)
        self.norm3 = nn.BatchNorm2d(in_channels + 2 * filters)
        self.conv3 = nn.Conv2d(in_channels + 2 * filters, filters, kernel_size=1)
        self.activation = nn.PReLU()

    def forward(self, x: Tensor) -> Tensor:
        """(N, c, H, W) to (N, F, H, W)."""
        a = self.conv1(self.activation(self.norm1(x)))
        b = self.conv2(self.activation(self.norm2(torch.cat((x, a), dim=1))))
        features: Tensor = self.conv3(self.activation(self.norm3(torch.cat((x, a, b), dim=1))))
        return features


class EncoderFeatures(NamedTuple):
    """Outputs of the four encoder blocks, finest first, and of the bottleneck.

    Attributes
    ----------
    skips
        Four (N, F, H/2^i, W/2^i), i = 0..3.
    indices
        Where each 2 x 2 maximum was, four (N, F, H/2^(i+1), W/2^(i+1)).
    bottleneck
        (N, F, H/16, W/16).
    """

    skips: tuple[Tensor, ...]
    indices: tuple[Tensor, ...]
    bottleneck: Tensor


class RecalibratedBlock(nn.Module):
    """Dense block, scSE (unless QuickNAT V1) and channel dropout: what encoder and decoder blocks share."""

    def __init__(
        self, in_channels: int, filters: int, kernel: int, dropout: float, *, scse: bool = True
    ) -> None:
        super().__init__()
        self.dense = DenseBlock(in_channels, filters, kernel)
        self.scse = SpatialChannelSE(filters) if scse else nn.Identity()
        self.dropout = channel_dropout(dropout)

    def features(self, x: Tensor) -> Tensor:
        """(N, c, H, W) to (N, F, H, W)."""
        recalibrated: Tensor = self.dropout(self.scse(self.dense(x)))
        return recalibrated


class EncoderBlock(RecalibratedBlock):
    """A recalibrated dense block, then 2 x 2 max pooling that keeps its indices."""

    def __init__(
        self, in_channels: int, filters: int, kernel: int, dropout: float, *, scse: bool = True
    ) -> None:
        super().__init__(in_channels, filters, kernel, dropout, scse=scse)
        self.pool = MaxPool()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(N, c, H, W) to pooled (N, F, H/2, W/2), skip (N, F, H, W) and pooling indices."""
        skip = self.features(x)
        pooled, indices = self.pool(skip)
        return pooled, skip, indices


class Encoder(nn.Module):
    """Four encoder blocks and the bottleneck.

    The released code creates an scSE in the bottleneck and never calls it; it is kept (and stays unused), so
    that parameter counts and checkpoints agree.
    """

    def __init__(
        self, in_channels: int, filters: int, kernel: int, dropout: float, *, scse: bool = True
    ) -> None:
        super().__init__()
        widths = (in_channels, filters, filters, filters)
        self.blocks = nn.ModuleList(EncoderBlock(c, filters, kernel, dropout, scse=scse) for c in widths)
        self.bottleneck = DenseBlock(filters, filters, kernel)
        self.unused_scse = SpatialChannelSE(filters) if scse else nn.Identity()

    def forward(self, x: Tensor) -> EncoderFeatures:
        """(N, c, H, W) to features of all five resolutions."""
        skips, indices = [], []
        for block in self.blocks:
            x, skip, index = block(x)
            skips.append(skip)
            indices.append(index)
        return EncoderFeatures(tuple(skips), tuple(indices), self.bottleneck(x))

    def by_level(self) -> dict[tuple[str, int], nn.Module]:
        """The blocks by branch and level, 1 at full resolution."""
        return {("encoder", level): block for level, block in enumerate(self.blocks, start=1)}


class DecoderBlock(RecalibratedBlock):
    """Unpool to the maxima's old places and join the encoder's skip, then a recalibrated dense block.

    `in_channels` counts skip and unpooled features together.
    """

    def forward(self, x: Tensor, skip: Tensor, indices: Tensor) -> Tensor:
        """x (N, c, H, W), skip (N, F, 2H, 2W), indices like x; returns (N, F, 2H, 2W)."""
        return self.features(torch.cat((skip, unpool(x, indices)), dim=1))


def unpool(x: Tensor, indices: Tensor) -> Tensor:
    """Inverse of 2 x 2 max pooling with indices: (N, F, H, W) to (N, F, 2H, 2W), zero elsewhere.

    A scatter equals `MaxUnpool2d` bit for bit and, unlike it, is deterministic on CUDA.
    """
    n, f, h, w = x.shape
    flat = x.new_zeros(n, f, 4 * h * w).scatter(2, indices.flatten(2), x.flatten(2))
    return flat.view(n, f, 2 * h, 2 * w)


class Decoder(nn.Module):
    """The three decoder blocks from the bottleneck up to half resolution, which all branches share.

    `bottleneck_channels` exceeds `filters` where two encoders' bottlenecks are joined.
    """

    def __init__(
        self, bottleneck_channels: int, filters: int, kernel: int, dropout: float, *, scse: bool = True
    ) -> None:
        super().__init__()
        widths = (bottleneck_channels + filters, 2 * filters, 2 * filters)
        self.blocks = nn.ModuleList(DecoderBlock(c, filters, kernel, dropout, scse=scse) for c in widths)

    def forward(self, bottleneck: Tensor, skips: tuple[Tensor, ...], indices: tuple[Tensor, ...]) -> Tensor:
        """(N, c, H/16, W/16) to (N, F, H/2, W/2); skips and indices finest first."""
        x = bottleneck
        for block, skip, index in zip(self.blocks, skips[:0:-1], indices[:0:-1], strict=True):
            x = block(x, skip, index)
        return x

    def by_level(self) -> dict[tuple[str, int], nn.Module]:
        """The blocks by branch and level, from 4 to 2; the one at full resolution is each network's own."""
        return {("decoder", 4 - i): block for i, block in enumerate(self.blocks)}
