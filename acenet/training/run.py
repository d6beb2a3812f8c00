"""One training from conformed volumes to a model file."""

import csv
import logging
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import acenet
from acenet.conform.manifest import read_manifest, require_intact
from acenet.errors import InputError
from acenet.files.atomic import remove_leftovers, replacing
from acenet.imaging.io import map_uint8
from acenet.inference.volume import segment_volume
from acenet.inputs.patches import Patch, PatchDataset
from acenet.inputs.stacks import Examples, LabelledVolume, SliceDataset
from acenet.metrics.overlap import dice, joint_histogram
from acenet.models.model_file import TrainedModel, load_model, save_model, transfer_weights
from acenet.networks import build_network
from acenet.networks.outputs import SegmentationNetwork
from acenet.papers.sizes import Coarse
from acenet.protocols import Protocol, load_protocol
from acenet.system.device import choose_device, keep_freed_memory, limit_threads, set_deterministic
from acenet.system.versions import code_version
from acenet.training.checkpoint import Checkpoints, identity_digest, run_identity
from acenet.training.failures import advice_on_memory
from acenet.training.initial import set_initial_biases
from acenet.training.loop import LOG_FIELDS, LogRow, Validate, train
from acenet.training.losses import class_factors
from acenet.training.schedule import derived_seed
from acenet.training.settings import TrainingSettings

logger = logging.getLogger(__name__)

POOLINGS = 16  # four 2 x 2 poolings: both sides of a slice must be multiples of this


@dataclass(frozen=True)
class TrainingFiles:
    """Where a run reads and writes.

    Attributes
    ----------
    train, validation
        Folders of conformed subjects (image.nii, brainmask.nii, {dataset}.nii, conform.json).
    init_from
        Model file to start from, or None.
    protocol
        Table of a data set of one's own, or None.
    model, log
        Results.
    checkpoints
        Folder of the unfinished state.
    """

    train: Sequence[Path]
    validation: Sequence[Path]
    model: Path
    log: Path
    checkpoints: Path
    init_from: Path | None = None
    protocol: str | None = None


def run_training(
    settings: TrainingSettings,
    files: TrainingFiles,
    *,
    device: str = "auto",
    threads: int = 1,
    workers: int = 0,
    deterministic: bool = False,
    made_with: Mapping[str, str] | None = None,
) -> None:
    """Train one network and write its model file and its log, or continue where an earlier call was cut off.

    `made_with` names the code behind the run (acenet.system.code_digest): a state of other code is not resumed, and the
    model's card tells it.
    """
    limit_threads(threads)
    set_deterministic(deterministic)
    where = choose_device(device)
    if where.type == "cpu":
        keep_freed_memory()
    dataset = settings.training.split("/")[0]
    protocol = load_protocol(files.protocol or dataset)
    n_classes = settings.network.n_classes
    volumes = [load_subject(folder, dataset) for folder in files.train]
    if not volumes:
        raise InputError(settings.training, expected="at least one training subject", found="none")
    held_out = [load_subject(folder, dataset) for folder in files.validation]

    torch.manual_seed(derived_seed(settings.seed, settings.training, "weights"))
    network = build_network(settings.network)
    if settings.initial_bias == "frequencies":
        set_initial_biases(network, count_voxels(volumes, n_classes))
    if files.init_from is not None:
        transfer_weights(load_model(files.init_from), network, where=files.init_from)
    inputs = [folder / "conform.json" for folder in (*files.train, *files.validation)]
    first = [files.init_from] if files.init_from else []
    identity = run_identity(settings.as_dict(), [*inputs, *first], made_with)

    logger.info("%s: %d training and %d validation subjects", settings.training, len(volumes), len(held_out))
    with advice_on_memory(settings, where):
        log = train(
            network,
            training_examples(volumes, settings),
            settings,
            device=where,
            checkpoints=Checkpoints(files.checkpoints, identity),
            class_weights=class_factors(count_voxels(volumes, n_classes)).to(where)
            if settings.class_weights
            else None,
            validate=_validation(held_out, settings, where, protocol) if held_out else None,
            workers=workers,
        )
    card = {
        "dataset": dataset,
        "protocol": protocol.table(),
        "grid": dict(read_manifest(files.train[0]).grid),
        "settings": settings.as_dict(),
        "subjects": {"train": [v.subject for v in volumes], "validation": [v.subject for v in held_out]},
        "versions": {
            "acenet": acenet.__version__,
            "torch": str(torch.__version__),  # a class of its own, which a safe reader refuses
            "python": platform.python_version(),
            "commit": str(code_version()),
            **(made_with or {}),
        },
        "device": ", ".join(dict.fromkeys(str(row["device"]) for row in log)),
        "threads": threads,
        "deterministic": deterministic,
        "identity": identity_digest(identity),
    }
    remove_leftovers(files.model.parent)
    write_log(files.log, log)
    save_model(files.model, TrainedModel(network, settings.network, card))


