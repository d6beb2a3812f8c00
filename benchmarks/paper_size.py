"""The `paper` preset at its true sizes on this machine: one training step, one validation, one predicted scan.

Shows that shapes and memory work where no GPU is at hand; the volumes hold random numbers, since neither time nor
memory depends on what is in them.

    python -m benchmarks.paper_size [--training malc133/acenet-s5-skull-twostage] [--threads 2]
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import torch
import yaml

from acenet.config import Configuration
from acenet.engine.modes import for_training
from acenet.inference.volume import segment_volume
from acenet.inputs.stacks import LabelledVolume
from acenet.metrics.overlap import dice, joint_histogram
from acenet.networks import NETWORKS, build_network
from acenet.plan.study import Study
from acenet.training.loop import make_optimizer, train_step
from acenet.training.run import training_examples


def main() -> None:
    """Print one line per measurement."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--training", default="malc133/acenet-s5-skull-twostage")
    arguments.add_argument(
        "--slices", type=int, default=256, help="of the predicted scan; 256 is the true size"
    )
    arguments.add_argument("--validation-slices", type=int, default=32, help="of the validation scan")
    arguments.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)

    config = yaml.safe_load((Path(__file__).parents[1] / "config.yaml").read_text(encoding="utf-8"))
    study = Study(Configuration.model_validate(config | {"preset": "paper"}), NETWORKS)
    settings = study.settings(*options.training.split("/"), seed=study.seeds[0])
    network = build_network(settings.network)
    n_classes, (x, y, _) = settings.network.n_classes, study.grid.shape
    shape = (x, y, options.slices)
    print(f"{options.training}: {settings.network}, batch {settings.batch}, {options.threads} threads")

    random = np.random.default_rng(0)
    image, classes, brain = (
        np.asfortranarray(random.integers(0, high, shape, dtype=np.uint8)) for high in (256, n_classes, 2)
    )
    data = training_examples([LabelledVolume("random", image, classes, brain)], settings)
    optimizer = make_optimizer(network, settings)
    batch = data[list(range(settings.batch))]
    for step in (1, 2):
        started = time.monotonic()
        with for_training(network):
            loss = train_step(network, optimizer, batch, 1.0, None)
        report(f"training step {step}, loss {loss:.3f}", started, per=settings.batch)

    for task, slices in (("validation", options.validation_slices), ("prediction", options.slices)):
        started = time.monotonic()
        found = segment_volume(
            network,
            image[:, :, :slices],
            view=settings.network.view,
            batch=study.config.chosen.prediction.batch,
            device=torch.device("cpu"),
        )
        score = np.nanmean(dice(joint_histogram(classes[:, :, :slices], found.classes, n_classes)))
        report(f"{task} of {found.classes.shape}, mean Dice {score:.3f}", started, per=slices)


def report(what: str, started: float, *, per: int) -> None:
    """One line: seconds, seconds per slice, and the highest memory so far."""
    seconds = time.monotonic() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{what}: {seconds:.1f} s, {seconds / per:.2f} s a slice, peak memory {memory:.1f} GiB", flush=True)


if __name__ == "__main__":
    main()
