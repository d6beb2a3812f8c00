"""In what precision a network runs while it trains: single, or convolutions in bfloat16 where a GPU is made for it.

Weights, statistics, losses and the optimiser stay in single precision either way. bfloat16 has single precision's
range, so that no loss has to be scaled.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from acenet.networks.outputs import Outputs

Precision = Literal["float32", "bfloat16"]


def choose_precision(device: torch.device) -> Precision:
    """bfloat16 on CUDA devices that compute in it (capability 8.0 or later, or AMD's), float32 elsewhere.

    `torch.cuda.is_bf16_supported` also says yes where bfloat16 is emulated, many times slower, and asks another device.
    """
    if device.type != "cuda":
        return "float32"
    computes = torch.version.hip is not None or torch.cuda.get_device_capability(device) >= (8, 0)
    return "bfloat16" if computes else "float32"


def forward(network: nn.Module, stack: Tensor, precision: Precision) -> Outputs:
    """The network's outputs in float32, computed in `precision`."""
    if precision == "float32":
        outputs: Outputs = network(stack)
        return outputs
    with torch.autocast(stack.device.type, torch.bfloat16):
        outputs = network(stack)
    return Outputs(*(None if logits is None else logits.float() for logits in outputs))  # type: ignore[arg-type]
