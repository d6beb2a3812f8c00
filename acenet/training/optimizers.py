"""The optimisers a training can choose, as plain classes of ours.

torch's own classes import its compiler when they are made, a second of every training. The functions behind them do
not, and are what is called here: the same numbers to the last bit.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim.adamw import adamw
from torch.optim.sgd import sgd

from acenet.errors import InputError
from acenet.networks.outputs import SegmentationNetwork
from acenet.training.muon import hidden_kernels, orthogonalised, spectral_scale
from acenet.training.settings import TrainingSettings

State = dict[str, Any]


class Optimizer:
    """Parameters, the highest rate they are moved at, and what is remembered of the steps before.

    Parameters without a gradient, of modules that a network does not call, are left as they are.
    """

    def __init__(self, parameters: Iterable[Tensor], *, rate: float) -> None:
        self.parameters, self.rate = list(parameters), rate
        self.memory: dict[int, dict[str, Tensor]] = {}  # by the parameter's number

    def step(self, factor: float) -> None:
        """Move the parameters along their gradients, at `factor` times the highest rate."""
        moved = [i for i, parameter in enumerate(self.parameters) if parameter.grad is not None]
        if not moved:
            return
        with torch.no_grad():
            self._move([self.parameters[i] for i in moved], self._gradients(moved), moved, self.rate * factor)

    def state_dict(self) -> State:
        """What is remembered, for a checkpoint."""
        return {"memory": self.memory}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Remember what an earlier run did, on the parameters' devices."""
        self.memory = {
            i: {name: tensor.to(self.parameters[i].device, copy=True) for name, tensor in held.items()}
            for i, held in state["memory"].items()
        }

    def _move(
        self, parameters: list[Tensor], gradients: list[Tensor], numbers: list[int], rate: float
    ) -> None:
        raise NotImplementedError

    def _gradients(self, numbers: Sequence[int]) -> list[Tensor]:
        return [grad for i in numbers if (grad := self.parameters[i].grad) is not None]

    def _remembered(self, name: str, numbers: Sequence[int]) -> list[Tensor]:
        """A tensor of each parameter; zeros where there was no step yet."""
        for i in numbers:
            held = self.memory.setdefault(i, {})
            if name not in held:
                held[name] = torch.zeros_like(self.parameters[i])
        return [self.memory[i][name] for i in numbers]


class SGD(Optimizer):
    """Gradient descent with momentum, as `torch.optim.SGD(fused=True)`."""

    def __init__(
        self, parameters: Iterable[Tensor], *, rate: float, momentum: float, weight_decay: float
    ) -> None:
        super().__init__(parameters, rate=rate)
        self.momentum, self.weight_decay = momentum, weight_decay

    def _move(
        self, parameters: list[Tensor], gradients: list[Tensor], numbers: list[int], rate: float
    ) -> None:
        buffers: list[Tensor | None] = [self.memory.get(i, {}).get("momentum") for i in numbers]
        sgd(
            parameters,
            gradients,
            buffers,
            fused=True,
            weight_decay=self.weight_decay,
            momentum=self.momentum,
            lr=rate,
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )
        for i, buffer in zip(numbers, buffers, strict=True):
            if buffer is not None:
                self.memory.setdefault(i, {})["momentum"] = buffer


class AdamW(Optimizer):
    """Adam with decoupled weight decay, as `torch.optim.AdamW(fused=True)`."""

    def __init__(
        self,
        parameters: Iterable[Tensor],
        *,
        rate: float,
        betas: tuple[float, float],
        weight_decay: float,
    ) -> None:
        super().__init__(parameters, rate=rate)
        self.betas, self.weight_decay = betas, weight_decay

    def _move(
        self, parameters: list[Tensor], gradients: list[Tensor], numbers: list[int], rate: float
    ) -> None:
        means, squares = self._remembered("mean", numbers), self._remembered("square", numbers)
        for i in numbers:
            if "steps" not in self.memory[i]:
                self.memory[i]["steps"] = torch.zeros(
                    (), dtype=torch.float32, device=self.parameters[i].device
                )
        adamw(
            parameters,
            gradients,
            means,
            squares,
            [],
            [self.memory[i]["steps"] for i in numbers],
            fused=True,
            amsgrad=False,
            beta1=self.betas[0],
            beta2=self.betas[1],
            lr=rate,
            weight_decay=self.weight_decay,
            eps=1e-8,
            maximize=False,
        )


class Muon(Optimizer):
    """Momentum, orthogonalised: `acenet.training.muon` says of what and why. Without weight decay."""

    def __init__(self, kernels: Iterable[Tensor], *, rate: float, momentum: float) -> None:
        super().__init__(kernels, rate=rate)
        self.momentum = momentum

    def _move(
        self, parameters: list[Tensor], gradients: list[Tensor], numbers: list[int], rate: float
    ) -> None:
        buffers = self._remembered("momentum", numbers)
        ahead = []
        for buffer, gradient in zip(buffers, gradients, strict=True):
            buffer.lerp_(gradient, 1 - self.momentum)
            ahead.append(gradient.lerp(buffer, self.momentum))  # Nesterov's
        for parameter, update in zip(parameters, orthogonalised(ahead), strict=True):
            parameter.add_(update, alpha=-rate * spectral_scale(parameter))


class Together:
    """Several optimisers, each of parameters of its own."""

    def __init__(self, *parts: Optimizer) -> None:
        self.parts = parts

    def step(self, factor: float) -> None:
        """A step of each, at `factor` times its highest rate."""
        for part in self.parts:
            part.step(factor)

    def state_dict(self) -> State:
        """The states of all, for a checkpoint."""
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """What `state_dict` gave."""
        for part, held in zip(self.parts, state["parts"], strict=True):
            part.load_state_dict(held)


def make_optimizer(network: SegmentationNetwork, settings: TrainingSettings) -> Together:
    """SGD with momentum, the papers' choice; Adam; or Muon for the hidden kernels with Adam for all else."""
    kernels = hidden_kernels(network) if settings.optimizer == "muon" else []
    apart = {id(kernel) for kernel in kernels}
    others = [parameter for parameter in network.parameters() if id(parameter) not in apart]
    rate, decay = settings.learning_rate, settings.weight_decay
    if settings.optimizer == "sgd":
        return Together(SGD(others, rate=rate, momentum=settings.momentum, weight_decay=decay))
    betas = (settings.momentum, 0.99)  # averages over 100 steps, not 1000: a short run has no more
    adam = AdamW(others, rate=rate, betas=betas, weight_decay=decay)
    if settings.optimizer == "adam":
        return Together(adam)
    if settings.optimizer == "muon" and settings.muon_rate is not None:
        return Together(adam, Muon(kernels, rate=settings.muon_rate, momentum=settings.muon_momentum))
    raise InputError("optimizer", expected="sgd, adam, or muon with a rate", found=settings.optimizer)
