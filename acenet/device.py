"""Where tensors live and how many cores they may use."""

import logging

import torch

from acenet.errors import InputError

logger = logging.getLogger(__name__)


def choose_device(name: str = "auto") -> torch.device:
    """'auto' takes CUDA where there is a device, else the CPU; 'cpu' and 'cuda' (or 'cuda:1') insist."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise InputError(
            "device", expected="a CUDA device, since 'cuda' was asked for", found="none; use 'auto' or 'cpu'"
        )
    device = torch.device(name)
    logger.info("device: %s", torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU")
    return device


def limit_threads(threads: int) -> None:
    """Keep torch within the cores the workflow reserved; one training per core beats many cores per training."""
    torch.set_num_threads(threads)
