"""The ways a network is run, each put on for a while by the caller that wants it; outside, the plain modules run.

All are the same function of the same weights, but for rounding:

- `for_training`: with gradients. Convolutions of 5 x 5 and more by FFT on a CPU, gradients in fewer passes over memory.
  Pooling takes the largest value as it is, rounding included.
- `for_evaluation`: without gradients, and every module is called with what its definition says. FFT too; and since its
  rounding must not decide between equal values, pooling knows which are equal by construction.
- `for_prediction`: without gradients, for the result alone. Whole blocks at a time; hooks see less.
"""

from contextlib import AbstractContextManager
from importlib import import_module
from itertools import chain

import torch
from torch import nn

from acenet.engine.operations import TRAINING, TRAINING_ON_CPU
from acenet.engine.prediction import EVALUATION, PREDICTION
from acenet.engine.swap import Table, plain_class, substituted

OF_NETWORKS = {  # networks that more can be done for than for their blocks
    "acenet.networks.acenet": "acenet.engine.acenet",
    "acenet.networks.ffce": "acenet.engine.ffce",
    "acenet.networks.quicknat": "acenet.engine.quicknat",
    "acenet.networks.sdnet": "acenet.engine.sdnet",
}


def for_training(network: nn.Module) -> AbstractContextManager[None]:
    """Forward and backward passes; autocast may be on."""
    return substituted(network, TRAINING_ON_CPU if _device(network).type == "cpu" else TRAINING)


def for_evaluation(network: nn.Module) -> AbstractContextManager[None]:
    """Forward passes that hooks or normalisation in training mode listen to."""
    return substituted(network, {**EVALUATION, **_own(network, "EVALUATION")} if _suits(network) else {})


def for_prediction(network: nn.Module) -> AbstractContextManager[None]:
    """Forward passes and `classify` of a network in evaluation mode, under `torch.no_grad` or inference mode."""
    if network.training:
        raise ValueError("a network that predicts has to be in evaluation mode")
    return substituted(network, {**PREDICTION, **_own(network, "PREDICTION")} if _suits(network) else {})


def _suits(network: nn.Module) -> bool:
    """Whether it runs on a CPU in single precision; what is done without gradients is done for no other."""
    return (
        _device(network).type == "cpu"
        and all(parameter.dtype == torch.float32 for parameter in network.parameters())
        and not torch.is_autocast_enabled("cpu")
    )


def _device(network: nn.Module) -> torch.device:
    first = next(chain(network.parameters(), network.buffers()), None)
    return torch.device("cpu") if first is None else first.device


def _own(network: nn.Module, table: str) -> Table:
    """What there is for this network beside its blocks."""
    name = OF_NETWORKS.get(plain_class(network).__module__)
    own: Table = {} if name is None else getattr(import_module(name), table)
    return own
