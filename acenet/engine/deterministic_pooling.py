"""Max pooling over 2 x 2 pixels or 2 x 2 x 2 voxels, with a backward pass that gives the same bits each time.

torch's own adds the gradients with atomic operations on CUDA, in an order that differs between runs. Windows do not
overlap here, so that each gradient has one place and nothing needs to be added: a scatter does it. It is used where
torch is told to be deterministic (`deterministic: true`), and costs what docs/reliability.md says.
"""

from typing import Any

import torch
from torch import Tensor

from acenet.engine.swap import Substitute
from acenet.networks.blocks import MaxPool


class _ScatteredPool(torch.autograd.Function):
    """Gradients go to where the maxima were found."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, pool: MaxPool) -> tuple[Tensor, Tensor]:
        """x (N, F, ...); returns maxima and int64 places in the flattened axes after the first two."""
        pooled, places = MaxPool.forward(pool, x)
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


class ScatteredMaxPool(Substitute, MaxPool):
    """`MaxPool` with the backward pass by scatter where torch is told to be deterministic."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """As `MaxPool`."""
        if not torch.are_deterministic_algorithms_enabled():
            return super().forward(x)
        pooled, places = _ScatteredPool.apply(x, self)  # type: ignore[no-untyped-call]
        return pooled, places
