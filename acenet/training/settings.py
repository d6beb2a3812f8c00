"""What one training run is told: the papers' row, resized by the preset."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from acenet.networks import NETWORKS, NetworkSettings
from acenet.papers import Training


@dataclass(frozen=True)
class Sizes:
    """The part of a preset that resizes trainings. None keeps what the papers say for each training.

    epochs : epochs that stand for the papers' 100 (end-to-end trainings take twice as many).
    batch : slices per step.
    learning_rate_factor : multiplies each training's printed rate.
    optimizer : 'sgd' (papers) or 'adam', which learns more from few steps.
    filters, kernel : width and kernel of the dense blocks (papers: 64 and 5).
    dropout : rate of dropping whole channels (papers: 0.1, of 64 channels).
    norm_statistics : what prediction normalises by: 'running' averages of the last steps (papers) or those of the
        'training_set' (`acenet.training.batch_norm`), which matters where batches are small and epochs few.
    patch : side of the cubes that 3D networks see in training; the papers print nothing about them.
    patch_predicted : side of those in which they segment; None for the same.
    patch_batch : patches per step of 3D networks, in place of `batch`.
    patches_per_volume : in an epoch; None for as many as have the volume's number of voxels.
    """

    epochs: int = 100
    batch: int | None = None
    learning_rate_factor: float = 1.0
    optimizer: str = "sgd"
    filters: int = 64
    kernel: int = 5
    dropout: float = 0.1
    norm_statistics: str = "running"
    patch: int = 96
    patch_predicted: int | None = None
    patch_batch: int = 2
    patches_per_volume: int | None = None


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that determines a run besides its data; stored in the model file and compared on resuming.

    batch counts slices or patches. patches_per_volume is that of `Sizes`, None for networks of slices.
    learning_rate follows lr0 (1 - t/T)^0.9 with t counted in steps (ACEnet, section 4.2).
    """

    training: str
    network: NetworkSettings
    epochs: int
    batch: int
    learning_rate: float
    optimizer: str
    class_weights: bool
    seed: int
    patches_per_volume: int | None = None
    norm_statistics: str = "running"
    momentum: float = 0.9
    weight_decay: float = 1e-4

    def as_dict(self) -> dict[str, object]:
        """Plain nested dict, safe for a checkpoint that is loaded without executing pickles."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "TrainingSettings":
        """What `as_dict` gave."""
        return cls(**{**plain, "network": NetworkSettings(**plain["network"])})


DEFAULT_BATCH = 6  # where the papers print none ("all GPU memory"): ACEnet's own


def network_settings(training: Training, sizes: Sizes) -> NetworkSettings:
    """The network of one training row. `s` reads '' (the network's own), '5', or '0s5' (two encoders)."""
    parallel = training.s.startswith("0s")
    s = int(training.s.removeprefix("0s")) if training.s else NETWORKS[training.arch].s
    of_patches = NETWORKS[training.arch].sees == "patch"
    return NetworkSettings(
        arch=training.arch,
        n_classes=training.out_channels,
        s=s,
        parallel=parallel,
        skull=training.skull,
        filters=sizes.filters,
        kernel=sizes.kernel,
        dropout=sizes.dropout,
        patch=sizes.patch if of_patches else None,
        patch_predicted=sizes.patch_predicted if of_patches else None,
    )


def training_settings(training: Training, sizes: Sizes, *, seed: int) -> TrainingSettings:
    """The run of one training row under a preset's sizes."""
    network = network_settings(training, sizes)
    slices = sizes.batch or training.batch or DEFAULT_BATCH
    return TrainingSettings(
        training=training.id,
        network=network,
        epochs=max(1, round(training.epochs * sizes.epochs / 100)),
        batch=slices if network.patch is None else sizes.patch_batch,
        learning_rate=training.lr * sizes.learning_rate_factor,
        optimizer=sizes.optimizer,
        class_weights=training.class_weights,
        seed=seed,
        patches_per_volume=None if network.patch is None else sizes.patches_per_volume,
        norm_statistics=sizes.norm_statistics,
    )
