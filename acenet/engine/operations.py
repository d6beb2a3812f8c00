"""Single operations of a training step in fewer passes over memory; values are those of the plain modules."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from acenet.engine.deterministic_pooling import ScatteredMaxPool
from acenet.engine.fourier_convolution import FourierConv2d
from acenet.engine.swap import Substitute, Table
from acenet.engine.volume_convolution import ChannelsLastConv3d
from acenet.networks.blocks import MaxPool, SpatialChannelSE

CACHED = 1 << 17  # floats that stay in a core's cache between two steps


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
        pieces = (torch.split(values.reshape(-1), CACHED) for values in (gradient, x))
        sums = [torch.vdot(g, values.clamp(max=0)) for g, values in zip(*pieces, strict=True)]
        return to_x, torch.stack(sums).sum()[None]


class QuickPReLU(Substitute, nn.PReLU):
    """`nn.PReLU` of one slope: the same values and gradients, faster in training on a CPU."""

    @classmethod
    def suits(cls, module: nn.Module) -> bool:
        """Whether it has one slope."""
        assert isinstance(module, nn.PReLU)
        return module.num_parameters == 1

    def forward(self, x: Tensor) -> Tensor:
        """Any shape to the same shape."""
        if not torch.is_grad_enabled():
            return super().forward(x)
        y: Tensor = _LeakyWithSlopeGradient.apply(x, self.weight)  # type: ignore[no-untyped-call]
        return y


def scse_gates(block: SpatialChannelSE, x: Tensor, mean: Tensor) -> tuple[Tensor, Tensor]:
    """Gates of channels (N, F, 1, 1), from the slice's mean features (N, F), and of places (N, 1, H, W)."""
    channel = torch.sigmoid(block.excite(torch.relu(block.squeeze(mean))))[:, :, None, None]
    return channel, torch.sigmoid(block.spatial(x))


class LargerProduct(torch.autograd.Function):
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


class TrainedSE(Substitute, SpatialChannelSE):
    """scSE whose gradient keeps one product in place of two."""

    def forward(self, x: Tensor) -> Tensor:
        """As `SpatialChannelSE`."""
        if not torch.is_grad_enabled():
            return super().forward(x)
        gates = scse_gates(self, x, x.mean((2, 3)))
        y: Tensor = LargerProduct.apply(x, *gates)  # type: ignore[no-untyped-call]
        return y


TRAINING: Table = {MaxPool: ScatteredMaxPool, SpatialChannelSE: TrainedSE}  # on any device
TRAINING_ON_CPU: Table = {
    **TRAINING,
    nn.Conv2d: FourierConv2d,
    nn.Conv3d: ChannelsLastConv3d,
    nn.PReLU: QuickPReLU,
}
