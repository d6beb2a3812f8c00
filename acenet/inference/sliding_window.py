"""Segment one conformed volume by overlapping windows, for networks that see patches."""

from itertools import product

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from acenet.inputs.patches import Patch
from acenet.inputs.stacks import Uint8, normalise
from acenet.networks.outputs import SegmentationNetwork

OVERLAP = 0.5  # the papers print none
OUTSIDE = -1.0  # what lies beyond a volume smaller than a patch: grey value 0, normalised


def classes_by_windows(
    network: SegmentationNetwork, image: Uint8, *, patch: Patch, batch: int, device: torch.device
) -> Uint8:
    """The class (X, Y, Z) of highest mean logit over all windows that hold a voxel of an image (X, Y, Z).

    Windows lie in slabs as thick as the patch, and the slabs advance by half of that along the third axis. What no
    later slab reaches is labelled at once, so that only the logits of a slab and a half exist at a time: 5.3 GB rather
    than 9.3 GB for 256^3 voxels, 139 classes and patches of 96^3.
    """
    sides = patch.shape(image.shape)
    scan = normalise(torch.from_numpy(np.ascontiguousarray(image)))[None, None].to(device)  # (1, 1, X, Y, Z)
    short = [max(0, side - n) for side, n in zip(sides, image.shape, strict=True)]
    edges = [edge for n in short[::-1] for edge in (n // 2, n - n // 2)]
    scan = F.pad(scan, edges, value=OUTSIDE)
    inside = tuple(slice(n // 2, n // 2 + size) for n, size in zip(short, image.shape, strict=True))
    depth = scan.shape[-1]
    classes = np.empty(scan.shape[2:], np.uint8, order="F")  # the order of conformed files
    starts = slab_starts(depth, sides[2])
    carried: Tensor | None = None
    for start, end in zip(starts, [*starts[1:], depth], strict=True):
        logits = _mean_logits(network, scan[..., start : start + sides[2]], sides[:2], batch)
        if carried is not None:  # a sum over slabs has the same maximum as their mean
            logits[..., : carried.shape[-1]] += carried
        classes[:, :, start:end] = logits[..., : end - start].argmax(0).byte().cpu().numpy()
        carried = logits[..., end - start :].clone()
        del logits  # before the next slab takes its place
    return np.asfortranarray(classes[inside])


def _mean_logits(network: SegmentationNetwork, slab: Tensor, sides: tuple[int, int], batch: int) -> Tensor:
    """Logits (C, X, Y, slab) of a slab (1, 1, X, Y, slab): the mean of all windows of `sides` that hold a voxel."""
    corners = list(product(*(slab_starts(n, side) for n, side in zip(slab.shape[2:], sides, strict=False))))
    boxes = [(slice(x, x + sides[0]), slice(y, y + sides[1])) for x, y in corners]
    total: Tensor | None = None
    number = slab.new_zeros(*slab.shape[2:4], 1)
    for first in range(0, len(boxes), batch):
        some = boxes[first : first + batch]
        found = network(torch.cat([slab[:, :, *box] for box in some])).structures
        if total is None:
            total = found.new_zeros(found.shape[1], *slab.shape[2:])
        for (x, y), logits in zip(some, found, strict=True):
            total[:, x, y] += logits
            number[x, y] += 1
    assert total is not None  # there is a window everywhere
    return total.div_(number)


def slab_starts(depth: int, thickness: int) -> list[int]:
    """First slice of each slab: every half thickness, the last one moved back to end with the volume.

    >>> slab_starts(58, 32)
    [0, 16, 26]
    """
    last = max(0, depth - thickness)
    return [*range(0, last, int(thickness * (1 - OVERLAP))), last]
