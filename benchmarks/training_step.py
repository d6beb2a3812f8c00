"""A training step against the released loop's, in turn on the same batch with the same weights.

    python benchmarks/training_step.py [--outputs 28] [--batch 2] [--side 128] [--rounds 2] [--threads 1] [--device cpu]

The peer is the released network (peers/released_network.py) with its losses as the papers write them, on one-hot
targets, SGD, and a batch that is read as the released loader reads it: three whole volumes per slice. Times follow
the number of pixels; the papers' slices have 256 x 256.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from inference import S, networks
from measuring import in_turn, machine, show
from torch import Tensor
from torch.nn import functional as F

from acenet.device import choose_device, limit_threads
from acenet.slices import Batch, LabelledVolume, SliceDataset, Window, normalise
from acenet.training.loop import train_step

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
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--outputs", type=int, default=28)
    arguments.add_argument("--batch", type=int, default=2)
    arguments.add_argument("--side", type=int, default=128)
    arguments.add_argument("--filters", type=int, default=64)
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--device", default="cpu")
    options = arguments.parse_args()
    limit_threads(options.threads)
    device = choose_device(options.device)
    print(machine(device))
    theirs, ours = networks(options.outputs, options.filters, device)
    random = np.random.default_rng(0)
    shape = (options.side, options.side, 64)
    image, classes, brain = (
        np.asfortranarray(random.integers(0, high, shape, dtype=np.uint8))
        for high in (256, options.outputs, 2)
    )
    data = SliceDataset([LabelledVolume("random", image, classes, brain)], window=Window(S, S))
    batch = data[list(range(10, 10 + options.batch))].to(device)

    stack = normalise(batch.stack)
    with torch.no_grad():
        ours_once, theirs_once = losses_once(ours, theirs, stack, batch)
    print(f"  the same loss: {ours_once:.6f} and {theirs_once:.6f}")
    optimizers = {
        name: torch.optim.SGD(network.train().parameters(), lr=RATE, momentum=0.9, weight_decay=1e-4)
        for name, network in (("released", theirs), ("ours", ours))
    }

    def released() -> None:
        loss = released_loss(theirs(normalise(batch.stack)), batch)
        optimizers["released"].zero_grad()
        loss.backward()
        optimizers["released"].step()
        loss.item()

    def step() -> None:
        train_step(ours, optimizers["ours"], batch, RATE, None)

    timings = in_turn({"released": released, "ours": step}, rounds=options.rounds, device=device)
    print(f"{options.outputs} outputs, batch {options.batch} of {options.side} x {options.side}:")
    show(timings, against="released", per=options.batch, unit="slice")
    report_reading(data, options, step_seconds=timings["ours"].median)


def losses_once(
    ours: torch.nn.Module, theirs: torch.nn.Module, stack: Tensor, batch: Batch
) -> tuple[float, float]:
    """Both losses of both networks in evaluation mode, before any step."""
    from acenet.training.losses import total_loss

    return float(total_loss(ours(stack), batch)), float(released_loss(theirs(stack), batch))


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
