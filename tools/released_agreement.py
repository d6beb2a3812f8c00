"""How far forward passes in single precision are from the released network's in double precision.

    python -m tools.released_agreement SCAN... [--slices 2] [--outputs 28] [--filters 64]

The same random weights, statistics that have seen data. Contestants: the released network in plain torch, and ours as
training and as prediction compute it; on slices spread over each scan's head, and on
noise of their size. Of the fused logits: the largest deviation, relative to the largest logit; the share of logits
that deviate by more than 1e-5 of it; the share of pixels with another class.
"""

import argparse
import copy
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from acenet.conform.subject import conform_image
from acenet.engine.head_box import head_boxes
from acenet.engine.modes import for_prediction, for_training
from acenet.imaging.grid import Grid
from acenet.imaging.io import read_image
from acenet.inputs.stacks import Window, extract_stacks, normalise
from acenet.system.device import limit_threads
from benchmarks.inference import SIDE, S, networks

CLOSE = 1e-5


def main() -> None:
    """Print a line for each contestant and kind of slice, then one of all slices."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("scans", nargs="+", type=Path)
    parser.add_argument("--slices", type=int, default=2, help="of each scan")
    parser.add_argument("--outputs", type=int, default=28)
    parser.add_argument("--filters", type=int, default=64)
    options = parser.parse_args()
    limit_threads(1)
    theirs, ours = networks(options.outputs, options.filters, torch.device("cpu"))
    exact = copy.deepcopy(theirs).double()

    def training(stack: Tensor) -> Tensor:
        with torch.no_grad(), for_training(ours):
            return ours(stack).fused

    def prediction(stack: Tensor) -> Tensor:
        with torch.inference_mode(), for_prediction(ours):
            return ours(stack).fused

    def released(stack: Tensor) -> Tensor:
        with torch.no_grad():
            return theirs(stack)[0]

    contestants = {"released": released, "ours, training": training, "ours, prediction": prediction}
    worst: dict[str, list[tuple[float, float, float]]] = {}
    for name, stack in stacks(options.scans, options.slices):
        with torch.no_grad():
            wanted = exact(stack.double())[0]
        for who, run in contestants.items():
            found = deviation(run, stack, wanted)
            worst.setdefault(who, []).append(found)
            print(f"{name}, {who}: {found[0]:.1e}, {found[1]:.1e}, {found[2]:.1e}", flush=True)
    for who, rows in worst.items():
        print(
            who,
            *(f"{max(column):.1e}" for column in zip(*rows, strict=True)),
            f"at most, of {len(rows)} slices",
        )


def stacks(scans: list[Path], number: int) -> Iterator[tuple[str, Tensor]]:
    """Names and stacks (1, 2S+1, 256, 256), normalised: of noise, then of each scan."""
    for seed in range(number):
        yield (
            f"noise {seed}",
            torch.randn(1, 2 * S + 1, SIDE, SIDE, generator=torch.Generator().manual_seed(seed)),
        )
    for path in scans:
        image, _ = conform_image(read_image(path), Grid())
        heads = sorted(head_boxes(image))
        for i in range(number):
            k = heads[len(heads) * (2 * i + 1) // (2 * number)]
            yield (
                f"{path.name} {k}",
                normalise(torch.from_numpy(extract_stacks(image, [k], window=Window(S, S)))),
            )


def deviation(run: Callable[[Tensor], Tensor], stack: Tensor, wanted: Tensor) -> tuple[float, float, float]:
    """Largest deviation, share of logits beyond CLOSE (both of the largest logit), share of other classes."""
    logits = run(stack).double()
    apart = (logits - wanted).abs() / wanted.abs().max()
    other = logits.argmax(1) != wanted.argmax(1)
    return float(apart.max()), float((apart > CLOSE).double().mean()), float(other.double().mean())


if __name__ == "__main__":
    main()
