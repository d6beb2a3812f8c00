"""Segment one conformed volume by overlapping windows, for networks that see patches."""

import numpy as np
import torch
from torch import Tensor

from acenet.inputs.patches import Patch
from acenet.inputs.stacks import Uint8, normalise
from acenet.networks.outputs import SegmentationNetwork

OVERLAP = 0.5  # the papers print none
OUTSIDE = -1.0  # what lies beyond a volume smaller than a patch: grey value 0, normalised


def classes_by_windows(
    network: SegmentationNetwork, image: Uint8, *, patch: Patch, batch: int, device: torch.device
) -> Uint8:
    """The class (X, Y, Z) of highest mean logit over all windows that hold a voxel of an image (X, Y, Z).

    MONAI slides the window over slabs as thick as the patch, and the slabs advance by half of that along the
    third axis. What no later slab reaches is labelled at once, so that only the logits of a slab and a half
    exist at a time: 5.3 GB rather than 9.3 GB for 256^3 voxels, 139 classes and patches of 96^3.
    """
    from monai.inferers.utils import sliding_window_inference  # takes seconds to import

    depth, sides = image.shape[2], patch.shape(image.shape)
    scan = normalise(torch.from_numpy(np.ascontiguousarray(image)))[None, None].to(device)  # (1, 1, X, Y, Z)
    classes = np.empty(image.shape, np.uint8, order="F")  # the order of conformed files
    starts = slab_starts(depth, sides[2])
    carried: Tensor | None = None
    for start, end in zip(starts, [*starts[1:], depth], strict=True):
        logits = sliding_window_inference(
            scan[..., start : start + sides[2]],
            sides,
            batch,
            lambda window: network(window).structures,
            overlap=OVERLAP,
            cval=OUTSIDE,
        )[0]  # (C, X, Y, slab), the mean over windows; a sum over slabs has the same maximum as their mean
        if carried is not None:
            logits[..., : carried.shape[-1]] += carried
        classes[:, :, start:end] = logits[..., : end - start].argmax(0).byte().cpu().numpy()
        carried = logits[..., end - start :].clone()
        del logits  # before the next slab takes its place
    return classes


def slab_starts(depth: int, thickness: int) -> list[int]:
    """First slice of each slab: every half thickness, the last one moved back to end with the volume.

    >>> slab_starts(58, 32)
    [0, 16, 26]
    """
    last = max(0, depth - thickness)
    return [*range(0, last, int(thickness * (1 - OVERLAP))), last]
