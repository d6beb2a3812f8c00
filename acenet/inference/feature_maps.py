"""What each encoder and decoder block did to one slice: the maps of ACEnet's figure 2."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from acenet.engine.modes import for_evaluation
from acenet.errors import InputError
from acenet.inputs.stacks import Uint8, extract_stacks, normalise
from acenet.models.model_file import TrainedModel
from acenet.networks.blocks import RecalibratedBlock, SpatialChannelSE
from acenet.networks.outputs import SegmentationNetwork

FloatMap = NDArray[np.float32]


@dataclass(frozen=True)
class BlockActivity:
    """One block and one slice; the maps are (H, W) float32, unscaled.

    Attributes
    ----------
    branch, level
        'encoder', 'decoder' or 'skull decoder', and 1 (full resolution) to 4.
    before
        Mean over channels of |features| entering the dense block; of encoder 1 the centre slice itself.
    attention
        The weights of scSE's spatial branch, 0..1 (the channel branch has no map and is not shown).
    after
        Mean over channels of |features| leaving scSE, before dropout and pooling.
    """

    branch: str
    level: int
    before: FloatMap
    attention: FloatMap
    after: FloatMap


def named_blocks(network: SegmentationNetwork) -> dict[tuple[str, int], RecalibratedBlock]:
    """The blocks with scSE in the order they run, by branch and level; of two encoders, the one for the stack.

    Raises
    ------
    InputError
        For networks without such blocks.
    """
    blocks: dict[tuple[str, int], Any] = dict(network.blocks_by_level())
    if not blocks or not all(isinstance(block.scse, SpatialChannelSE) for block in blocks.values()):
        raise InputError("network", expected="blocks with scSE", found=type(network).__name__)
    return blocks


def slice_activity(model: TrainedModel, image: Uint8, k: int) -> list[BlockActivity]:
    """What the blocks of a trained network did to coronal slice k of a conformed image (X, Y, Z) uint8."""
    window = model.settings.window
    stack = torch.from_numpy(extract_stacks(image, [k], window=window))
    return capture_activity(model.network, normalise(stack), centre=window.before)


def capture_activity(network: SegmentationNetwork, stack: Tensor, *, centre: int) -> list[BlockActivity]:
    """Run a normalised stack (1, channels, H, W) through the network and return what its blocks did.

    The network runs in evaluation mode; hooks are removed and every module's mode restored, also on errors.

    Parameters
    ----------
    centre
        The stack's channel that holds the slice to be segmented.
    """
    if stack.ndim != 4 or len(stack) != 1:
        raise InputError("stack", expected="shape (1, channels, H, W)", found=str(tuple(stack.shape)))
    seen: dict[tuple[str, int], dict[str, FloatMap]] = {}
    with _evaluating(network), torch.no_grad(), for_evaluation(network):
        handles = []
        try:
            for key, block in named_blocks(network).items():
                handles.extend(_watch(block, seen.setdefault(key, {})))
            network(stack)
        finally:
            for handle in handles:
                handle.remove()
    seen["encoder", 1]["before"] = stack[0, centre].float().cpu().numpy()
    return [BlockActivity(branch, level, **maps) for (branch, level), maps in seen.items()]


def _watch(block: RecalibratedBlock, maps: dict[str, FloatMap]) -> list[Any]:
    """Hook one block; its maps are reduced to (H, W) as they pass, so no features are kept."""

    def keep_before(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        maps["before"] = _mean_magnitude(inputs[0])

    def keep_attention(_: nn.Module, __: Any, logits: Tensor) -> None:
        maps["attention"] = torch.sigmoid(logits)[0, 0].float().cpu().numpy()

    def keep_after(_: nn.Module, __: Any, features: Tensor) -> None:
        maps["after"] = _mean_magnitude(features)

    assert isinstance(block.scse, SpatialChannelSE)  # named_blocks gives no other
    return [
        block.dense.register_forward_pre_hook(keep_before),
        block.scse.spatial.register_forward_hook(keep_attention),
        block.scse.register_forward_hook(keep_after),
    ]


def _mean_magnitude(features: Tensor) -> FloatMap:
    """(1, F, H, W) to (H, W)."""
    mean: FloatMap = features[0].abs().mean(0).float().cpu().numpy()
    return mean


@contextmanager
def _evaluating(network: nn.Module) -> Iterator[None]:
    """Evaluation mode inside the block; afterwards each module has its own mode back."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
