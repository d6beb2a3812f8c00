"""A phantom of a head, and a small network that sees something in it.

python -m tests.support.small_model SCAN MODEL      writes both
"""

import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from acenet.imaging.grid import Grid
from acenet.imaging.io import write_volume
from acenet.inputs.stacks import normalise
from acenet.models.model_file import TrainedModel, save_model
from acenet.networks import NetworkSettings, build_network
from acenet.protocols import load_protocol

SHAPE, MM = (22, 26, 24), 6.0
AFFINE = np.array([[-MM, 0, 0, 64], [0, MM, 0, -70], [0, 0, MM, -75], [0, 0, 0, 1]])
GRID = Grid((32, 32, 26), MM, "brain")
SPREAD = 3.0  # of the logits; those of random weights are so alike that all probabilities would be, too
SETTINGS = NetworkSettings("acenet", 28, s=1, skull=True, filters=4, kernel=3, dropout=0.2)


def head(seed: int = 0) -> np.ndarray:
    """A ball with a shell around it and noise, (I, J, K) int16."""
    places = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    distance = np.linalg.norm(places - (11, 12, 12), axis=-1)
    grey = 500 * (distance < 7) + 150 * (distance < 4) + 800 * ((distance > 8) & (distance < 9.5))
    noise = np.random.default_rng(seed).integers(0, 60, SHAPE)
    return (grey + noise * (distance < 9.5)).astype(np.int16)


def write_head(path: Path, *, seed: int = 0, affine: np.ndarray = AFFINE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_volume(path, head(seed), affine)
    return path


def write_model(path: Path, *, settings: NetworkSettings = SETTINGS, **card: object) -> Path:
    """A network with random weights whose heads prefer no class; `card` replaces parts of its card."""
    torch.manual_seed(3)
    network = build_network(settings)
    seen = normalise(torch.randint(0, 256, (6, settings.channels, 32, 32)).float())
    with torch.no_grad():
        for _ in range(3):
            network(seen)
        outputs = network.eval()(seen)
        for name, output in outputs._asdict().items():
            if output is not None and name != "presence":
                head = getattr(network, f"{name}_head")
                last = head[-1] if isinstance(head, torch.nn.Sequential) else head
                last.bias -= (mean := output.mean((0, 2, 3)))
                sharper = SPREAD / (output - mean[:, None, None]).std()
                last.weight *= sharper
                last.bias *= sharper
    whole: dict[str, object] = {
        "dataset": "malc27",
        "protocol": load_protocol("malc27").table(),
        "grid": {**asdict(GRID), "shape": list(GRID.shape)},
        "settings": {"training": "malc27/small"},
        "versions": {"acenet": "0"},
    }
    save_model(path, TrainedModel(network, settings, whole | card))
    return path


if __name__ == "__main__":
    write_head(Path(sys.argv[1]))
    write_model(Path(sys.argv[2]))
