"""Prediction against the released network's computation, in turn on the same slices with the same weights.

    python -m benchmarks.inference [--scan head.nii.gz] [--outputs 28 139] [--slices 2] [--rounds 3] [--device cpu]

Times are of the network and its argmax at the papers' size: 256 x 256, 64 filters, 11 slices, skull branch. The peer is
rebuilt from docs/fidelity.md in plain torch (peers/released_network.py) and takes slices in pairs without gradients,
as the released scripts do. Weights are random, with statistics that have seen data. `exact` is what `segment_volume`
does, `fast` what it does with `quick=True`: the scan says which slices and which parts of them hold a head (without
--scan an ellipsoid of a head's size in noise). Scans are extrapolated from the slices that are timed, evenly spread.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from acenet.conform.subject import conform_image
from acenet.engine.head_box import HeadBox, head_boxes
from acenet.engine.head_only import EVERY, classify_part
from acenet.engine.modes import for_prediction
from acenet.imaging.grid import Grid
from acenet.imaging.io import read_image
from acenet.inputs.stacks import Uint8, Window, extract_stacks, normalise
from acenet.models.released.convert import load_released_state
from acenet.networks import NetworkSettings, build_network
from acenet.networks.outputs import SegmentationNetwork
from benchmarks.measuring import begin, command_line, in_turn, show
from benchmarks.peers.released_network import ReleasedNetwork

S, SIDE, CLEAR = 5, 256, 1e-3


def main() -> None:
    """Print the machine, times, ratios and agreement."""
    arguments = command_line(__doc__, rounds=3)
    arguments.add_argument("--outputs", type=int, nargs="+", default=[28, 139])
    arguments.add_argument("--scan", type=Path, help="of a whole head, NIfTI or MGZ")
    arguments.add_argument("--slices", type=int, default=2)
    arguments.add_argument("--filters", type=int, default=64)
    options = arguments.parse_args()
    device = begin(options)
    image = conform_image(read_image(options.scan), Grid())[0] if options.scan else ellipsoid()
    boxes = head_boxes(image)
    share = (
        sum((box.bottom - box.top) * (box.right - box.left) for box in boxes.values()) / len(boxes) / SIDE**2
    )
    print(
        f"{options.scan or 'ellipsoid'}: {len(boxes)} of {SIDE} slices hold head, its boxes {share:.0%} of them"
    )
    chosen = [sorted(boxes)[len(boxes) * (2 * i + 1) // (2 * options.slices)] for i in range(options.slices)]
    for outputs in options.outputs:
        compare(outputs, image, {k: boxes[k] for k in chosen}, len(boxes), options, device)


def compare(
    outputs: int,
    image: Uint8,
    boxes: dict[int, HeadBox],
    kept: int,
    options: argparse.Namespace,
    device: torch.device,
) -> None:
    """One number of outputs, on the slices of `boxes`; `kept` slices of the scan hold head."""
    theirs, ours = networks(outputs, options.filters, device)
    stacks = normalise(torch.from_numpy(extract_stacks(image, list(boxes), window=Window(S, S)))).to(device)
    classes: dict[str, list[Tensor]] = {}
    with torch.inference_mode(), for_prediction(ours):
        beyond = [
            classify_part(ours, one[None], box, None)[2]
            for one, box in zip(stacks, boxes.values(), strict=True)
        ]

    def released() -> None:
        with torch.no_grad():
            classes["released"] = [theirs(pair)[0].argmax(1) for pair in stacks.split(2)]

    def exact() -> None:
        with torch.inference_mode(), for_prediction(ours):
            classes["exact"] = [ours.classify(one[None])[0] for one in stacks]

    def part() -> None:
        with torch.inference_mode(), for_prediction(ours):
            for one, box, air in zip(stacks, boxes.values(), beyond, strict=True):
                classify_part(ours, one[None], box, air)

    contestants = {"released": released, "exact": exact} | ({"part": part} if device.type == "cpu" else {})
    timings = in_turn(contestants, rounds=options.rounds, device=device)
    print(f"{outputs} outputs, slices {', '.join(map(str, boxes))}:")
    show(timings, against="released", per=len(boxes), unit="slice")
    scan = {name: SIDE * timing.median / len(boxes) for name, timing in timings.items()}
    if "part" in scan:
        scan["fast"] = kept / SIDE * (scan["exact"] / EVERY + scan.pop("part") * (1 - 1 / EVERY))
    for name, seconds in scan.items():
        print(
            f"  scan, {name}: {seconds:.0f} s, {scan['released'] / seconds:.2f} x faster than released; extrapolated"
        )
    with torch.no_grad():
        best, second = torch.cat([theirs(pair)[0] for pair in stacks.split(2)]).topk(2, 1).values.unbind(1)
    differ, clear = torch.cat(classes["exact"]) != torch.cat(classes["released"]), best - second > CLEAR
    print(
        f"  exact: {differ.float().mean():.2e} of pixels differ, {int((differ & clear).sum())} of them where the two "
        f"best logits are more than {CLEAR} apart ({clear.float().mean():.1%} of all)"
    )


def ellipsoid() -> Uint8:
    """A head's size, 150 x 230 x 190 mm, in noisy air; (X, Y, Z) uint8."""
    random = np.random.default_rng(0)
    x, y, z = (np.square((np.arange(SIDE) - 128) / half) for half in (75, 115, 95))
    inside = x[:, None, None] + y[:, None] + z < 1
    grey = np.where(inside, random.normal(110, 25, inside.shape), np.abs(random.normal(0, 3, inside.shape)))
    return np.asfortranarray(grey.clip(0, 255).astype(np.uint8))


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
