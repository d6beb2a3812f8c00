"""`acenet segment` from file to file: exact and with --fast, in turn on the same scans, and how far they agree.

    python -m benchmarks.whole_scan SCAN... [--model model.pt] [--rounds 1] [--threads 1] [--device cpu]

Times hold everything: reading, conform, network, labels on the scan's own grid, volumes, picture, writing. Without
--model it takes an ACEnet of the papers' size, 64 filters on 256^3, whose weights are random, so that its labels mean
nothing; benchmarks.inference compares such a network with the released one's computation. Agreement is of the
label maps: all voxels, and those that exact labels.
"""

import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path

import nibabel as nib
import numpy as np
import torch

from acenet.imaging.grid import Grid
from acenet.models.model_file import TrainedModel, save_model
from acenet.networks import NetworkSettings
from acenet.protocols import load_protocol
from acenet.segment.find_scans import ScanFile, find_scans
from acenet.segment.many_scans import segment_scans
from acenet.segment.segmenter import load_segmenter
from acenet.system.out_of_memory import Workplace
from acenet.system.progress import Progress
from benchmarks.inference import S, networks
from benchmarks.measuring import begin, command_line, in_turn, show


def main() -> None:
    """Print the machine, seconds a scan, their ratio, and agreement."""
    arguments = command_line(__doc__, rounds=1)
    arguments.add_argument("scans", nargs="+", type=Path)
    arguments.add_argument("--model", type=Path)
    arguments.add_argument("--dataset", default="malc133", help="of the papers, where there is no --model")
    options = arguments.parse_args()
    device = begin(options)
    scans = find_scans(options.scans)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        segmenter = load_segmenter(options.model or random_model(folder / "model.pt", options.dataset))

        def segment(way: str) -> None:
            work = Workplace(device, 4, fast=way == "fast")
            outcome = segment_scans(
                scans, segmenter, folder / way, work=work, progress=Progress(len(scans), None), overwrite=True
            )
            if outcome.failed:
                raise SystemExit("\n".join(outcome.failed.values()))

        contestants = {way: partial(segment, way) for way in ("exact", "fast")}
        timings = in_turn(
            contestants, rounds=options.rounds, warm_up=options.model is not None, device=device
        )
        print(
            f"{segmenter.training}, {segmenter.protocol.name}, grid {segmenter.grid.shape}, {len(scans)} scans:"
        )
        show(timings, against="exact", per=len(scans), unit="scan")
        report_agreement(folder, scans)


def random_model(path: Path, dataset: str) -> Path:
    """A network of the papers' size as a model file."""
    protocol = load_protocol(dataset)
    settings = NetworkSettings("acenet", protocol.n_classes, S, skull=True, filters=64)
    network = networks(protocol.n_classes, 64, torch.device("cpu"))[1]
    grid = Grid()
    card = {
        "dataset": dataset,
        "protocol": protocol.table(),
        "grid": {**asdict(grid), "shape": list(grid.shape)},
        "settings": {"training": f"{dataset}/random"},
    }
    save_model(path, TrainedModel(network, settings, card))
    return path


def report_agreement(folder: Path, scans: list[ScanFile]) -> None:
    """Print the shares of equal voxels, over all scans and of the worst."""
    equal, inside = [], []
    for scan in scans:
        exact, fast = (
            np.asarray(nib.load(folder / way / f"{scan.name}_labels.nii.gz").dataobj)
            for way in ("exact", "fast")
        )
        equal.append(float((exact == fast).mean()))
        inside.append(float((exact == fast)[exact > 0].mean()))
    for what, shares in (("voxels", equal), ("labelled voxels", inside)):
        print(f"  {what} equal: {np.mean(shares):.4%}, worst scan {min(shares):.4%}")


if __name__ == "__main__":
    main()
