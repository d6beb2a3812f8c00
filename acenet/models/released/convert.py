"""A released checkpoint as a model file of this program."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import Tensor

import acenet
from acenet.errors import InputError
from acenet.files.checksums import sha256_of
from acenet.models.model_file import TrainedModel, read_card, save_model
from acenet.models.released import RELEASED
from acenet.models.released.checkpoint import read_released_state
from acenet.models.released.parameter_names import described_network, released_name, shortened
from acenet.models.released.releases import ADDRESS, Release
from acenet.networks import NetworkSettings, build_network
from acenet.networks.outputs import SegmentationNetwork
from acenet.papers import get_training
from acenet.papers.sizes import Sizes, network_settings
from acenet.papers.trainings import DATASETS
from acenet.protocols import load_protocol

logger = logging.getLogger(__name__)

DROPOUT = 0.1  # of the released code; no shape tells it, and predictions do not depend on it
GRID = {"shape": [256, 256, 256], "voxel_mm": 1.0, "centre": "field"}  # of `mri_convert --conform`


def import_checkpoint(
    checkpoint: Path, training: str, out: Path, *, release: Release | None = None
) -> TrainedModel:
    """Convert a released checkpoint (`checkpoint*.pth.tar`), write it as a model file and return it.

    Parameters
    ----------
    training
        Id of one of the papers' trainings, whose network the checkpoint must hold; or a data set alone (`malc27`),
        where the network is the one that the weights' shapes describe.
    release
        Which of the authors' files it is, if one of those known by name; the model is called after it.

    Raises
    ------
    InputError
        The file cannot be read without executing it; its network is another one; any weight is missing, unexpected, of
        another shape or no finite number: all of them are listed; or `out` is something else already.
    """
    _check_place(out, checkpoint)
    state = read_released_state(checkpoint)
    described = replace(described_network(state, str(checkpoint)), dropout=DROPOUT)
    dataset = training.split("/")[0]
    expected = _expected(training, described)
    if _shape(described) != _shape(expected):
        raise InputError(checkpoint, expected=_shape(expected), found=_shape(described))
    n_classes = load_protocol(dataset).n_classes
    if described.n_classes != n_classes:
        raise InputError(
            checkpoint,
            expected=f"{n_classes} outputs, the classes of {dataset}",
            found=str(described.n_classes),
        )
    network = build_network(described)
    load_released_state(network, state, str(checkpoint))
    card = {
        "dataset": dataset,
        "settings": {"training": release.name if release else training, "network": asdict(described)},
        "grid": GRID,
        "origin": RELEASED,
        "source": {
            "file": checkpoint.name,
            "sha256": sha256_of(checkpoint),
            **({"address": ADDRESS + release.path, "git_blob": release.git_blob} if release else {}),
        },
        "subjects": {"train": [], "validation": []},
        "versions": {"acenet": acenet.__version__},
    }
    model = TrainedModel(network.eval(), described, card)
    save_model(out, model)
    logger.info("%s holds %s; written to %s", checkpoint, _shape(described), out)
    logger.warning(
        "The authors' README says that their demo checkpoints were trained on all 30 scans of MALC: a score on MALC, "
        "its test scans included, proves nothing."
    )
    return model


def _check_place(out: Path, checkpoint: Path) -> None:
    """Raise InputError where `out` is anything but a model made of this checkpoint before."""
    if out.is_dir():
        raise InputError("--out", expected="the model file to write", found=f"a folder, {out}")
    if not out.exists():
        return
    expected = "the name of a file that is not there yet"
    if out.samefile(checkpoint):
        raise InputError("--out", expected=expected, found=f"the checkpoint itself, {out}")
    try:
        source = read_card(out).get("source")
    except InputError as error:
        raise InputError("--out", expected=expected, found=f"a file that is no model, {out}") from error
    if not isinstance(source, dict) or source.get("sha256") != sha256_of(checkpoint):
        raise InputError("--out", expected=expected, found=f"another model, {out}")


def _expected(training: str, described: NetworkSettings) -> NetworkSettings:
    """The network of a training at the papers' size; for a data set alone the one found."""
    if training in DATASETS:
        return described
    return network_settings(get_training(training), Sizes())


def _shape(settings: NetworkSettings) -> str:
    """What a network is, in words that leave out what no shape tells."""
    return (
        f"{settings.arch} with s={settings.s}{' and a second encoder for the slice' * settings.parallel}, "
        f"{'with' if settings.skull else 'without'} skull branch, {settings.n_classes} outputs, "
        f"{settings.filters} filters of {settings.kernel} x {settings.kernel}"
    )


def load_released_state(network: SegmentationNetwork, state: Mapping[str, Tensor], where: str) -> None:
    """Give an ACEnet the weights of a released state.

    Raises
    ------
    InputError
        Listing every one that does not fit.
    """
    wanted = {name: released_name(name) for name in network.state_dict()}
    missing = [theirs for theirs in wanted.values() if theirs not in state]
    unexpected = [f"{name} {tuple(state[name].shape)}" for name in set(state) - set(wanted.values())]
    differing = [
        f"{theirs} {tuple(state[theirs].shape)} for {tuple(tensor.shape)}"
        for (ours, theirs), tensor in zip(wanted.items(), network.state_dict().values(), strict=True)
        if theirs in state and state[theirs].shape != tensor.shape
    ]
    if missing or unexpected or differing:
        every = max(len(missing), len(unexpected), len(differing))
        raise InputError(
            where,
            expected="exactly this network's weights",
            found=f"missing: {shortened(missing, every)}; unexpected: {shortened(sorted(unexpected), every)}; "
            f"of another shape: {shortened(differing, every)}",
        )
    if odd := [theirs for theirs in wanted.values() if not _is_finite(state[theirs])]:
        raise InputError(
            where, expected="weights that are finite numbers", found=f"others in {shortened(odd)}"
        )
    network.load_state_dict({ours: state[theirs] for ours, theirs in wanted.items()})


def _is_finite(weights: Tensor) -> bool:
    """Whether these are plain numbers, none of them infinite or NaN."""
    return weights.layout is torch.strided and not weights.is_complex() and bool(weights.isfinite().all())
