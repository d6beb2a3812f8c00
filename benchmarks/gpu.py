"""On a CUDA device: throughput of prediction and training in each precision and memory layout. Not run without one.

    python -m benchmarks.gpu [--outputs 28 139] [--batch 8] [--rounds 5]

For each combination: slices a second of prediction and of a training step, peak memory, and for predictions the
share of pixels that equal those in float32.
"""

import argparse
from contextlib import nullcontext
from itertools import product

import torch

from acenet.engine.modes import for_training
from acenet.inputs.stacks import Batch, normalise
from acenet.system.device import choose_device
from acenet.training.loop import train_step
from acenet.training.optimizers import SGD
from benchmarks.inference import SIDE, S, networks
from benchmarks.measuring import in_turn, machine


def main() -> None:
    """Print one line for each combination."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--outputs", type=int, nargs="+", default=[28, 139])
    arguments.add_argument("--batch", type=int, default=8)
    arguments.add_argument("--rounds", type=int, default=5)
    options = arguments.parse_args()
    device = choose_device("cuda")
    print(machine(device))
    for outputs in options.outputs:
        measure(outputs, options.batch, options.rounds, device)


def measure(outputs: int, batch: int, rounds: int, device: torch.device) -> None:
    """All precisions, layouts and ways to run, for one number of outputs."""
    draw = torch.Generator().manual_seed(0)
    seen = Batch(
        torch.randint(0, 256, (batch, 2 * S + 1, SIDE, SIDE), dtype=torch.uint8, generator=draw),
        torch.randint(0, outputs, (batch, SIDE, SIDE), dtype=torch.uint8, generator=draw),
        torch.randint(0, 2, (batch, SIDE, SIDE), dtype=torch.uint8, generator=draw),
    ).to(device)
    reference: torch.Tensor | None = None
    for precision, last, compiled in product(("float32", "tf32", "bfloat16"), (False, True), (False, True)):
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
        network = networks(outputs, 64, device)[1]
        if last:
            network = network.to(memory_format=torch.channels_last)
        run = torch.compile(network) if compiled else network
        cast = torch.autocast("cuda", torch.bfloat16) if precision == "bfloat16" else nullcontext()
        torch.cuda.reset_peak_memory_stats(device)
        found: list[torch.Tensor] = []

        def predict(run=run, cast=cast, found=found) -> None:
            with torch.inference_mode(), cast:
                found[:] = [run(normalise(seen.stack)).structures.argmax(1)]

        predicted = in_turn({"predict": predict}, rounds=rounds, device=device)["predict"].median
        reference = found[0].clone() if reference is None else reference
        optimizer = SGD(network.train().parameters(), rate=1e-3, momentum=0.9, weight_decay=0)

        def step(network=network, run=run, cast=cast, optimizer=optimizer) -> None:
            with cast, for_training(network):
                train_step(run, optimizer, seen, 1.0, None)

        trained = in_turn({"step": step}, rounds=rounds, device=device)["step"].median
        print(
            f"{outputs} outputs, {precision}{', channels last' * last}{', compiled' * compiled}: "
            f"{batch / predicted:.1f} slices/s predicted ({SIDE * predicted / batch:.2f} s a scan), "
            f"{batch / trained:.1f} trained, {torch.cuda.max_memory_allocated(device) / 2**30:.1f} GiB, "
            f"{(found[0] == reference).float().mean():.4%} of pixels as in float32",
            flush=True,
        )


if __name__ == "__main__":
    main()
