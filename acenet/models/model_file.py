"""A trained network as one file: weights and what is needed to use them."""

import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from acenet.errors import InputError
from acenet.files.sealed import read_sealed, write_sealed
from acenet.networks import NetworkSettings, build_network
from acenet.networks.outputs import SegmentationNetwork

logger = logging.getLogger(__name__)

FORMAT = 2
UNSEALED_FORMAT = 1  # of version 0.1, whose files have no SHA-256 and are read with a warning


@dataclass(frozen=True)
class TrainedModel:
    """A network with its weights, in evaluation mode, and its card.

    Attributes
    ----------
    card
        Plain values that say what the network is for and how it was made: `dataset` and `protocol` (name and table of
        its labels), `grid` (that its volumes were conformed to, as `Grid`), `settings` (of the run), `versions`,
        `subjects`, ...
    """

    network: SegmentationNetwork
    settings: NetworkSettings
    card: dict[str, Any]


def save_model(path: Path, model: TrainedModel) -> None:
    """Write the model; the file holds tensors and plain values only, and ends with its SHA-256."""
    content = {
        "format": FORMAT,
        "network": asdict(model.settings),
        "card": model.card,
        "state": {name: tensor.cpu() for name, tensor in model.network.state_dict().items()},
    }
    write_sealed(path, content)


def load_model(path: Path) -> TrainedModel:
    """Read a model onto the CPU; nothing in the file is executed.

    Raises
    ------
    InputError
        The file is missing, damaged, or no model of this program.
    """
    content = _content(path)
    try:
        settings, card = NetworkSettings(**content["network"]), dict(content["card"])
        network = build_network(settings)
        network.load_state_dict(content["state"])
    except MemoryError:
        raise
    except (
        Exception
    ) as error:  # the file is another program's, or damaged: anything may stand where a value should
        raise InputError(
            path, expected="a network and its weights", found=f"{error!r:.500}, which fits none"
        ) from error
    return TrainedModel(network.eval(), settings, card)


def read_card(path: Path) -> dict[str, Any]:
    """The card of a model file.

    Raises
    ------
    InputError
        As `load_model` does.
    """
    return dict(_content(path).get("card", {}))


def _content(path: Path) -> dict[str, Any]:
    """A model file's content, whole and of this program."""
    sealed = read_sealed(path)
    content = sealed.content
    form = (
        content.get("format", "a file without a format number")
        if isinstance(content, dict)
        else type(content)
    )
    if form != (UNSEALED_FORMAT if sealed.digest is None else FORMAT):
        found = f"{form}, without its SHA-256 (damaged?)" if form == FORMAT else str(form)
        if isinstance(content, dict) and "state_dict" in content:
            found = "another program's checkpoint; `acenet import-checkpoint` converts those of the ACEnet authors"
        raise InputError(path, expected=f"a model of format {FORMAT}", found=found)
    if sealed.digest is None:
        logger.warning("%s is of an earlier version and has no SHA-256; its archive's checksums agree", path)
    return dict(content)


def transfer_weights(source: TrainedModel, target: SegmentationNetwork, *, where: Path) -> None:
    """Start `target` from a first-stage network: all its weights are taken over, the skull branch stays fresh.

    Raises
    ------
    InputError
        A weight of the source has no place in the target, differs in shape, or the target lacks more than the skull
        branch and its fused head.
    """
    have, want = source.network.state_dict(), target.state_dict()
    unexpected = [name for name in have if name not in want or have[name].shape != want[name].shape]
    missing = [name for name in want if name not in have and not name.startswith(target.second_stage)]
    if unexpected or missing:
        raise InputError(
            where,
            expected="the first stage of this network",
            found=f"weights without a place: {unexpected or 'none'}; weights lacking: {missing or 'none'}",
        )
    target.load_state_dict(have, strict=False)
