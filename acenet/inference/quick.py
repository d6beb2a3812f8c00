"""Prediction that leaves out air: slices without a head, and in the last decoder blocks what lies around it."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from acenet.inference.head import head_boxes
from acenet.models.outputs import SegmentationNetwork
from acenet.models.partial import Box
from acenet.slices import Uint8, Window, extract_stacks, normalise

EVERY = 16  # slices: so many share what one of them shows of the air around it


def classify_head(
    network: SegmentationNetwork,
    image: Uint8,
    *,
    window: Window,
    passed: Callable[[range], None] | None = None,
) -> tuple[Uint8, Uint8 | None]:
    """Classes and brain mask, slices (Z, X, Y) uint8, of an image (X, Y, Z) uint8, on the CPU.

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
        found, skull, beyond = network.classify_part(
            stack, box, _between(known, k) if k not in whole else None
        )
        if k in whole and beyond is not None:
            known[k] = beyond
        _put(classes[k], box, found)
        if skull is not None:
            has_skull = True
            _put(brain[k], box, skull)
        if passed is not None:
            passed(range(done * len(classes) // len(kept)))
    return classes, brain if has_skull else None


def _put(slice_: Uint8, box: Box, found: Tensor) -> None:
    slice_[box.top : box.bottom, box.left : box.right] = found[0].numpy()


def _between(known: dict[int, Tensor], k: int) -> Tensor | None:
    """What was seen of the air in the slices on both sides, mixed by nearness."""
    if not known:
        return None
    before = max(i for i in known if i < k)
    after = min(i for i in known if i > k)
    return torch.lerp(known[before], known[after], (k - before) / (after - before))
