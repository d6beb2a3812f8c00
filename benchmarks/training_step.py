"""A training step against the released loop's, in turn on the same batch with the same weights, a process for each.

    python -m benchmarks.training_step [--outputs 28] [--batch 2] [--side 128] [--rounds 2] [--threads 1] [--device cpu]

The peer is the released network (peers/released_network.py) with its losses as the papers write them, on one-hot
targets, SGD, and a batch that is read as the released loader reads it: three whole volumes per slice. Times follow
the number of pixels; the papers' slices have 256 x 256.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from acenet.engine.modes import for_training
from acenet.inputs.stacks import Batch, LabelledVolume, SliceDataset, Window, normalise
from acenet.system.device import choose_device, keep_freed_memory, limit_threads
from acenet.training.loop import train_step
from acenet.training.losses import total_loss
from acenet.training.optimizers import SGD
from benchmarks.inference import S, networks
from benchmarks.measuring import begin, command_line, in_turn_apart, show

RATE = 1e-3


def released_loss(outputs: tuple[Tensor, ...], batch: Batch) -> Tensor:
    """Cross-entropy and Dice on one-hot targets of the three heads, and presence of classes."""
    fused, label, skull, presence = outputs
    target, brain = batch.classes.long(), batch.brain.long()
    loss = head_loss(fused, target) + head_loss(label, target) + head_loss(skull, brain)
    occurs = F.one_hot(target, presence.shape[1]).amax((1, 2)).float()
    return loss + 0.1 * F.binary_cross_entropy(torch.sigmoid(presence).clamp(1e-3, 1 - 1e-3), occurs)


def head_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Of one head."""
    p = logits.softmax(1)
    g = F.one_hot(target, logits.shape[1]).permute(0, 3, 1, 2).float()
    overlap, total = (p * g).sum((0, 2, 3)), (p + g).sum((0, 2, 3))
    return F.cross_entropy(logits, target) + (1 - 2 * overlap / (total + 1e-4)).mean()


def main() -> None:
    """Print the machine, times, ratios, agreement of the losses, and what waiting for data costs."""
    arguments = command_line(__doc__, rounds=2)
    arguments.add_argument("--outputs", type=int, default=28)
    arguments.add_argument("--batch", type=int, default=2)
    arguments.add_argument("--side", type=int, default=128)
    arguments.add_argument("--filters", type=int, default=64)
    options = arguments.parse_args()
    device = choose_device(options.device)
    timings = in_turn_apart(
        {"released": released, "ours": ours}, options, rounds=options.rounds, device=device
    )
    begin(options)  # only now: the peer's process would inherit what it sets
    report_losses(options, device)
    print(f"{options.outputs} outputs, batch {options.batch} of {options.side} x {options.side}:")
    show(timings, against="released", per=options.batch, unit="slice")
    report_reading(examples(options), options, step_seconds=timings["ours"].median)


def released(options: argparse.Namespace) -> Callable[[], object]:
    """The peer's step, in a process as torch sets it up."""
    torch.set_num_threads(options.threads)
    device = choose_device(options.device)
    network = networks(options.outputs, options.filters, device)[0]
    batch = batch_of(examples(options), options).to(device)
    optimizer = torch.optim.SGD(
        network.train().parameters(), lr=RATE, momentum=0.9, weight_decay=1e-4
    )  # as the papers train

    def step() -> None:
        loss = released_loss(network(normalise(batch.stack)), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()

    return step


def ours(options: argparse.Namespace) -> Callable[[], object]:
    """Our step, in a process as `acenet.training.run` sets it up."""
    limit_threads(options.threads)
    device = choose_device(options.device)
    if device.type == "cpu":
        keep_freed_memory()
    network = networks(options.outputs, options.filters, device)[1]
    batch = batch_of(examples(options), options).to(device)
    optimizer = SGD(network.train().parameters(), rate=RATE, momentum=0.9, weight_decay=1e-4)

    def step() -> None:
        with for_training(network):
            train_step(network, optimizer, batch, 1.0, None)

    return step


def examples(options: argparse.Namespace) -> SliceDataset:
    """A volume of random numbers, of the size asked for."""
    random = np.random.default_rng(0)
    shape = (options.side, options.side, 64)
    image, classes, brain = (
        np.asfortranarray(random.integers(0, high, shape, dtype=np.uint8))
        for high in (256, options.outputs, 2)
    )
    return SliceDataset([LabelledVolume("random", image, classes, brain)], window=Window(S, S))


def batch_of(data: SliceDataset, options: argparse.Namespace) -> Batch:
    """The batch that both train on."""
    return data[list(range(10, 10 + options.batch))]


def report_losses(options: argparse.Namespace, device: torch.device) -> None:
    """Print both losses of both networks in evaluation mode, before any step."""
    theirs, ours = networks(options.outputs, options.filters, device)
    batch = batch_of(examples(options), options).to(device)
    stack = normalise(batch.stack)
    with torch.no_grad():
        losses = float(total_loss(ours(stack), batch)), float(released_loss(theirs(stack), batch))
    print(f"  the same loss: {losses[0]:.6f} and {losses[1]:.6f}")


def report_reading(data: SliceDataset, options: argparse.Namespace, *, step_seconds: float) -> None:
    """Seconds to read a batch of 256^3 volumes from files in the disk's cache, ours and theirs."""
    volume = np.asfortranarray(np.random.default_rng(0).integers(0, 28, (256, 256, 256), dtype=np.uint8))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "volume"
        np.save(path.with_suffix(".npy"), volume)
        mapped = np.load(path.with_suffix(".npy"), mmap_mode="r")
        large = SliceDataset([LabelledVolume("large", mapped, mapped, mapped)], window=Window(S, S))
        started = time.perf_counter()
        for first in range(8, 40, options.batch):
            large[list(range(first, first + options.batch))]
        ours = (time.perf_counter() - started) / len(range(8, 40, options.batch))
        started = time.perf_counter()
        for _ in range(options.batch):
            image, label, skull = (np.load(path.with_suffix(".npy")) for _ in range(3))
            (image.astype(np.float32) - 128) / 128, label.astype(np.int32), skull.astype(np.int32)
        theirs = time.perf_counter() - started
    scale = (256 / options.side) ** 2
    share = ours / (ours + step_seconds * scale)
    print(
        f"  reading a batch of 256 x 256: {ours * 1e3:.1f} ms, {share:.2%} of a step there; "
        f"the released way {theirs * 1e3:.0f} ms ({theirs / ours:.0f} x)"
    )


if __name__ == "__main__":
    main()
