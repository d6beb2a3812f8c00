"""What one training run is told: the papers' row, resized by the preset."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from acenet.networks import NETWORKS, NetworkSettings
from acenet.papers import Training
from acenet.papers.sizes import Coarse, Sizes, network_settings
from acenet.papers.trainings import LONG


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that determines a run besides its data; stored in the model file and compared on resuming.

    batch counts slices or patches. patches_per_volume is that of `Sizes`, None for networks of slices.
    learning_rate and muon_rate are the highest of the schedule; what is not told here, `Sizes` tells.
    """

    training: str
    network: NetworkSettings
    epochs: float
    batch: int
    learning_rate: float
    optimizer: str
    class_weights: bool
    seed: int
    patches_per_volume: int | None = None
    norm_statistics: str = "running"
    momentum: float = 0.9
    weight_decay: float = 1e-4
    muon_rate: float | None = None  # with muon only
    muon_momentum: float = 0.7
    schedule: str = "poly"
    warmup: float = 0.0
    lowest_rate: float = 0.0
    averaging: float = 0.0
    initial_bias: str = "uniform"
    coarse: Coarse | None = None
    empty_slices: bool = True
    validation: str = "each_epoch"

    def as_dict(self) -> dict[str, object]:
        """Plain nested dict, safe for a checkpoint that is loaded without executing pickles."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "TrainingSettings":
        """What `as_dict` gave."""
        coarse = plain.get("coarse")
        network = NetworkSettings(**plain["network"])
        return cls(**{**plain, "network": network, "coarse": None if coarse is None else Coarse(**coarse)})


DEFAULT_BATCH = 6  # where the papers print none ("all GPU memory"): ACEnet's own


def training_settings(training: Training, sizes: Sizes, *, seed: int) -> TrainingSettings:
    """The run of one training row under a preset's sizes."""
    network = network_settings(training, sizes)
    slices = sizes.batch or training.batch or DEFAULT_BATCH
    rate = training.lr * sizes.learning_rate_factor if sizes.learning_rate is None else sizes.learning_rate
    return TrainingSettings(
        training=training.id,
        network=network,
        epochs=_epochs(training, sizes),
        batch=slices if network.patch is None else sizes.patch_batch,
        learning_rate=rate,
        optimizer=sizes.optimizer,
        class_weights=training.class_weights,
        seed=seed,
        patches_per_volume=None if network.patch is None else sizes.patches_per_volume,
        norm_statistics=sizes.norm_statistics,
        muon_rate=sizes.muon_rate if sizes.optimizer == "muon" else None,
        schedule=sizes.schedule,
        warmup=sizes.warmup,
        lowest_rate=sizes.lowest_rate,
        averaging=sizes.averaging,
        initial_bias=sizes.initial_bias,
        coarse=sizes.coarse if _bears_coarse(training) else None,
        empty_slices=sizes.empty_slices or network.patch is not None,
        validation=sizes.validation,
    )


def _bears_coarse(training: Training) -> bool:
    """Whether a training may begin on smaller slices.

    Not where the network's layers do not bear it, not from a network that was trained at full size, and not with class
    weights: they weigh edges, and in smaller slices most pixels of a structure lie on one (docs/demo.md).
    """
    starts_fresh = training.init_from is None
    return starts_fresh and not training.class_weights and NETWORKS[training.arch].coarse_first


def _epochs(training: Training, sizes: Sizes) -> float:
    """The papers' epochs, resized; an end-to-end training has those of a first and a second stage together.

    So has a control of equal budget.
    """
    second = sizes.epochs if sizes.second_stage_epochs is None else sizes.second_stage_epochs
    both = (sizes.epochs + second) / 2
    stage = {"twostage": second, "e2e": both, LONG: both}.get(training.strategy, sizes.epochs)
    epochs = training.epochs * stage / 100
    return int(epochs) if epochs == int(epochs) else epochs  # 100, not 100.0
