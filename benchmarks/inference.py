"""Prediction against the released network's computation, in turn on the same slices with the same weights.

    python benchmarks/inference.py [--outputs 28 139] [--slices 2] [--rounds 3] [--threads 1] [--device cpu]

Times are of the network and its argmax at the papers' size: 256 x 256, 64 filters, 11 slices, skull branch. The peer is
rebuilt from docs/fidelity.md in plain torch (peers/released_network.py) and takes slices in pairs without gradients,
as the released scripts do. Weights are random, with statistics that have seen data. A scan's time is that of its 256
slices, extrapolated; --scan MODEL IMAGE times a real one from file to file instead.
"""

import argparse
from pathlib import Path

import torch
from measuring import in_turn, machine, show
from peers.released_network import ReleasedNetwork
from torch import Tensor

from acenet.device import choose_device, limit_threads
from acenet.models import NetworkSettings, build_network
from acenet.models.outputs import SegmentationNetwork
from acenet.official.convert import load_released_state

S, SIDE, CLEAR = 5, 256, 1e-3


def main() -> None:
    """Print the machine, times, ratios and agreement."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--outputs", type=int, nargs="+", default=[28, 139])
    arguments.add_argument("--slices", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--side", type=int, default=SIDE)
    arguments.add_argument("--filters", type=int, default=64)
    arguments.add_argument("--device", default="cpu")
    options = arguments.parse_args()
    limit_threads(options.threads)
    device = choose_device(options.device)
    print(machine(device))
    for outputs in options.outputs:
        compare(outputs, options, device)


def compare(outputs: int, options: argparse.Namespace, device: torch.device) -> None:
    """One number of outputs."""
    theirs, ours = networks(outputs, options.filters, device)
    stacks = torch.randn(options.slices, 2 * S + 1, options.side, options.side, device=device)
    classes: dict[str, list[Tensor]] = {}

    def released() -> None:
        with torch.no_grad():
            classes["released"] = [theirs(pair)[0].argmax(1) for pair in stacks.split(2)]

    def exact() -> None:
        with torch.inference_mode():
            classes["exact"] = [ours.classify(one[None])[0] for one in stacks]

    timings = in_turn({"released": released, "exact": exact}, rounds=options.rounds, device=device)
    print(f"{outputs} outputs, {options.slices} slices of {options.side} x {options.side}:")
    show(timings, against="released", per=options.slices, unit="slice")
    for name, timing in timings.items():
        print(
            f"  {name}: {256 * timing.median / options.slices:.0f} s per scan of 256 such slices, extrapolated"
        )
    with torch.no_grad():
        best, second = torch.cat([theirs(pair)[0] for pair in stacks.split(2)]).topk(2, 1).values.unbind(1)
    differ = torch.cat(classes["exact"]) != torch.cat(classes["released"])
    print(
        f"  {differ.float().mean():.2e} of pixels differ, {int((differ & (best - second > CLEAR)).sum())} of them "
        f"where the two best logits are more than {CLEAR} apart ({(best - second > CLEAR).float().mean():.1%} of all)"
    )


def networks(outputs: int, filters: int, device: torch.device) -> tuple[ReleasedNetwork, SegmentationNetwork]:
    """The peer and ours with the same weights."""
    torch.manual_seed(0)
    theirs = ReleasedNetwork(outputs, S, filters=filters)
    with torch.no_grad():
        for _ in range(3):
            theirs(torch.randn(2, 2 * S + 1, 64, 64))
    ours = build_network(NetworkSettings("acenet", outputs, S, skull=True, filters=filters))
    load_released_state(ours, theirs.state_dict(), str(Path(__file__)))
    return theirs.eval().to(device), ours.eval().to(device)


if __name__ == "__main__":
    main()
