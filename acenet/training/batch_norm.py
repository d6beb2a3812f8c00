"""What batch normalisation assumes of a scan: statistics of the training set in place of those of the last steps.

A network keeps running averages of each batch's mean and variance and predicts with them. After the papers' 100
epochs at a vanishing rate these are good. With batches of three slices and few epochs they describe some thirty
slices, and their variances leave out how batches differ from each other. Counting afterwards, once the weights are
fixed, is Wu and Johnson's "precise batch normalisation" (Rethinking "Batch" in BatchNorm, 2021, section 3).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from acenet.engine.modes import for_evaluation
from acenet.inputs.stacks import Examples, normalise
from acenet.training.schedule import derived_seed
from acenet.training.settings import TrainingSettings

EXAMPLES = (
    128  # slices or patches that are counted; more change no Dice by 0.002 (docs/malc_3mm.md, docs/demo.md)
)
BATCH = 32
VOXELS = 1 << 18  # of a batch, at most, lest prediction-sized examples need more memory than a training step


def count_statistics(
    network: nn.Module, data: Examples, settings: TrainingSettings, device: torch.device
) -> None:
    """Replace the network's running statistics by those of a seeded choice of training examples."""
    seed = derived_seed(settings.seed, settings.training, "statistics")
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))[:EXAMPLES].tolist()
    data = data.for_epoch(seed)
    voxels = data[order[:1]].stack[0, 0].numel()
    size = max(settings.batch, min(BATCH, VOXELS // voxels))
    batches = np.array_split(
        order, -(-len(order) // size)
    )  # of about one size: one slice alone has no variance
    replace_statistics(network, (normalise(data[some.tolist()].stack.to(device)) for some in batches))


def replace_statistics(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Set each normalisation's mean and variance to those of its inputs, over all batches (N, C, ...) and places.

    Each batch is normalised by itself on the way, as in training; all else is as in prediction. The network is
    left in evaluation mode.
    """
    layers = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    with _batch_moments(layers) as moments, torch.no_grad(), for_evaluation(network):
        network.eval()
        for layer in layers:
            layer.train()
        try:
            for batch in batches:
                network(batch)
        finally:
            network.eval()
    for layer, found in moments.items():
        numbers, means, variances = (torch.stack(part) for part in zip(*found, strict=True))  # (batches, C)
        shares = numbers / numbers.sum(0)
        mean = (shares * means).sum(0)
        layer.running_mean.copy_(mean)
        layer.running_var.copy_((shares * (variances + (means - mean).square())).sum(0))


@contextmanager
def _batch_moments(layers: list[_BatchNorm]) -> Iterator[dict[Any, list[tuple[Tensor, Tensor, Tensor]]]]:
    """Of each layer's inputs while the block lasts: number of values, mean and variance of each batch, (C,) float64.

    A layer computes them anyway: with momentum 1, it leaves them in place of its running averages.
    """
    moments: dict[Any, list[tuple[Tensor, Tensor, Tensor]]] = {}

    def add(layer: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        (x,) = inputs
        n = x.numel() // x.shape[1]
        mean, unbiased = layer.running_mean.double(), layer.running_var.double()
        moments.setdefault(layer, []).append((torch.full_like(mean, n), mean, unbiased * ((n - 1) / n)))

    counted = [layer for layer in layers if layer.running_mean is not None]
    momenta = [layer.momentum for layer in counted]
    hooks: list[Any] = [layer.register_forward_hook(add) for layer in counted]
    for layer in counted:
        layer.momentum = 1.0
    try:
        yield moments
    finally:
        for layer, momentum, hook in zip(counted, momenta, hooks, strict=True):
            layer.momentum = momentum
            hook.remove()
