"""The mean of the weights after each of the last steps, which a training can end with.

At a high rate the weights circle around a good place, and each step's are off it in another direction; their mean is
near it (Polyak and Juditsky 1992; Izmailov et al.: Averaging weights leads to wider optima and better generalization,
2018). So the rate need not fall to 0, where short trainings stop learning.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn


class AveragedWeights:
    """A running mean of a network's parameters, from a step of the run on. Buffers are not averaged.

    Parameters
    ----------
    first
        Number of the first step whose weights count, from 0.
    """

    def __init__(self, network: nn.Module, *, first: int) -> None:
        self.parameters, self.first = list(network.parameters()), first
        self.mean: list[Tensor] = []
        self.count = 0

    def add(self, step: int) -> None:
        """Count the weights after a step, if it is one of the last."""
        if step < self.first:
            return
        self.count += 1
        with torch.no_grad():
            if not self.mean:
                self.mean = [torch.zeros_like(parameter) for parameter in self.parameters]
            for mean, parameter in zip(self.mean, self.parameters, strict=True):
                mean.lerp_(parameter, 1 / self.count)

    def put(self) -> None:
        """Give the network the mean, if there is one."""
        with torch.no_grad():
            for mean, parameter in zip(self.mean, self.parameters, strict=bool(self.mean)):
                parameter.copy_(mean)

    def state_dict(self) -> dict[str, Any]:
        """What was counted, for a checkpoint."""
        return {"mean": self.mean, "count": self.count}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """What `state_dict` gave."""
        devices = [parameter.device for parameter in self.parameters]
        self.mean = [mean.to(device) for mean, device in zip(state["mean"], devices, strict=False)]
        self.count = state["count"]
