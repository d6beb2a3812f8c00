"""Segment one scan: its grey levels onto the grid, through the network, and what was asked for besides."""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from acenet.errors import InputError
from acenet.imaging.io import Volume
from acenet.imaging.resample import to_uint8
from acenet.inference.volume import Segmentation, Watch, segment_volume
from acenet.inputs.patches import Patch
from acenet.inputs.stacks import Uint8
from acenet.networks.outputs import Outputs, SegmentationNetwork
from acenet.segment.placement import Placed, place
from acenet.segment.segmenter import Segmenter
from acenet.segment.uncertainty import Uncertainty, compare_samples, seeded, with_dropout
from acenet.system.out_of_memory import Workplace
from acenet.system.progress import Progress


@dataclass(frozen=True)
class Wanted:
    """What to make beyond labels, mask and volumes.

    Attributes
    ----------
    probabilities
        Classes whose probability maps are wanted.
    soft
        Volumes by probability.
    samples
        With dropout, 0 for none; `seed` decides them.
    view
        A page with a viewer.
    """

    probabilities: tuple[int, ...] = ()
    soft: bool = False
    samples: int = 0
    seed: int = 1
    view: bool = False


@dataclass(frozen=True)
class Segmented:
    """One scan on the network's grid.

    Attributes
    ----------
    soft_voxels
        Sum of the probabilities of each class (C,).
    probabilities
        Memory map (maps, X, Y, Z) uint8, 255 for certain, in the order wanted. Both None where they were not asked for.
    """

    placed: Placed
    soft_voxels: NDArray[np.float64] | None = None
    probabilities: Uint8 | None = None
    uncertainty: Uncertainty | None = None


def check_wanted(segmenter: Segmenter, wanted: Wanted) -> None:
    """Refuse what the network cannot give."""
    if isinstance(segmenter.view, Patch) and (wanted.probabilities or wanted.soft):
        raise InputError("probabilities", expected="a network of slices", found="one of patches")
    if wanted.samples:
        with_dropout(segmenter.trained.network)


def segment_scan(
    scan: Volume,
    segmenter: Segmenter,
    wanted: Wanted,
    *,
    work: Workplace,
    progress: Progress,
    scratch: Path,
) -> Segmented:
    """Segment a scan that `read_scan` accepts; the file of its probabilities lies in the folder `scratch`.

    Raises
    ------
    InputError
        Where the network finds no brain or memory does not suffice.
    """
    grey, _ = to_uint8(scan.array)
    network = segmenter.trained.network

    def segment(
        what: str, image: Uint8, network: SegmentationNetwork, *, watch: Watch | None = None
    ) -> Segmentation:
        return _pass(network, image, segmenter, what=what, work=work, progress=progress, watch=watch)

    def look(image: Uint8, number: int) -> Segmentation:
        return segment("segmenting" if number == 1 else f"look {number}, nearer to the brain", image, network)

    placed = place(grey, scan.affine, segmenter.grid, look)
    soft = maps = None
    if wanted.soft or wanted.probabilities:
        kept = _Probabilities(segmenter, wanted.probabilities, scratch)
        segment("probabilities", placed.image, network, watch=kept.watch)
        soft, maps = kept.voxels if wanted.soft else None, kept.maps
    return Segmented(placed, soft, maps, _uncertainty(placed.image, segmenter, wanted, work.device, segment))


def _pass(
    network: SegmentationNetwork,
    image: Uint8,
    segmenter: Segmenter,
    *,
    what: str,
    work: Workplace,
    progress: Progress,
    watch: Watch | None,
) -> Segmentation:
    """One pass of a network over an image, within the memory there is."""
    depth = image.shape[2]

    def passed(slices: range) -> None:
        progress.show(what, slices.stop / depth)

    def attempt(device: torch.device, batch: int) -> Segmentation:
        return segment_volume(
            network.to(device),
            image,
            view=segmenter.view,
            batch=batch,
            device=device,
            watch=watch,
            passed=passed,
            quick=work.fast,
        )

    progress.begin()
    return work.run(attempt)


class _Probabilities:
    """Adds up and keeps the probabilities of slices as they pass; never those of all classes at once.

    A batch that is tried again after memory ran out replaces its slices, so that nothing counts twice.
    """

    def __init__(self, segmenter: Segmenter, classes: tuple[int, ...], scratch: Path) -> None:
        shape = segmenter.grid.shape
        self.classes = list(classes)
        self.by_slice = np.zeros((shape[2], segmenter.protocol.n_classes))
        self.maps: Uint8 | None = None
        if classes:
            self.maps = _mapped(scratch / "probabilities.raw", (len(classes), *shape))

    @property
    def voxels(self) -> NDArray[np.float64]:
        """Sum of the probabilities of each class (C,)."""
        total: NDArray[np.float64] = self.by_slice.sum(axis=0)
        return total

    def watch(self, slices: range, outputs: Outputs) -> None:
        """Take the batch (n, C, X, Y) of some slices."""
        probable = torch.softmax(outputs.structures.float(), dim=1)
        self.by_slice[slices.start : slices.stop] = probable.sum((2, 3)).cpu().numpy()
        if self.maps is not None:
            chosen = (probable[:, self.classes] * 255).round().byte().cpu().numpy()  # (n, maps, X, Y)
            self.maps[..., slices.start : slices.stop] = chosen.transpose(1, 2, 3, 0)


def _mapped(path: Path, shape: tuple[int, ...]) -> Uint8:
    """A new file of zeros in memory, whose room on the disk is taken at once.

    A full disk is an error here; found out while writing to the map, it would kill the process.
    """
    with path.open("wb") as stream:
        if hasattr(os, "posix_fallocate"):  # not on macOS
            os.posix_fallocate(stream.fileno(), 0, math.prod(shape))
        else:
            stream.truncate(math.prod(shape))
    return np.memmap(path, np.uint8, mode="r+", shape=shape)


def _uncertainty(
    image: Uint8,
    segmenter: Segmenter,
    wanted: Wanted,
    device: torch.device,
    segment: Callable[[str, Uint8, SegmentationNetwork], Segmentation],
) -> Uncertainty | None:
    """Agreement of samples with dropout; torch's generators are left as they were."""
    if not wanted.samples:
        return None
    sampling = with_dropout(segmenter.trained.network)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        seeded(wanted.seed, device)
        samples = [
            segment(f"sample {i + 1}/{wanted.samples}", image, sampling).classes
            for i in range(wanted.samples)
        ]
    return compare_samples(samples, segmenter.protocol.n_classes)
