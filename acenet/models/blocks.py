"""Blocks shared by QuickNAT and ACEnet: dense block, scSE, encoder, decoder (QuickNAT, Roy et al. 2019, section 2)."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from acenet.models import lean, pooling
from acenet.models.convolution import SameConv2d
from acenet.models.ties import Ties


class SpatialChannelSE(nn.Module):
    """Squeeze and excitation along channels and along space; the larger of the two wins (Roy et al. 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, channels // 2)
        self.excite = nn.Linear(channels // 2, channels)
        self.spatial = nn.Conv2d(channels, 1, kernel_size=1)

    def forward(self, x: Tensor, mean: Tensor | None = None) -> Tensor:
        """(N, F, H, W) to the same shape; `mean` (N, F) stands for x's own where x is a part of a slice."""
        pooled = x.mean((2, 3)) if mean is None else mean  # deterministic on CUDA, unlike AdaptiveAvgPool2d
        channel = torch.sigmoid(self.excite(torch.relu(self.squeeze(pooled))))[:, :, None, None]
        spatial = torch.sigmoid(self.spatial(x))  # (N, 1, H, W)
        if torch.is_grad_enabled():
            y: Tensor = _LargerProduct.apply(x, channel, spatial)  # type: ignore[no-untyped-call]
            return y
        if lean.is_lean(self, x):
            return lean.larger_product(x, channel, spatial)
        return torch.maximum(x * channel, x * spatial)


class _LeakyWithSlopeGradient(torch.autograd.Function):
    """PReLU with one slope, through leaky ReLU: torch's own backward pass is four times slower on a CPU."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: Tensor) -> Tensor:
        ctx.save_for_backward(x, slope)
        return F.leaky_relu(x, slope.item())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        (gradient,), (x, slope) = gradients, ctx.saved_tensors
        to_x = torch.ops.aten.leaky_relu_backward(gradient, x, slope.item(), False)
        pieces = (torch.split(values.reshape(-1), lean.CACHED) for values in (gradient, x))
        sums = [torch.vdot(g, values.clamp(max=0)) for g, values in zip(*pieces, strict=True)]
        return to_x, torch.stack(sums).sum()[None]


class SharedPReLU(nn.PReLU):
    """`nn.PReLU()` with one slope, initially 0.25: the same values and gradients, faster in training on a CPU."""

    def forward(self, x: Tensor) -> Tensor:
        """Any shape to the same shape."""
        if x.device.type == "cpu" and torch.is_grad_enabled():
            y: Tensor = _LeakyWithSlopeGradient.apply(x, self.weight)  # type: ignore[no-untyped-call]
            return y
        return super().forward(x)


def channel_dropout(rate: float) -> nn.Module:
    """Dropout of whole channels; nothing at all for rate 0, where torch would still pass over the features."""
    return nn.Dropout2d(rate) if rate else nn.Identity()


class _LargerProduct(torch.autograd.Function):
    """max(x c, x s) for positive c (N, F, 1, 1) and s (N, 1, H, W), with half the passes over memory."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, channel: Tensor, spatial: Tensor) -> Tensor:
        by_channel = (x > 0) == (channel > spatial)
        gate = torch.where(by_channel, channel, spatial)
        ctx.save_for_backward(x, by_channel, gate)
        return x * gate

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        (gradient,), (x, by_channel, gate) = gradients, ctx.saved_tensors
        to_gate = gradient * x
        to_channel_gate = to_gate * by_channel
        to_spatial = to_gate.sum(1, keepdim=True) - to_channel_gate.sum(1, keepdim=True)
        return gradient * gate, to_channel_gate.sum((2, 3), keepdim=True), to_spatial


class DenseBlock(nn.Module):
    """Three convolutions (k x k, k x k, 1 x 1), each fed with all features before it.

    Each is preceded by batch normalisation and by one PReLU whose single slope the three share, as in the
    released code (the papers do not name the activation).
    """

    def __init__(self, in_channels: int, filters: int, kernel: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.conv1 = SameConv2d(in_channels, filters, kernel)
        self.norm2 = nn.BatchNorm2d(in_channels + filters)
        self.conv2 = SameConv2d(in_channels + filters, filters, kernel)
        self.norm3 = nn.BatchNorm2d(in_channels + 2 * filters)
        self.conv3 = nn.Conv2d(in_channels + 2 * filters, filters, kernel_size=1)
        self.activation = SharedPReLU()

    def forward(self, x: Tensor) -> Tensor:
        """(N, c, H, W) to (N, F, H, W)."""
        if lean.is_lean(self, x):
            return lean.dense_block(self, x)
        a = self.conv1(self.activation(self.norm1(x)))
        b = self.conv2(self.activation(self.norm2(torch.cat((x, a), dim=1))))
        features: Tensor = self.conv3(self.activation(self.norm3(torch.cat((x, a, b), dim=1))))
        return features


class EncoderFeatures(NamedTuple):
    """Outputs of the four encoder blocks, finest first, and of the bottleneck.

    skips : four (N, F, H/2^i, W/2^i), i = 0..3.
    indices : where each 2 x 2 maximum was, four (N, F, H/2^(i+1), W/2^(i+1)).
    bottleneck : (N, F, H/16, W/16).
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

    def recalibrated(self, dense: Tensor, mean: Tensor) -> Tensor:
        """What follows the dense block, for a part of the slice; `mean` (N, F) is the whole slice's."""
        part: Tensor = self.scse(dense, mean) if isinstance(self.scse, SpatialChannelSE) else dense
        dropped: Tensor = self.dropout(part)
        return dropped

    def features_of_two(self, first: Tensor, second: Tensor) -> Tensor:
        """The features of two tensors joined along their channels, which prediction on a CPU need not join."""
        if lean.is_lean(self, first):
            recalibrated: Tensor = self.dropout(self.scse(lean.dense_block(self.dense, first, second)))
            return recalibrated
        return self.features(torch.cat((first, second), dim=1))


class EncoderBlock(RecalibratedBlock):
    """A recalibrated dense block, then 2 x 2 max pooling that keeps its indices."""

    def forward(self, x: Tensor, ties: Ties | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """(N, c, H, W) to pooled (N, F, H/2, W/2), skip (N, F, H, W) and pooling indices; `ties` are the skip's."""
        skip = self.features(x)
        pooled, indices = max_pool(self, skip, ties)
        return pooled, skip, indices


def max_pool(module: nn.Module, x: Tensor, ties: Ties | None) -> tuple[Tensor, Tensor]:
    """2 x 2 maxima (N, F, H/2, W/2) and their places, for `module`; of equal values the first."""
    if lean.is_lean(module, x):
        return lean.max_pool(x, ties)
    return pooling.max_pool(x)


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
        self.reach = 2 * (kernel // 2)  # how far the two convolutions of a dense block see

    def forward(self, x: Tensor) -> EncoderFeatures:
        """(N, c, H, W) to features of all five resolutions."""
        skips, indices = [], []
        ties = Ties.of(x) if lean.is_lean(self, x) else None
        for block in self.blocks:
            ties = ties and ties.after(self.reach)
            x, skip, index = block(x, ties)
            ties = ties and ties.pooled()
            skips.append(skip)
            indices.append(index)
        return EncoderFeatures(tuple(skips), tuple(indices), self.bottleneck(x))


class DecoderBlock(RecalibratedBlock):
    """Unpool to the maxima's old places and join the encoder's skip, then a recalibrated dense block.

    `in_channels` counts skip and unpooled features together.
    """

    def forward(self, x: Tensor, skip: Tensor, indices: Tensor) -> Tensor:
        """x (N, c, H, W), skip (N, F, 2H, 2W), indices like x; returns (N, F, 2H, 2W)."""
        return self.features_of_two(skip, unpool(x, indices))


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
