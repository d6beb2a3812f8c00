"""Convolutions of 5 x 5 and more by FFT on CPUs: faster than direct ones, and closer to the exact sum.

NNPACK, which torch ships for x86 and ARM, multiplies Fourier transforms of tiles of 16 x 16. Torch itself calls it
in few cases only, so that it is called by name here; where a build lacks it, torch's own convolution does the work.

Which way a layer goes depends on its shape alone. A measurement at run time would find what is quickest on each
processor, but would let noise decide the last bits: two runs of one seed, or a run and its resumption, could differ. So
FFT is taken from where it gains with AVX2 and loses nothing with AVX-512, whose direct convolutions are twice as
fast (docs/performance.md).
"""

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from acenet.engine.fourier_weight_gradient import fourier_weight_gradient, suits_fourier
from acenet.engine.swap import Substitute

SMALLEST = {  # side of the slice, by kernel, below which tiles are mostly padding and transforms of weights
    5: 32,  # smaller kernels NNPACK does by Winograd's method, whose rounding errors are ten times larger
    7: 24,
    9: 24,
}
CHANNELS = 8  # of the input, below which the transforms cost what the products save


@cache
def has_nnpack() -> bool:
    """Whether NNPACK is there and starts; asking starts it."""
    return hasattr(torch, "_nnpack_spatial_convolution") and bool(torch._nnpack_available())


def fits_nnpack(x: Tensor, weight: Tensor) -> bool:
    """Whether NNPACK may gain in a convolution with padding k // 2 of x (N, c, H, W), or in its gradient to x."""
    kernel = weight.shape[2]
    return (
        x.device.type == "cpu"
        and x.dtype == weight.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and kernel == weight.shape[3]
        and kernel in SMALLEST
        and min(x.shape[2:]) >= SMALLEST[kernel]
        and has_nnpack()
    )


def suits_nnpack(x: Tensor, weight: Tensor) -> bool:
    """Whether the convolution itself goes to NNPACK."""
    return x.shape[1] >= CHANNELS and fits_nnpack(x, weight)


def fourier_convolution(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """(N, c, H, W) and (F, c, k, k) to (N, F, H, W), padded by k // 2; slice by slice, which is fastest."""
    padding = weight.shape[2] // 2
    slices = [torch._nnpack_spatial_convolution(one[None], weight, bias, padding, 1) for one in x]
    return slices[0] if len(slices) == 1 else torch.cat(slices)


def quicker_convolution(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """As `fourier_convolution`, of what fits NNPACK, by FFT or as torch does it, by the number of channels."""
    if x.shape[1] >= CHANNELS:
        return fourier_convolution(x, weight, bias)
    return F.conv2d(x, weight, bias, padding=weight.shape[2] // 2)


class _FourierConvolution(torch.autograd.Function):
    """The convolution and its gradients by FFT, each as torch does it where FFT saves nothing."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return quicker_convolution(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        (gradient,), (x, weight) = gradients, ctx.saved_tensors
        gradient = gradient.contiguous()
        to_x = None
        if ctx.needs_input_grad[0]:
            turned = weight.flip(2, 3).transpose(0, 1).contiguous()
            to_x = quicker_convolution(gradient, turned, None)
        wants_weight, wants_bias = ctx.needs_input_grad[1:]
        if wants_weight and suits_fourier(x, gradient):
            to_weight = fourier_weight_gradient(x, gradient, weight.shape[2])
            return to_x, to_weight, gradient.sum((0, 2, 3)) if wants_bias else None
        padding = weight.shape[2] // 2
        _, to_weight, to_bias = torch.ops.aten.convolution_backward(
            gradient,
            x,
            weight,
            [weight.shape[0]],
            [1, 1],
            [padding, padding],
            [1, 1],
            False,
            [0, 0],
            1,
            [False, wants_weight, wants_bias],
        )
        return to_x, to_weight, to_bias


class FourierConv2d(Substitute, nn.Conv2d):
    """`nn.Conv2d` with an odd square kernel that keeps a slice's size; the quickest way that suits the input."""

    @classmethod
    def suits(cls, module: nn.Module) -> bool:
        """Whether it is such a convolution."""
        assert isinstance(module, nn.Conv2d)
        kernel = module.kernel_size[0]
        return (
            kernel in SMALLEST
            and module.kernel_size == (kernel, kernel)
            and module.padding == (kernel // 2, kernel // 2)
            and module.stride == module.dilation == (1, 1)
            and module.groups == 1
            and module.padding_mode == "zeros"
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, c, H, W) to (N, F, H, W)."""
        if not fits_nnpack(x, self.weight):
            return super().forward(x)
        if torch.is_grad_enabled():
            y: Tensor = _FourierConvolution.apply(x, self.weight, self.bias)  # type: ignore[no-untyped-call]
            return y
        return quicker_convolution(x, self.weight, self.bias)
