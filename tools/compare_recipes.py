"""Dice on held-out training scans, and CPU seconds, of trainings under several settings of a preset.

python -m tools.compare_recipes results malc27/quicknatv2 malc133/sdnet \
    --try "today: {}" --try "sgd: {optimizer: sgd, learning_rate: null}" [--held-out 3] [--seeds 1 2]

Choices of settings must not be made on test scans. So some training scans of a finished run's `results` are held out,
the others are trained on, and the held-out ones are segmented. Each `--try` gives a name and the keys of the preset's
`training` (config.yaml) that differ. A second stage follows a first stage of the same settings; the seconds are both's.
Validation scans and test scans are not read. CPU seconds are those of the training alone: no start-up, no segmentation.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from acenet.augmentation.warp_rows import read_warp_rows
from acenet.config import Configuration, configuration_problems, message
from acenet.datasets.splits import read_split
from acenet.errors import InputError
from acenet.inference.volume import segment_volume
from acenet.metrics.overlap import dice, joint_histogram
from acenet.models.model_file import load_model
from acenet.networks import NETWORKS
from acenet.papers import get_training
from acenet.plan.study import Study
from acenet.protocols import SOURCE_OF, load_protocol
from acenet.training.run import TrainingFiles, load_subject, run_training

Section = Mapping[str, Any]


@dataclass(frozen=True)
class Data:
    """Folders of a training's conformed scans: those trained on, and those held out."""

    train: list[Path]
    held_out: list[Path]


def scans(results: Path, dataset: str, n_held_out: int, *, augmented: bool) -> Data:
    """The training scans of a data set; the last ones in the list's order are held out, and no warp of them is used."""
    source = SOURCE_OF[dataset]
    split = read_split(results / "splits" / f"{source}.csv")
    subjects = [subject for subject, part in split.items() if part == "train"]
    if not 0 < n_held_out < len(subjects):
        raise InputError(
            "--held-out",
            expected=f"between 1 and {len(subjects) - 1} of {dataset}'s scans",
            found=str(n_held_out),
        )
    train, held_out = subjects[:-n_held_out], subjects[-n_held_out:]
    folders = [results / "conformed" / source / subject for subject in train]
    if augmented:
        manifest = results / "warped" / source / "manifest.csv"
        kept = [row for row in read_warp_rows(manifest) if row["accepted"] == "yes" and row["atlas"] in train]
        folders += [manifest.parent / row["subject"] for row in kept]
    return Data(folders, [results / "conformed" / source / subject for subject in held_out])


def study_with(config: Mapping[str, Any], changes: Section) -> Study:
    """A study whose preset has other keys in its section `training`."""
    presets = config["presets"]
    preset = presets[config["preset"]]
    section = {**preset["training"], **changes}
    changed = {**config, "presets": {**presets, config["preset"]: {**preset, "training": section}}}
    if problems := configuration_problems(changed):
        raise SystemExit(message(problems))
    return Study(Configuration.model_validate(changed), list(NETWORKS))


def trained(study: Study, training_id: str, data: Data, folder: Path, seed: int) -> tuple[Path, float]:
    """The model file of a training, after that of what it starts from, and the CPU seconds of both."""
    training = get_training(training_id)
    first, spent = (
        (None, 0.0) if training.init_from is None else trained(study, training.init_from, data, folder, seed)
    )
    into = folder / training.model
    files = TrainingFiles(
        data.train, [], into / "model.pt", into / "log.csv", into / "checkpoints", init_from=first
    )
    settings = study.settings(training.dataset, training.model, seed)
    begun = time.process_time()
    run_training(settings, files, device="cpu")
    return files.model, spent + time.process_time() - begun


def mean_dice(model: Path, training_id: str, data: Data) -> float:
    """Over the held-out scans and the evaluated structures, as the tables compute it."""
    held = load_model(model)
    dataset = get_training(training_id).dataset
    evaluated = list(load_protocol(dataset).evaluated)
    scores = []
    for folder in data.held_out:
        volume = load_subject(folder, dataset)
        found = segment_volume(
            held.network, volume.image, view=held.settings.view, batch=16, device=torch.device("cpu")
        )
        scores.append(
            dice(joint_histogram(volume.classes, found.classes, held.settings.n_classes))[evaluated]
        )
    return float(np.nanmean(scores))


def compared(arguments: argparse.Namespace, config: Mapping[str, Any]) -> Iterator[str]:
    """A line of the table for each training, setting and seed."""
    tries = {name: changes for text in arguments.tries for name, changes in yaml.safe_load(text).items()}
    yield f"{'training':34} {'setting':28} seed   dice  CPU s"
    for training_id in arguments.trainings:
        training = get_training(training_id)
        data = scans(arguments.results, training.dataset, arguments.held_out, augmented=training.augmented)
        for name, changes in tries.items():
            study = study_with(config, changes or {})
            for seed in arguments.seeds:
                with tempfile.TemporaryDirectory(prefix="recipe-") as folder:
                    model, seconds = trained(study, training_id, data, Path(folder), seed)
                    score = mean_dice(model, training_id, data)
                yield f"{training_id:34} {name:28} {seed:4d} {score:6.3f} {seconds:6.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, help="folder of a run, with conformed scans and splits")
    parser.add_argument("trainings", nargs="+", help="ids such as malc27/quicknatv2")
    parser.add_argument("--try", dest="tries", action="append", help="YAML: a name and the keys that differ")
    parser.add_argument("--config", type=Path, default=Path("config.yaml"))
    parser.add_argument("--preset", help="of the configuration's, instead of its own choice")
    parser.add_argument("--held-out", type=int, default=2, help="training scans that are not trained on")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    arguments = parser.parse_args()
    arguments.tries = arguments.tries or ["as configured: {}"]
    config = yaml.safe_load(arguments.config.read_text(encoding="utf-8"))
    for line in compared(arguments, {**config, "preset": arguments.preset or config["preset"]}):
        print(line, flush=True)


if __name__ == "__main__":
    main()
