"""Conformed volumes as stacks of coronal slices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from acenet.errors import InputError
from acenet.inputs.reduced import averaged, voted

Uint8 = NDArray[np.uint8]


@dataclass(frozen=True)
class Window:
    """The stack around a slice: how many slices before it (posterior) and after it (anterior).

    ACEnet's windows are symmetric; FFCE's ten slices are not, since ten is even.

    Attributes
    ----------
    edges
        What stands for neighbours beyond the volume: the slice `itself` (paper), or, as in the released prediction, a
        window `shifted` until it lies inside, which then is not around the slice any more.
    """

    before: int
    after: int
    edges: Literal["itself", "shifted"] = "itself"

    @property
    def size(self) -> int:
        """Slices in the stack, the centre included; the centre is channel `before`."""
        return self.before + 1 + self.after


@dataclass(frozen=True)
class LabelledVolume:
    """One training subject: image, class map and brain mask on one conformed grid, each (X, Y, Z) uint8."""

    subject: str
    image: Uint8
    classes: Uint8
    brain: Uint8


@dataclass(frozen=True)
class Batch:
    """What one training step sees, uint8, on the CPU or moved to a device.

    Slices: stack (N, window.size, H, W) grey values; classes (N, H, W); brain (N, H, W) 0/1.
    Patches: stack (N, 1, X, Y, Z); classes (N, X, Y, Z); brain (N, X, Y, Z).
    """

    stack: Tensor
    classes: Tensor
    brain: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same batch on `device`."""
        return Batch(
            *(tensor.to(device, non_blocking=True) for tensor in (self.stack, self.classes, self.brain))
        )


def stack_indices(k: int, window: Window, *, depth: int) -> list[int]:
    """Slices of the stack around slice `k`, in posterior-to-anterior order; the centre is element `before`.

    A neighbour beyond the volume is replaced by slice `k` itself (ACEnet, section 3.1), unless the window
    says otherwise.

    >>> stack_indices(1, Window(2, 2), depth=10)
    [1, 0, 1, 2, 3]
    """
    if window.edges == "shifted":
        centre = shifted_centre(k, window, depth=depth)
        return list(range(centre - window.before, centre + window.after + 1))
    return [i if 0 <= i < depth else k for i in range(k - window.before, k + window.after + 1)]


def shifted_centre(k: int, window: Window, *, depth: int) -> int:
    """The slice that the released prediction centres slice `k`'s window on.

    It takes slices in pairs. The pairs that begin at 2s+1 or before share the volume's first two windows, those
    that begin in its last 2s+1 slices the last two.

    >>> [shifted_centre(k, Window(1, 1), depth=12) for k in range(12)]
    [1, 2, 1, 2, 4, 5, 6, 7, 8, 9, 9, 10]
    """
    s, second = window.before, k % 2
    if window.after != s or depth % 2 or depth < 2 * s + 2:
        raise InputError(
            "shifted windows",
            expected=f"s slices on both sides, and an even number of at least {2 * s + 2} slices",
            found=f"{window.before} before and {window.after} after, {depth} slices",
        )
    if k - second <= 2 * s + 1:
        return s + second
    if k - second >= depth - (2 * s + 1):
        return depth - s - 2 + second
    return k


def extract_stacks(volume: Uint8, slices: Sequence[int], *, window: Window) -> Uint8:
    """Stacks (N, window.size, X, Y) around the given coronal slices of a volume (X, Y, Z)."""
    coronal = volume.transpose(2, 0, 1)  # (Z, X, Y): a view, contiguous per slice on disk
    wanted = [stack_indices(k, window, depth=volume.shape[2]) for k in slices]
    return np.ascontiguousarray(coronal[np.asarray(wanted)])


def normalise(stack: Tensor) -> Tensor:
    """Grey values 0..255 to about -1..1, the released code's only intensity step besides conform."""
    return (stack.float() - 128) / 128


class Examples(Dataset[Batch]):
    """What a training draws from: a number of examples an epoch, fetched as batches of given numbers."""

    def for_epoch(self, seed: int) -> "Examples":
        """The examples of one epoch, decided by `seed` alone; the same in every epoch unless overridden."""
        return self

    def whole(self) -> "Examples":
        """These examples and those that a training leaves out."""
        return self

    def reduced(self, shape: tuple[int, int]) -> "Examples":
        """The same examples, in the same order, with slices of `shape` (X, Y); refused by what has no slices."""
        raise InputError("examples", expected="slices, which can be made smaller", found=type(self).__name__)

    def names(self, indices: Sequence[int]) -> list[str]:
        """What the examples of the given numbers are, for a person."""
        raise NotImplementedError

    def __len__(self) -> int:
        """Examples in an epoch."""
        raise NotImplementedError

    def __getitem__(self, indices: Sequence[int]) -> Batch:
        """The examples of the given numbers as one batch, in that order."""
        raise NotImplementedError


