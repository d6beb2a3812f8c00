"""Segment one conformed volume, slice by slice or by overlapping windows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from acenet.engine.head_only import classify_head
from acenet.engine.modes import for_prediction
from acenet.inference.sliding_window import classes_by_windows
from acenet.inputs.patches import Patch
from acenet.inputs.stacks import Uint8, Window, extract_stacks, normalise
from acenet.networks.outputs import Outputs, SegmentationNetwork

Watch = Callable[[range, Outputs], None]  # coronal slices and what the network gave for them
Passed = Callable[[range], None]  # coronal slices that are done


@dataclass(frozen=True)
class Segmentation:
    """classes (X, Y, Z) uint8, and brain (X, Y, Z) uint8 0/1 where the network has a skull branch."""

    classes: Uint8
    brain: Uint8 | None


def segment_volume(
    network: SegmentationNetwork,
    image: Uint8,
    *,
    view: Window | Patch,
    batch: int,
    device: torch.device,
    watch: Watch | None = None,
    passed: Passed | None = None,
    quick: bool = False,
) -> Segmentation:
    """Label every voxel of a conformed image (X, Y, Z) uint8 with its most probable class.

    `view` is what the network sees at a time (`NetworkSettings.view`), and `batch` how many of them run at once.
    `watch` sees the outputs of every batch of slices before they are dropped, such as their probabilities; without
    it, networks need not make them all. `passed` hears of every batch that is done. Networks of patches call neither.
    `quick` leaves out air on a CPU (`acenet.engine.head_only`) where nobody watches; a few voxels in a thousand differ.
    The network is put into evaluation mode and left as it was.
    """
    was_training = network.training
    network.eval()
    try:
        with torch.inference_mode(), for_prediction(network):
            if isinstance(view, Patch):
                classes = classes_by_windows(network, image, patch=view, batch=batch, device=device)
                return Segmentation(classes, brain=None)
            if quick and watch is None and device.type == "cpu":
                found, brain = classify_head(network, image, window=view, passed=passed)
                return Segmentation(_to_volume(found), None if brain is None else _to_volume(brain))
            return _by_slices(
                network, image, window=view, batch=batch, device=device, watch=watch, passed=passed
            )
    finally:
        network.train(was_training)


def _by_slices(
    network: SegmentationNetwork,
    image: Uint8,
    *,
    window: Window,
    batch: int,
    device: torch.device,
    watch: Watch | None,
    passed: Passed | None,
) -> Segmentation:
    """Every coronal slice with the stack around it.

    Only one batch of logits exists at a time: those of a whole 256^3 volume with 139 classes would take 9 GB.
    """
    depth = image.shape[2]
    classes = np.empty((depth, *image.shape[:2]), np.uint8)
    brain = np.empty_like(classes)
    has_skull = False
    for start in range(0, depth, batch):
        wanted = range(start, min(start + batch, depth))
        stack = torch.from_numpy(extract_stacks(image, wanted, window=window))  # (n, slices, X, Y)
        seen = normalise(stack.to(device))
        if watch is None:
            found, skull = network.classify(seen)
        else:
            outputs = network(seen)
            watch(wanted, outputs)
            found, skull = outputs.argmax()
        classes[start : wanted.stop] = found.cpu().numpy()
        if skull is not None:
            has_skull = True
            brain[start : wanted.stop] = skull.cpu().numpy()
        if passed is not None:
            passed(wanted)
    return Segmentation(_to_volume(classes), _to_volume(brain) if has_skull else None)


def _to_volume(slices: Uint8) -> Uint8:
    """Slices (Z, X, Y) to a volume (X, Y, Z) in Fortran order, the order of conformed files."""
    return np.asfortranarray(slices.transpose(1, 2, 0))