def training_examples(volumes: Sequence[LabelledVolume], settings: TrainingSettings) -> Examples:
    """The volumes as what the network sees: stacks of slices or patches."""
    if settings.network.patch is not None:
        patch = Patch(settings.network.patch)
        return PatchDataset(volumes, patch=patch, per_volume=settings.patches_per_volume)
    every = SliceDataset(volumes, window=settings.network.window)
    slices = every if settings.empty_slices else every.labelled()
    sides = [volumes[0].image.shape[:2]]
    if settings.coarse is not None:
        sides.append(_smaller(settings, settings.coarse, sides[0]))
    alone = (len(slices) % settings.batch or settings.batch) == 1
    if alone and (POOLINGS, POOLINGS) in sides:
        raise InputError(
            settings.training,
            expected="slices larger than 16 x 16, or a batch that leaves no slice alone: batch normalisation has "
            "nothing to normalise in one pixel of one slice",
            found=f"{len(slices)} slices of 16 x 16 in batches of {settings.batch}",
        )
    return slices


def _smaller(settings: TrainingSettings, coarse: Coarse, shape: tuple[int, ...]) -> tuple[int, int]:
    """Sides of the smaller slices, if the networks can take them."""
    sides = (coarse.x, coarse.y)
    if (
        any(side < POOLINGS or side % POOLINGS for side in sides)
        or sides[0] > shape[0]
        or sides[1] > shape[1]
    ):
        raise InputError(
            f"{settings.training}, coarse",
            expected=f"sides that are multiples of {POOLINGS}, at most {shape[0]} x {shape[1]}",
            found=f"{coarse.x} x {coarse.y}",
        )
    return sides


def load_subject(folder: Path, dataset: str) -> LabelledVolume:
    """Memory maps of one conformed subject with the class map of `dataset`.

    Raises
    ------
    InputError
        A volume is not as it was written, they differ in shape, or a slice's sides are no multiples of 16.
    """
    require_intact(folder, (f"{name}.nii" for name in ("image", dataset, "brainmask")))
    image, classes, brain = (map_uint8(folder / f"{name}.nii") for name in ("image", dataset, "brainmask"))
    if not image.shape == classes.shape == brain.shape:
        raise InputError(
            folder,
            expected=f"image, class map and brain mask of shape {image.shape}",
            found=f"{classes.shape} and {brain.shape}",
        )
    if image.shape[0] % POOLINGS or image.shape[1] % POOLINGS:
        raise InputError(
            folder, expected=f"slices whose sides are multiples of {POOLINGS}", found=f"{image.shape[:2]}"
        )
    return LabelledVolume(folder.name, image, classes, brain)


def count_voxels(volumes: Sequence[LabelledVolume], n_classes: int) -> Tensor:
    """How many voxels each class has (C,), of all training volumes."""
    counts = sum(
        np.bincount(volume.classes.reshape(-1, order="F"), minlength=n_classes) for volume in volumes
    )
    return torch.as_tensor(counts)


def _validation(
    held_out: Sequence[LabelledVolume], settings: TrainingSettings, device: torch.device, protocol: Protocol
) -> Validate:
    """Mean Dice over the evaluated structures and the held-out subjects, as the tables compute it."""
    evaluated = list(protocol.evaluated)
    n_classes = settings.network.n_classes

    def validate(network: SegmentationNetwork) -> float:
        scores = []
        for volume in held_out:
            found = segment_volume(
                network, volume.image, view=settings.network.view, batch=settings.batch, device=device
            )
            scores.append(dice(joint_histogram(volume.classes, found.classes, n_classes))[evaluated])
        return float(np.nanmean(scores))

    return validate


def write_log(path: Path, log: Sequence[LogRow]) -> None:
    """The log as CSV, one row per epoch."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, LOG_FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(log)