class SliceDataset(Examples):
    """Every coronal slice of every subject, fetched a batch at a time.

    Volumes may be memory maps: a slice is contiguous in a conformed file, so a stack costs one short read per slice.

    Parameters
    ----------
    positions
        Numbers of volume and slice of each example; None for every slice of every volume.
    """

    def __init__(
        self,
        volumes: Sequence[LabelledVolume],
        *,
        window: Window,
        positions: Sequence[tuple[int, int]] | None = None,
    ) -> None:
        self.volumes, self.window = list(volumes), window
        every = [(v, k) for v, volume in enumerate(volumes) for k in range(volume.image.shape[2])]
        self.positions = every if positions is None else list(positions)

    def labelled(self) -> "SliceDataset":
        """Only the slices with a labelled voxel.

        Raises
        ------
        InputError
            Where there is none at all.
        """
        found = [(v, k) for v, k in self.positions if self.volumes[v].classes[:, :, k].any()]
        if not found:
            raise InputError(
                ", ".join(volume.subject for volume in self.volumes),
                expected="at least one slice with a labelled voxel to train on",
                found="none",
            )
        return SliceDataset(self.volumes, window=self.window, positions=found)

    def whole(self) -> "SliceDataset":
        """Every slice."""
        every = SliceDataset(self.volumes, window=self.window)
        return self if len(every) == len(self) else every

    def reduced(self, shape: tuple[int, int]) -> "SliceDataset":
        """The same slices in fewer pixels, in memory."""
        smaller = [
            LabelledVolume(
                volume.subject,
                averaged(volume.image, shape),
                voted(volume.classes, shape),
                voted(volume.brain, shape),
            )
            for volume in self.volumes
        ]
        return SliceDataset(smaller, window=self.window, positions=self.positions)

    def names(self, indices: Sequence[int]) -> list[str]:
        """Subject and slice, from 0: '1000 slice 17'."""
        return [f"{self.volumes[v].subject} slice {k}" for v, k in (self.positions[i] for i in indices)]

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, indices: Sequence[int]) -> Batch:
        """The slices with the given positions as one batch, in that order."""
        stacks, classes, brain = [], [], []
        for v, k in (self.positions[i] for i in indices):
            volume = self.volumes[v]
            stacks.append(extract_stacks(volume.image, [k], window=self.window)[0])
            classes.append(volume.classes[:, :, k])
            brain.append(volume.brain[:, :, k])
        return Batch(*(torch.from_numpy(np.stack(part)) for part in (stacks, classes, brain)))


class ResidentSlices(SliceDataset):
    """The same slices with the volumes in a device's memory, where batches are put together too."""

    def __init__(self, data: SliceDataset, device: torch.device) -> None:
        super().__init__(data.volumes, window=data.window, positions=data.positions)
        self.coronal = [
            tuple(
                torch.from_numpy(np.ascontiguousarray(part.transpose(2, 0, 1))).to(device)  # (Z, X, Y)
                for part in (volume.image, volume.classes, volume.brain)
            )
            for volume in data.volumes
        ]

    def __getitem__(self, indices: Sequence[int]) -> Batch:
        """The slices with the given positions as one batch on the device, in that order."""
        stacks, classes, brain = [], [], []
        for v, k in (self.positions[i] for i in indices):
            image, labels, mask = self.coronal[v]
            stacks.append(image[stack_indices(k, self.window, depth=len(image))])
            classes.append(labels[k])
            brain.append(mask[k])
        return Batch(*(torch.stack(part) for part in (stacks, classes, brain)))


def resident(data: Examples, device: torch.device) -> Examples:
    """The examples on a CUDA device where a quarter of its free memory holds them; elsewhere as they are."""
    if device.type != "cuda" or type(data) is not SliceDataset:
        return data
    wanted = sum(volume.image.size + volume.classes.size + volume.brain.size for volume in data.volumes)
    free, _ = torch.cuda.mem_get_info(device)
    return ResidentSlices(data, device) if 4 * wanted <= free else data
