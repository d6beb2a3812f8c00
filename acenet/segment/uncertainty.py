"""How sure a network is of each structure, by dropout at test time.

Two of the measures of Roy et al. (Bayesian QuickNAT, NeuroImage 195, 2019): the scan is segmented several times
with dropout left on, and the samples are compared structure by structure. A structure whose samples agree was, as a
rule, segmented well; neither number is an error in mm3.
"""

import copy
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from acenet.errors import InputError
from acenet.inputs.stacks import Uint8
from acenet.metrics.overlap import dice, joint_histogram
from acenet.networks.outputs import SegmentationNetwork


@dataclass(frozen=True)
class Uncertainty:
    """Of each class (C,), the background included; NaN where no sample has it.

    Attributes
    ----------
    volume_cv
        Standard deviation of its volume over the samples (n - 1), divided by their mean.
    agreement
        Mean Dice over pairs of samples; pairs without the structure on either side do not count.
    """

    volume_cv: NDArray[np.float64]
    agreement: NDArray[np.float64]


class _AlwaysDropout(nn.Module):
    """Drops channels in evaluation mode too, where `nn.Dropout2d` passes them on."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        return F.dropout2d(x, self.rate, training=True)


def with_dropout(network: SegmentationNetwork) -> SegmentationNetwork:
    """A copy of the network whose dropout stays on in evaluation mode; normalisation keeps its trained statistics.

    Raises
    ------
    InputError
        For a network that was trained without dropout.
    """
    sampling = copy.deepcopy(network)
    places = [name for name, module in sampling.named_modules() if isinstance(module, nn.Dropout2d)]
    for name in places:
        parent, _, child = name.rpartition(".")
        dropout = sampling.get_submodule(name)
        assert isinstance(dropout, nn.Dropout2d)
        setattr(sampling.get_submodule(parent), child, _AlwaysDropout(dropout.p))
    if not places:
        raise InputError("--uncertainty", expected="a network trained with dropout", found="one without")
    return sampling


def seeded(seed: int, device: torch.device) -> None:
    """Let torch's generators draw the same dropout for the same seed (within `torch.random.fork_rng`).

    The CPU's as well: where a GPU's memory does not suffice, samples are drawn there. Of GPUs, that one alone.
    """
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        with torch.cuda.device(device):  # torch seeds the current one
            torch.cuda.manual_seed(seed)


def compare_samples(samples: Sequence[Uint8], n_classes: int) -> Uncertainty:
    """Compare two or more class maps (X, Y, Z) of one scan."""
    if len(samples) < 2:
        raise InputError("--uncertainty", expected="at least 2 samples", found=str(len(samples)))
    sizes = np.array([np.bincount(one.ravel(order="K"), minlength=n_classes) for one in samples])
    mean = sizes.mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        cv = np.where(mean > 0, sizes.std(axis=0, ddof=1) / mean, np.nan)
    pairs = [dice(joint_histogram(a, b, n_classes)) for a, b in itertools.combinations(samples, 2)]
    counted = ~np.isnan(pairs)
    total = np.nansum(pairs, axis=0)
    agreement = np.where(counted.any(axis=0), total / np.maximum(counted.sum(axis=0), 1), np.nan)
    return Uncertainty(cv, agreement)
