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
    256  # slices or patches that are counted; three times as many change no Dice by 0.002 (docs/malc_3mm.md)
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
    with _collecting(network, layers) as sums, torch.no_grad(), for_evaluation(network):
        for batch in batches:
            network(batch)
    for layer in layers:
        if (found := sums.get(layer)) is None or layer.running_mean is None or layer.running_var is None:
            continue
        mean, square = found[1:] / found[0]
        layer.running_mean.copy_(mean)
        layer.running_var.copy_(square - mean.square())


@contextmanager
def _collecting(network: nn.Module, layers: list[_BatchNorm]) -> Iterator[dict[nn.Module, Tensor]]:
    """Sums of each layer's inputs while the block lasts: (3, C) float64, number of values, values, squares."""
    sums: dict[nn.Module, Tensor] = {}

    def add(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        (x,) = inputs
        places = [dim for dim in range(x.ndim) if dim != 1]
        wide = x.to(torch.float64)
        number = torch.full((x.shape[1],), x.numel() // x.shape[1], dtype=torch.float64, device=x.device)
        found = torch.stack([number, wide.sum(places), wide.square().sum(places)])
        sums[layer] = sums[layer] + found if layer in sums else found

    network.eval()
    hooks: list[Any] = [layer.register_forward_pre_hook(add) for layer in layers]
    for layer in layers:
        layer.train()
    try:
        yield sums
    finally:
        for hook in hooks:
            hook.remove()
        network.eval()
