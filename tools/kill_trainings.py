"""Kills trainings with SIGKILL at random instants and compares what comes out with runs that never stopped.

python -m tools.kill_trainings [--kills 60] [--seed 1] [--workers 0 1] [--models quicknatv2-cw ...]

Each run is a process of its own that trains a tiny network with dropout, two stages' heads, validation and class
weights. It is killed at an instant drawn between its start and its expected end, started again, killed again, and
so on; every third kill falls into the writing of a checkpoint. In the end the weights must be the same bit by
bit, and so must the model's card and the log but for its costs. Data-loader workers are killed with the training.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from acenet.conform.manifest import Manifest, write_manifest
from acenet.imaging.io import write_uint8
from acenet.models.model_file import load_model
from acenet.papers import get_training
from acenet.training.run import TrainingFiles, run_training
from acenet.training.settings import Coarse, Sizes, training_settings

SIZES = Sizes(epochs=4, batch=3, filters=4, kernel=3, dropout=0.1)
RUNS = {  # model: sizes; SGD with class weights and dropout, the small presets' recipe, Adam on cubes
    "quicknatv2-cw": SIZES,
    "acenet-s5-stage1": SIZES,
    "acenet-s5-skull-e2e": Sizes(
        epochs=2.2,
        batch=4,
        filters=4,
        kernel=3,
        dropout=0.1,
        optimizer="muon",
        learning_rate=0.03,
        schedule="linear",
        warmup=0.1,
        initial_bias="frequencies",
        coarse=Coarse(0.6, 16, 16),
        empty_slices=False,
        norm_statistics="training_set",
        validation="end",
        lowest_rate=0.5,
        averaging=0.5,
    ),
    "unet3d": Sizes(epochs=4, filters=8, optimizer="adam", patch=8, patch_batch=3, patches_per_volume=3),
}
KILLS_A_RUN = 3  # at most; then the run is left to end
WRITES = ("fsync", "replace")  # calls within the writing of a checkpoint


@dataclass(frozen=True)
class Outcome:
    """What a run left: digests of its weights and of its model's card but for the code's versions, and its log."""

    weights: str
    card: str
    log: str


@dataclass
class Tally:
    """Kills that met a living run, by whether they were aimed at the writing of a checkpoint; and runs that differ."""

    anywhere: int = 0
    writing: int = 0
    runs: int = 0
    different: int = 0

    @property
    def kills(self) -> int:
        return self.anywhere + self.writing


def write_subject(folder: Path, seed: int) -> Path:
    """A conformed subject of malc27 with random classes, (16, 32, 8) voxels."""
    random = np.random.default_rng(seed)
    classes = random.integers(0, 28, (16, 32, 8), dtype=np.uint8)
    write_uint8(folder / "malc27.nii", classes, np.eye(4))
    write_uint8(folder / "image.nii", classes * 9, np.eye(4))
    write_uint8(folder / "brainmask.nii", (classes > 0).astype(np.uint8), np.eye(4))
    write_manifest(
        folder,
        Manifest(
            subject=folder.name,
            grid={"shape": [16, 32, 8], "voxel_mm": 1.0, "centre": "field"},
            affine=np.eye(4).tolist(),
            protocols=["malc27"],
            mask=None,
            sha256={"raw": str(seed)},
            written={},
        ),
    )
    return folder


def files(data: Sequence[Path], folder: Path) -> TrainingFiles:
    """Two training subjects, one for validation."""
    return TrainingFiles(
        train=data[:2],
        validation=data[2:],
        model=folder / "model.pt",
        log=folder / "log.csv",
        checkpoints=folder / "checkpoints",
    )


def train(model: str, where: TrainingFiles, workers: int, killed_in: tuple[str, int] | None = None) -> None:
    """Train to the end; with `killed_in`, up to the n-th call of an `os` function, half of them before it acts."""
    settings = training_settings(get_training(f"malc27/{model}"), RUNS[model], seed=1)
    if killed_in is not None:
        kill_at_call(*killed_in)
    run_training(settings, where, device="cpu", workers=workers)


def kill_at_call(name: str, number: int) -> None:
    """Let this process kill itself around the `number`-th call of os.fsync or Path.replace."""
    owner: object = os if name == "fsync" else Path
    original: Callable[..., object] = getattr(owner, name)
    calls = iter(range(1, 10**6))

    def deadly(*arguments: object) -> object:
        if (call := next(calls)) == number and number % 2:
            os.kill(os.getpid(), signal.SIGKILL)
        done = original(*arguments)
        if call == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(owner, name, deadly)


def started(target: Callable[..., None], *arguments: object) -> multiprocessing.process.BaseProcess:
    """A forked process: it starts in milliseconds, since torch is imported already."""
    process = multiprocessing.get_context("fork").Process(target=in_a_group, args=(target, *arguments))
    process.start()
    return process


def in_a_group(target: Callable[..., None], *arguments: object) -> None:
    """Run in a process group of its own, so that data-loader workers can be killed as well."""
    os.setpgid(0, 0)
    target(*arguments)


def kill(process: multiprocessing.process.BaseProcess) -> bool:
    """SIGKILL for the process and its workers; False if it had ended by itself."""
    alive = process.is_alive()
    if alive and process.pid is not None:
        os.killpg(process.pid, signal.SIGKILL)
    process.join()
    return alive and process.exitcode == -signal.SIGKILL


def outcome(where: TrainingFiles) -> Outcome:
    model = load_model(where.model)
    weights = hashlib.sha256()
    for name, tensor in model.network.state_dict().items():
        weights.update(name.encode() + tensor.numpy().tobytes())
    card = {
        name: value for name, value in model.card.items() if name != "versions"
    }  # whether files were edited
    log = pd.read_csv(where.log, dtype=str).drop(columns=["seconds", "cpu_seconds", "peak_memory_mb"])
    return Outcome(weights.hexdigest(), json.dumps(card, sort_keys=True), log.to_csv(index=False))


def whole(model: str, data: Sequence[Path], folder: Path, workers: int) -> tuple[Outcome, float]:
    """A run that is never killed, and its seconds."""
    begun = time.monotonic()
    process = started(train, model, files(data, folder), workers)
    process.join()
    if process.exitcode:
        raise SystemExit(f"{model}: the run that is not killed failed")
    return outcome(files(data, folder)), time.monotonic() - begun


def interrupted(
    model: str,
    where: TrainingFiles,
    workers: int,
    *,
    seconds: float,
    random: np.random.Generator,
    tally: Tally,
) -> Outcome:
    """A run that is killed up to `KILLS_A_RUN` times and then left to end."""
    for _ in range(KILLS_A_RUN):
        if (tally.kills + 1) % 3 == 0:
            call = (str(random.choice(WRITES)), int(random.integers(1, 9)))
            process = started(train, model, where, workers, call)
            process.join()
            tally.writing += process.exitcode == -signal.SIGKILL
        else:
            process = started(train, model, where, workers)
            process.join(timeout=random.uniform(0.02, seconds))
            tally.anywhere += kill(process)
        if process.exitcode == 0:
            break
    process = started(train, model, where, workers)
    process.join()
    if process.exitcode:
        raise SystemExit(f"{model}: the resumed run failed; its folder is {where.checkpoints.parent}")
    return outcome(where)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1], help="data-loader workers, in turn")
    parser.add_argument("--models", nargs="+", choices=RUNS, default=list(RUNS))
    arguments = parser.parse_args()
    random, tally = np.random.default_rng(arguments.seed), Tally()
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        root = Path(name)
        data = [write_subject(root / subject, seed) for seed, subject in enumerate(("a", "b", "c"))]
        plans = [(model, workers) for workers in arguments.workers for model in arguments.models]
        expected = {plan: whole(plan[0], data, root / f"whole-{k}", plan[1]) for k, plan in enumerate(plans)}
        same = all(expected[model, w][0] == expected[model, plans[0][1]][0] for model, w in plans)
        while tally.kills < arguments.kills:
            model, workers = plans[tally.runs % len(plans)]
            result, seconds = expected[model, workers]
            where = files(data, root / f"run-{tally.runs}")
            found = interrupted(model, where, workers, seconds=seconds, random=random, tally=tally)
            tally.different += found != result
            tally.runs += 1
    print(
        f"{tally.kills} kills ({tally.writing} of them within the writing of a checkpoint) of {tally.runs} runs, "
        f"seed {arguments.seed}; workers {arguments.workers}; models and logs that differ: {tally.different}; "
        f"workers change the result: {'no' if same else 'yes'}"
    )
    return int(tally.different > 0 or not same)


if __name__ == "__main__":
    sys.exit(main())
