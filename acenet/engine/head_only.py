"""Prediction that leaves out air: slices without a head, and in the last decoder blocks what lies around it.

Seven tenths of ACEnet's work is done in its last blocks. Their convolutions see four pixels around them, which are
known, so that inside of a box they are exact. Only the mean over the slice that scSE takes needs what lies beyond; it
is taken from a slice near by.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from acenet.engine.head_box import HeadBox, head_boxes
from acenet.engine.prediction import PredictedSE
from acenet.engine.swap import Substitute
from acenet.inputs.stacks import Uint8, Window, extract_stacks, normalise
from acenet.networks.blocks import DecoderBlock
from acenet.networks.outputs import SegmentationNetwork

EVERY = 16  # slices: so many share what one of them shows of the air around it


class HeadOnly(Substitute, SegmentationNetwork):
    """A network that may classify a part of a slice for less."""

    def classify_part(
        self, stack: Tensor, box: HeadBox, beyond: Tensor | None
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """As the function `classify_part`."""
        raise NotImplementedError


def classify_part(
    network: SegmentationNetwork, stack: Tensor, box: HeadBox, beyond: Tensor | None
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """`network.classify` within a box of the slices, (N, box) uint8.

    Parameters
    ----------
    beyond
        What the network made known of the outside of a slice near by; None looks at it. The third result is that of
        this slice. Networks that save nothing by it classify the whole.
    """
    if isinstance(network, HeadOnly):
        return network.classify_part(stack, box, beyond)
    classes, brain = network.classify(stack)
    return box.of(classes), None if brain is None else box.of(brain), None


def decode_part(
    block: DecoderBlock, skip: Tensor, unpooled: Tensor, box: HeadBox, beyond: Tensor | None
) -> tuple[Tensor, Tensor]:
    """What a decoder block gives in a box, from its skip and unpooled features (N, F, H, W).

    Returns (N, F, box) and `beyond`.

    Parameters
    ----------
    beyond
        Mean features (N, F) outside of the box; None computes the whole slice to find them.
    """
    height, width = skip.shape[2:]
    reach = 2 * (block.dense.conv1.kernel_size[0] // 2)
    around = HeadBox(0, height, 0, width) if beyond is None else box.grown(reach, height, width)
    dense = block.dense(around.of(skip).contiguous(), around.of(unpooled).contiguous())
    inside = box.within(around).of(dense).contiguous()
    total = inside.sum((2, 3))
    outside = height * width - inside[0, 0].numel()
    if beyond is None:
        beyond = (dense.sum((2, 3)) - total) / max(1, outside)
    mean = (total + beyond * outside) / (height * width)
    part: Tensor = block.scse(inside, mean) if isinstance(block.scse, PredictedSE) else inside
    dropped: Tensor = block.dropout(part)
    return dropped, beyond


def classify_head(
    network: SegmentationNetwork,
    image: Uint8,
    *,
    window: Window,
    passed: Callable[[range], None] | None = None,
) -> tuple[Uint8, Uint8 | None]:
    """Classes and brain mask, slices (Z, X, Y) uint8, of an image (X, Y, Z) uint8, on the CPU.

    To be called where the network is put on for prediction (`acenet.engine.modes.for_prediction`).

    Every sixteenth slice with head is computed as a whole; between two of them, scSE takes the mean features of the
    air around the head to change evenly. What no box holds is background.
    """
    boxes = head_boxes(image)
    classes = np.zeros((image.shape[2], *image.shape[:2]), np.uint8)
    brain = np.zeros_like(classes)
    has_skull = False
    kept = sorted(boxes)
    known: dict[int, Tensor] = {}
    whole = sorted({*kept[::EVERY], *kept[-1:]})
    order = [*whole, *(k for k in kept if k not in whole)]
    for done, k in enumerate(order, start=1):
        box = boxes[k]
        stack = normalise(torch.from_numpy(extract_stacks(image, [k], window=window)))
        known_air = None if k in whole else _between(known, k)
        found, skull, beyond = classify_part(network, stack, box, known_air)
        if k in whole and beyond is not None:
            known[k] = beyond
        _put(classes[k], box, found)
        if skull is not None:
            has_skull = True
            _put(brain[k], box, skull)
        if passed is not None:
            passed(range(done * len(classes) // len(kept)))
    return classes, brain if has_skull else None


def _put(slice_: Uint8, box: HeadBox, found: Tensor) -> None:
    slice_[box.top : box.bottom, box.left : box.right] = found[0].numpy()


def _between(known: dict[int, Tensor], k: int) -> Tensor | None:
    """What was seen of the air in the slices on both sides, mixed by nearness."""
    if not known:
        return None
    before = max(i for i in known if i < k)
    after = min(i for i in known if i > k)
    return torch.lerp(known[before], known[after], (k - before) / (after - before))
