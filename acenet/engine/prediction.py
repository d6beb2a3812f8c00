"""Blocks on a CPU that only predicts: the same values in fewer passes over memory.

A slice at 256 x 256 with 128 channels fills 34 MB, far more than a core's cache, so that most of the time beside the
convolutions goes into moving features. Here normalisation and activation work on a few channels while they are in the
cache, into one buffer per block; nothing is concatenated, and no logits are kept. Small slices are left to torch.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from acenet.engine.equal_pixels import EqualEncoder, EqualMaxPool
from acenet.engine.fourier_convolution import FourierConv2d
from acenet.engine.operations import CACHED, scse_gates
from acenet.engine.swap import Substitute, Table
from acenet.engine.volume_convolution import ChannelsLastConv3d
from acenet.networks.blocks import DecoderBlock, DenseBlock, Encoder, MaxPool, SpatialChannelSE, unpool

PIXELS = 512  # of a block of a 1 x 1 convolution
LARGE_SLICE = (
    1 << 19
)  # floats that a dense block sees of a slice; fewer stay in a cache between torch's own passes
LARGE_BATCH = 1 << 18  # floats of a batch, likewise, where values do not depend on the way


def dense_block(block: DenseBlock, *parts: Tensor) -> Tensor:
    """`DenseBlock.forward` of parts (N, c_i, H, W) as if they were one tensor: to (N, F, H, W)."""
    n, _, height, width = parts[0].shape
    filters, slope = block.conv1.out_channels, float(block.activation.weight)
    features = parts[0].new_empty(n, filters, height, width)
    activated = parts[0].new_empty(
        1, block.norm2.num_features, height, width
    )  # what both k x k convolutions see
    for *inputs, into in zip(*parts, features, strict=True):
        for norm, conv in ((block.norm1, block.conv1), (block.norm2, block.conv2)):
            seen = activated[:, : norm.num_features]
            _normalise(seen[0], inputs, norm, slope)
            inputs.append(conv(seen)[0])
        _pointwise(into, inputs, block.norm3, block.conv3, slope)
    return features


def small_dense_block(block: DenseBlock, x: Tensor) -> Tensor:
    """`DenseBlock.forward` of x (N, c, H, W), activated in place: torch's PReLU takes four times as long."""
    slope = float(block.activation.weight)
    a = block.conv1(F.leaky_relu_(block.norm1(x), slope))
    b = block.conv2(F.leaky_relu_(block.norm2(torch.cat((x, a), dim=1)), slope))
    features: Tensor = block.conv3(F.leaky_relu_(block.norm3(torch.cat((x, a, b), dim=1)), slope))
    return features


