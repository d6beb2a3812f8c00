"""How the cost of a slice grows with outputs, with s, with the slice's side and with the slices at a time.

    python -m benchmarks.growth [--side 128] [--filters 64] [--rounds 3] [--threads 1] [--device cpu]

Prediction and training steps of ACEnet (s=5, skull branch, 28 outputs, batch 2 unless a line says otherwise), in turn
in one process. Each line: seconds a slice, and the ratio to the first line's.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from acenet.engine.modes import for_prediction, for_training
from acenet.inputs.stacks import Batch, normalise
from acenet.networks import NetworkSettings, build_network
from acenet.system.device import keep_freed_memory
from acenet.training.loop import train_step
from acenet.training.optimizers import SGD
from benchmarks.measuring import begin, command_line, in_turn


@dataclass(frozen=True)
class Case:
    """What is varied."""

    outputs: int = 28
    s: int = 5
    side: int = 128
    batch: int = 2

    def steps(self, filters: int, device: torch.device) -> tuple[Callable[[], object], Callable[[], object]]:
        """A prediction and a training step of one batch of random numbers."""
        torch.manual_seed(0)
        network = build_network(
            NetworkSettings("acenet", self.outputs, self.s, skull=True, filters=filters)
        ).to(device)
        stack = torch.randint(0, 256, (self.batch, 2 * self.s + 1, self.side, self.side), dtype=torch.uint8)
        classes = torch.randint(0, self.outputs, (self.batch, self.side, self.side), dtype=torch.uint8)
        batch = Batch(stack, classes, (classes > 0).byte()).to(device)
        optimizer = SGD(network.parameters(), rate=1e-3, momentum=0.9, weight_decay=0)

        def predict() -> None:
            network.eval()
            with torch.inference_mode(), for_prediction(network):
                network.classify(normalise(batch.stack))

        def train() -> None:
            network.train()
            with for_training(network):
                train_step(network, optimizer, batch, 1.0, None)

        return predict, train


def main() -> None:
    """Print the machine and one line per case, for prediction and for training."""
    arguments = command_line(__doc__, rounds=3)
    arguments.add_argument("--side", type=int, default=128)
    arguments.add_argument("--filters", type=int, default=64)
    options = arguments.parse_args()
    device = begin(options)
    if device.type == "cpu":
        keep_freed_memory()
    base = Case(side=options.side)
    cases = {
        "28 outputs, s=5": base,
        "63 outputs": replace(base, outputs=63),
        "139 outputs": replace(base, outputs=139),
        "s=0": replace(base, s=0),
        "s=10": replace(base, s=10),
        f"side {2 * options.side}": replace(base, side=2 * options.side),
        "batch 1": replace(base, batch=1),
        "batch 4": replace(base, batch=4),
    }
    steps = {name: case.steps(options.filters, device) for name, case in cases.items()}
    for number, what in enumerate(("prediction", "training step")):
        timings = in_turn(
            {name: step[number] for name, step in steps.items()}, rounds=options.rounds, device=device
        )
        per_slice = {
            name: replace(timing, seconds=tuple(value / cases[name].batch for value in timing.seconds))
            for name, timing in timings.items()
        }
        print(f"{what}:")
        first = next(iter(per_slice.values()))
        for name, timing in per_slice.items():
            print(f"  {name}: {timing.median:.3f} s a slice, {timing.median / first.median:.2f} of the first")


if __name__ == "__main__":
    main()
