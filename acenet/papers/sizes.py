"""How a preset resizes the papers' trainings, and the network that a training then has."""

from dataclasses import dataclass

from acenet.networks import NETWORKS, NetworkSettings
from acenet.papers.trainings import Training


@dataclass(frozen=True)
class Coarse:
    """A first part of a training on smaller slices, where a step costs less.

    Attributes
    ----------
    share
        Of the steps.
    x, y
        Sides of the slices in pixels, multiples of 16.
    """

    share: float
    x: int
    y: int


@dataclass(frozen=True)
class Sizes:
    """The part of a preset that resizes trainings and says how they learn. The defaults are the papers'.

    Attributes
    ----------
    epochs
        Epochs that stand for the papers' 100; a fraction is a part of the examples.
    second_stage_epochs
        The same for second stages, which start from a trained network; None for `epochs`. End-to-end trainings, of 200
        epochs in the papers, take those of both stages.
    batch
        Slices per step. None keeps what the papers say for each training.
    optimizer
        'sgd' (papers), 'adam', or 'muon' with Adam for all but the hidden kernels (`acenet.training.muon`).
    learning_rate
        Of all trainings; None for the printed rate of each, times `learning_rate_factor`.
    muon_rate
        The rate of orthogonalised updates.
    schedule, warmup
        How the rates fall, 'poly' (papers) or 'linear', after rising for that share of the steps.
    lowest_rate
        Share of the highest rate below which they do not fall.
    averaging
        Share of the steps, the last, of whose weights a network ends with the mean; 0 for the last weights.
    initial_bias
        Of the heads' structures, 'uniform' (torch's own, papers) or the logarithms of their 'frequencies'.
    coarse
        The part of a training that sees smaller slices, of networks that bear it; None for none.
    empty_slices
        Whether slices without a labelled voxel are trained on.
    validation
        After 'each_epoch', of which the best is kept (papers), or at the 'end' only.
    filters, kernel
        Width and kernel of the dense blocks (papers: 64 and 5).
    dropout
        Rate of dropping whole channels (papers: 0.1, of 64 channels).
    norm_statistics
        What prediction normalises by: 'running' averages of the last steps (papers) or those of the 'training_set'
        (`acenet.training.batch_norm`), which matters where batches are small and epochs few.
    patch
        Side of the cubes that 3D networks see in training; the papers print nothing about them.
    patch_predicted
        Side of those in which they segment; None for the same.
    patch_batch
        Patches per step of 3D networks, in place of `batch`.
    patches_per_volume
        In an epoch; None for as many as have the volume's number of voxels.
    """

    epochs: float = 100
    second_stage_epochs: float | None = None
    batch: int | None = None
    optimizer: str = "sgd"
    learning_rate: float | None = None
    learning_rate_factor: float = 1.0
    muon_rate: float = 0.1
    schedule: str = "poly"
    warmup: float = 0.0
    lowest_rate: float = 0.0
    averaging: float = 0.0
    initial_bias: str = "uniform"
    coarse: Coarse | None = None
    empty_slices: bool = True
    validation: str = "each_epoch"
    filters: int = 64
    kernel: int = 5
    dropout: float = 0.1
    norm_statistics: str = "running"
    patch: int = 96
    patch_predicted: int | None = None
    patch_batch: int = 2
    patches_per_volume: int | None = None


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