def _affine(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Scale and shift (c, 1, 1) of a normalisation by its running statistics."""
    assert norm.running_mean is not None and norm.running_var is not None
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    return scale[:, None, None], (norm.bias - norm.running_mean * scale)[:, None, None]


def _normalise(into: Tensor, inputs: Sequence[Tensor], norm: nn.BatchNorm2d, slope: float) -> None:
    """The inputs (c_i, H, W), one after the other, normalised and activated, in `into` (sum of c_i, H, W)."""
    scale, shift = _affine(norm)
    first = 0
    for features in inputs:
        step = max(1, CACHED // features[0].numel())
        for i in range(0, len(features), step):
            some = features[i : i + step]
            place = slice(first + i, first + i + len(some))
            torch.addcmul(shift[place], some, scale[place], out=into[place])
            F.leaky_relu_(into[place], slope)
        first += len(features)


def _pointwise(
    into: Tensor, inputs: Sequence[Tensor], norm: nn.BatchNorm2d, conv: nn.Conv2d, slope: float
) -> None:
    """Normalisation, activation and 1 x 1 convolution of the inputs (c_i, H, W), in `into` (F, H, W)."""
    assert conv.bias is not None
    scale, shift = (part[:, 0] for part in _affine(norm))
    weight, bias, out = conv.weight[:, :, 0, 0], conv.bias[:, None], into.flatten(1)
    flat = [features.flatten(1) for features in inputs]
    buffer = into.new_empty(norm.num_features * min(PIXELS, out.shape[1]))
    for start in range(0, out.shape[1], PIXELS):
        stop = min(start + PIXELS, out.shape[1])
        block = buffer[: norm.num_features * (stop - start)].view(-1, stop - start)
        first = 0
        for features in flat:
            place = slice(first, first + len(features))
            torch.addcmul(shift[place], features[:, start:stop], scale[place], out=block[place])
            first += len(features)
        torch.addmm(bias, weight, F.leaky_relu_(block, slope), out=out[:, start:stop])


def larger_product(x: Tensor, channel: Tensor, spatial: Tensor) -> Tensor:
    """max(x c, x s) of x (N, F, H, W), c (N, F, 1, 1) and s (N, 1, H, W)."""
    product = torch.empty_like(x)
    step = max(1, CACHED // x[0, 0].numel())
    for into, features, by_channel, by_place in zip(product, x, channel, spatial, strict=True):
        for i in range(0, len(features), step):
            some, part = features[i : i + step], into[i : i + step]
            torch.mul(some, by_place, out=part)
            torch.maximum(part, some * by_channel[i : i + step], out=part)
    return product


def most_probable(head: nn.Sequential, features: Tensor) -> Tensor:
    """The class (N, H, W) uint8 of highest logit of a head that ends in a 1 x 1 convolution, of equal ones the first.

    The logits of a few thousand pixels exist at a time. An index is found as the largest of `rank`, which falls
    with the class, where the logit is the maximum: torch's own search is not vectorised across classes.
    """
    conv, features = head[-1], head[:-1](features)
    assert isinstance(conv, nn.Conv2d) and conv.bias is not None and conv.out_channels < 256
    weight, bias, classes = conv.weight[:, :, 0, 0], conv.bias[:, None], conv.out_channels
    rank = torch.arange(classes, 0, -1, dtype=torch.uint8)[:, None]
    found = torch.empty(len(features), features[0, 0].numel(), dtype=torch.uint8)
    for pixels, into in zip(features.flatten(2), found, strict=True):
        for start in range(0, len(into), 8 * PIXELS):
            logits = torch.addmm(bias, weight, pixels[:, start : start + 8 * PIXELS])  # (C, pixels)
            best = (logits == logits.amax(0)).view(torch.uint8) * rank
            torch.sub(classes, best.amax(0), out=into[start : start + 8 * PIXELS])
    return found.view(len(features), *features.shape[2:])


class PredictedSE(Substitute, SpatialChannelSE):
    """scSE with one product in memory at a time; of a part of a slice, where the whole slice's mean is given."""

    def forward(self, x: Tensor, mean: Tensor | None = None) -> Tensor:
        """(N, F, H, W) to the same shape; `mean` (N, F) stands for x's own."""
        channel, spatial = scse_gates(self, x, x.mean((2, 3)) if mean is None else mean)
        if x.numel() < LARGE_BATCH:
            return torch.maximum(x * channel, x * spatial)
        return larger_product(x, channel, spatial)


class PredictedDenseBlock(Substitute, DenseBlock):
    """`DenseBlock` of features that need not be joined, slice by slice where slices are large."""

    def forward(self, *parts: Tensor) -> Tensor:
        """Parts (N, c_i, H, W) to (N, F, H, W)."""
        if sum(part[0].numel() for part in parts) < LARGE_SLICE:
            return small_dense_block(self, torch.cat(parts, dim=1))
        return dense_block(self, *parts)


class PredictedDecoderBlock(Substitute, DecoderBlock):
    """`DecoderBlock` that joins nothing."""

    def forward(self, x: Tensor, skip: Tensor, indices: Tensor) -> Tensor:
        """As `DecoderBlock`."""
        features: Tensor = self.dropout(self.scse(self.dense(skip, unpool(x, indices))))
        return features


EVALUATION: Table = {  # every module is called with what its definition says, as hooks expect
    nn.Conv2d: FourierConv2d,
    nn.Conv3d: ChannelsLastConv3d,
    MaxPool: EqualMaxPool,
    Encoder: EqualEncoder,
}
PREDICTION: Table = {
    **EVALUATION,
    SpatialChannelSE: PredictedSE,
    DenseBlock: PredictedDenseBlock,
    DecoderBlock: PredictedDecoderBlock,
}
