"""Parameters of a network, counted in two ways (ACEnet, Table 5).

The papers do not say how they count. Their baseline figure matches the count of the modules that a forward
pass runs, as common model summaries make it: the released code creates a block in the bottleneck that it
never calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # importing torch takes seconds; only those who have a model need it
    import torch
    from torch import nn


def count_parameters(model: nn.Module) -> int:
    """Parameters of all modules, shared ones once."""
    return sum(parameter.numel() for parameter in model.parameters())


def used_parameters(model: nn.Module, example_input: torch.Tensor) -> int:
    """Parameters of the modules that run when `model` is applied to `example_input` (N, channels, ...).

    Shared parameters count once. Runs one forward pass in evaluation mode without gradients and leaves the
    model as it was.
    """
    import torch

    used: dict[int, int] = {}

    def count(module: nn.Module, inputs: Any, output: Any) -> None:
        used.update({id(parameter): parameter.numel() for parameter in module.parameters(recurse=False)})

    modes = {module: module.training for module in model.modules()}
    handles = [module.register_forward_hook(count) for module in modes]
    try:
        model.eval()
        with torch.no_grad():
            model(example_input)
    finally:
        for handle in handles:
            handle.remove()
        for module, training in modes.items():
            module.training = training
    return sum(used.values())
