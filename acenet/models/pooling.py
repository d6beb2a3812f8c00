"""Max pooling over 2 x 2 pixels or 2 x 2 x 2 voxels, with a backward pass that gives the same bits each time.

torch's own adds the gradients with atomic operations on CUDA, in an order that differs between runs. Windows do not
overlap here, so that each gradient has one place and nothing needs to be added: a scatter does it. It is used where
torch is told to be deterministic (`deterministic: true`), and costs what docs/reliability.md says.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


class _ScatteredPool(torch.autograd.Function):
    """Maxima and their places; gradients go to these places."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, dimensions: int) -> tuple[Tensor, Tensor]:
        """x (N, F, ...) with `dimensions` axes to pool; returns maxima and int64 places in the flattened axes."""
        pooled, places = _pool(x, dimensions)
        ctx.save_for_backward(places)
        ctx.shape = x.shape
        ctx.mark_non_differentiable(places)
        return pooled, places

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """The gradient of each maximum where it was found, zero elsewhere."""
        (places,) = ctx.saved_tensors
        n, f = ctx.shape[:2]
        empty = gradients[0].new_zeros(n, f, ctx.shape[2:].numel())
        return empty.scatter(2, places.flatten(2), gradients[0].flatten(2)).view(ctx.shape), None


def max_pool(x: Tensor) -> tuple[Tensor, Tensor]:
    """Maxima over windows of two along all axes after the first two, and their places; of equal values the first.

    x (N, F, H, W) to (N, F, H/2, W/2), or (N, F, X, Y, Z) likewise.
    """
    dimensions = x.ndim - 2
    if torch.are_deterministic_algorithms_enabled():
        pooled, places = _ScatteredPool.apply(x, dimensions)  # type: ignore[no-untyped-call]
        return pooled, places
    return _pool(x, dimensions)


def _pool(x: Tensor, dimensions: int) -> tuple[Tensor, Tensor]:
    pool = {2: F.max_pool2d, 3: F.max_pool3d}[dimensions]
    pooled, places = pool(x, kernel_size=2, return_indices=True)
    return pooled, places
