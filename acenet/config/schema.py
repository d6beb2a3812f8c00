"""Every key of the configuration: its type, its bounds, what it is for, and its usual value.

The order is that of config.yaml. Sizes of a preset have no defaults: a preset of one's own states all of them.
"""

import json
from typing import Annotated, Literal

from pydantic import Field

from acenet.augmentation.settings import TRANSFORMS
from acenet.config.fields import (
    Address,
    Among,
    Count,
    Device,
    Ids,
    Megabytes,
    Millimetres,
    Minutes,
    PathText,
    Section,
    Seed,
    Seeds,
    Share,
    Text,
    said,
)

SourceName = Literal["malc", "mindboggle", "schizbull", "adni"]
PULLED_DOWN = 16  # four poolings: this many voxels become one
Side = Annotated[int, Field(ge=16, le=1024, multiple_of=PULLED_DOWN)]
Epochs = Annotated[float, Field(gt=0, le=100_000)]
Rate = Annotated[float, Field(gt=0, le=1_000_000)]
Depth = Annotated[int, Field(ge=8, le=1024)]  # the 3D network's poolings


class Data(Section):
    """Where each data set's raw files are: `embedded`, `download`, or the folder that holds them."""

    malc: PathText = Field(default="embedded", description="2012 MALC, 15 training and 15 test scans")
    mindboggle: PathText = Field(default="embedded", description="Mindboggle-101")
    schizbull: PathText = Field(default="embedded", description="SchizBull 2008 (CANDI Share)")
    adni: PathText = Field(
        default="embedded", description="images that scans are warped onto; or `heads`, public scans"
    )


class Own(Section):
    """A data set of one's own, trained on and measured with the papers' networks."""

    name: str = Field(description="what it is called in results: small letters and digits")
    root: PathText = Field(description="folder with images, labels and, optionally, masks")
    protocol: PathText = Field(description="table of its structures, columns source_ids and name")
    like: Literal["malc27", "malc133", "mindboggle62", "schizbull32"] = Field(
        description="the papers' data set whose learning rates and batches it takes"
    )
    models: Annotated[Ids, Field(min_length=1)] = Field(
        description="models that trainings.csv declares for that data set"
    )
    split: PathText | None = Field(
        default=None, description="file with columns subject and split; else drawn by seed"
    )
    freesurfer: PathText | None = Field(
        default=None, description="a FreeSurfer subjects folder with brain masks"
    )


class ReadingSection(Section):
    """What counts where files leave a choice."""

    nan: Literal["refuse", "zero"] = Field(default="refuse", description="images with NaN or infinite voxels")
    form: Literal["sform", "qform"] = Field(
        default="sform", description="which counts where a NIfTI's two forms differ"
    )
    affine_mismatch: Literal["refuse", "image"] = Field(
        default="refuse",
        description="labels and masks whose affine is not the image's; image: they lie where it does",
    )


class GridSection(Section):
    """What every scan is resampled to."""

    shape: Annotated[tuple[Side, Side, Depth], Field(strict=False)] = Field(
        description="voxels right-left, top-bottom, back-front; the first two multiples of 16"
    )
    voxel_mm: Millimetres = Field(description="side of a voxel, mm")
    centre: Literal["field", "brain"] = Field(
        description="of the field of view (FreeSurfer), or of the brain mask"
    )


class MalcSubjects(Section):
    """Scans of the embedded MALC."""

    train: int = Field(ge=1, le=15, description="training scans")
    test: int = Field(ge=1, le=15, description="test scans")


class CohortSubjects(Section):
    """How many scans of each source are embedded."""

    malc: MalcSubjects = Field(description="of 2012 MALC")
    mindboggle: int = Field(ge=3, le=101, description="of Mindboggle-101")
    schizbull: int = Field(ge=3, le=103, description="of SchizBull 2008")
    adni: int = Field(ge=0, le=20, description="of ADNI")


class CohortSection(Section):
    """The embedded cohort."""

    voxel_mm: float = Field(
        ge=1, le=20, description="sampling of its raw files, mm; 1 is that of the real data"
    )
    subjects: CohortSubjects = Field(description="how many there are")
    test_subjects: Count | None = Field(
        description="of Mindboggle and of SchizBull, drawn to test, at most half; null: 30 %, as in the papers"
    )


class CoarseSection(Section):
    """The first part of a training on smaller slices, for networks that bear it; not second stages."""

    share: float = Field(gt=0, lt=1, description="of the steps")
    shape: Annotated[tuple[Side, Side], Field(strict=False)] = Field(
        description="pixels right-left and top-bottom, multiples of 16 and at most the grid's"
    )


class TrainingSection(Section):
    """Sizes of the trainings, and what one asks of a machine."""

    epochs: Epochs = Field(description="stands for the papers' 100; may have a fraction")
    second_stage_epochs: Epochs | None = Field(
        description="the same for second stages, which start from a trained network; null: as many as the others. "
        "End-to-end trainings take those of both stages"
    )
    batch: Count | None = Field(description="slices per step; null: what the papers print for each training")
    optimizer: Literal["sgd", "adam", "muon"] = Field(
        description="papers: sgd; muon (Jordan et al. 2024): orthogonalised updates of the hidden layers' kernels, "
        "adam for all else"
    )
    learning_rate: Rate | None = Field(
        description="the highest, of all trainings; null: the printed rate of each, times learning_rate_factor"
    )
    learning_rate_factor: Rate = Field(description="times the printed rates; 1 where learning_rate is given")
    muon_rate: Rate = Field(description="the highest rate of orthogonalised updates; for muon only")
    schedule: Literal["poly", "linear"] = Field(
        description="how the rates fall: poly, (1 - t/T)^0.9 as in the papers, or linear, to 0"
    )
    warmup: float = Field(
        ge=0,
        lt=1,
        description="share of the steps in which the rates first rise (Goyal et al. 2017); papers: 0",
    )
    lowest_rate: float = Field(
        ge=0, lt=1, description="share of the highest rate below which the rates do not fall; papers: 0"
    )
    averaging: float = Field(
        ge=0,
        lt=1,
        description="share of the steps, the last, of whose weights a network keeps the mean (Izmailov et al. 2018); "
        "0: with the last weights, as in the papers",
    )
    initial_bias: Literal["uniform", "frequencies"] = Field(
        description="of the layers that give structures: torch's own, as in the papers, or logarithms of how frequent "
        "the structures are in the training scans (Lin et al. 2017)"
    )
    coarse: CoarseSection | None = Field(
        description="smaller slices for the first steps (progressive resizing, Howard 2018); null: none (papers)"
    )
    empty_slices: bool = Field(
        description="whether slices without any labelled voxel are trained on, as in the papers"
    )
    filters: int = Field(ge=2, le=4096, description="channels of each dense block; papers: 64")
    kernel: Annotated[int, Among((1, 3, 5, 7, 9))] = Field(description="of the dense blocks; papers: 5")
    dropout: float = Field(ge=0, lt=1, description="rate of dropping channels; papers: 0.1")
    norm_statistics: Literal["running", "training_set"] = Field(description="what prediction normalises by")
    validation: Literal["each_epoch", "end"] = Field(
        description="when validation scans, where there are any, are segmented: after each epoch, of which the best is "
        "kept (papers), or once at the end"
    )
    patch: int = Field(
        ge=8,
        le=1024,
        multiple_of=8,
        description="side in voxels of the cubes that 3D networks are trained on",
    )
    patch_predicted: Annotated[int, Field(ge=8, le=1024, multiple_of=8)] | None = Field(
        description="side of the cubes in which they segment; null: patch"
    )
    patch_batch: Count = Field(description="such cubes per step")
    patches_per_volume: Count | None = Field(
        description="in an epoch; null: as many as hold the volume's voxels"
    )
    workers: int = Field(ge=0, le=1024, description="processes that read slices ahead")
    threads: Count = Field(description="cores of one training")
    memory_mb: Megabytes = Field(description="main memory of one training, MB, for schedulers")
    minutes: Minutes = Field(description="time of one training, for schedulers")


class AcceptSection(Section):
    """What a warp must fulfil to be trained on."""

    similarity: float = Field(ge=-1, le=1, description="correlation with the target in the brain, at least")
    folds: Share = Field(description="share of the brain with a Jacobian of 0 or less, at most")
    jacobian: float = Field(description="smallest Jacobian in the brain, more than")
    lost: Share = Field(description="share of the scan's structures lost, at most")
    brain_dice: Share = Field(
        description="overlap of brain masks with the other warps onto the target, at least"
    )
    label_dice: Share = Field(description="the same of structures")


class AugmentationSection(Section):
    """ACEnet*: training scans of MALC warped, with their labels, onto other scans."""

    targets: Annotated[
        Annotated[int, Field(ge=0, le=100_000)] | Ids,
        said("a number of scans, or a list of their ids, each once"),
    ] = Field(
        description="scans to warp onto: how many, drawn with the seed, or a list of ids; 0: no ACEnet*"
    )
    atlases: Count | None = Field(description="training scans to warp, the first of the list; null: all")
    mode: Literal["direct", "template"] = Field(
        description="one registration per pair, or per scan, composed"
    )
    template: PathText = Field(description="of mode template: `anatomy` (ICBM 2009c) or an image file")
    transform: Annotated[str, Among(TRANSFORMS)] = Field(description="ANTs' name of the registration")
    spacing_mm: float = Field(ge=0.5, le=20, description="voxels of the registration, mm")
    labels: Literal["nearest", "vote"] = Field(description="how class maps are sampled")
    on_failure: Literal["exclude", "stop"] = Field(
        description="a pair that fails is left out, or ends the run"
    )
    accept: AcceptSection = Field(description="what a warp must fulfil")
    threads: Count = Field(description="cores of one registration; one of several is not reproducible")
    memory_mb: Megabytes = Field(description="main memory of one registration, MB, for schedulers")
    minutes: Minutes = Field(description="time of one registration, for schedulers")


class PredictionSection(Section):
    """Segmentation of the held-out scans of one training."""

    batch: Count = Field(description="slices, or windows of a 3D network, at a time")
    threads: Count = Field(description="cores of one prediction")
    memory_mb: Megabytes = Field(description="main memory of one prediction, MB, for schedulers")
    minutes: Minutes = Field(description="time of one prediction, for schedulers")


class MeasurementSection(Section):
    """Metrics of one training."""

    memory_mb: Megabytes = Field(description="main memory of one measurement, MB, for schedulers")
    minutes: Minutes = Field(description="time of one measurement, for schedulers")


class Preset(Section):
    """How large everything is; what is computed stays the same."""

    grid: GridSection = Field(description="what every scan is resampled to")
    cohort: CohortSection = Field(description="the embedded cohort")
    training: TrainingSection = Field(description="sizes of the trainings")
    augmentation: AugmentationSection = Field(description="ACEnet*'s warps")
    prediction: PredictionSection = Field(description="segmentation of the held-out scans")
    measurement: MeasurementSection = Field(description="metrics")


class Configuration(Section):
    """Every knob of the pipeline."""

    preset: Text = Field(default="demo", description="which of the presets sizes the run")
    data: Data = Field(default=Data(), description="where each data set's raw files are")
    masks: dict[SourceName, PathText] = Field(
        default={}, description="FreeSurfer subjects folders with the brain masks of a source"
    )
    close_masks: Ids = Field(
        default=("mindboggle",),
        description="data sets whose own brain masks leave the sulci out and are closed before use",
    )
    splits: dict[SourceName, PathText] = Field(
        default={}, description="files with a split of one's own, by source"
    )
    malc_images: Literal["head", "stripped"] = Field(
        default="head", description="which images `data: {malc: download}` fetches: with skull, or without"
    )
    mirrors: dict[
        Literal["malc", "mindboggle", "schizbull"], Annotated[tuple[Address, ...], Field(strict=False)]
    ] = Field(default={}, description="addresses tried first when fetching, with {name} for the file's name")
    own: Annotated[tuple[Own, ...], Field(strict=False)] = Field(
        default=(), description="data sets of one's own"
    )
    reading: ReadingSection = Field(
        default=ReadingSection(), description="what counts where files leave a choice"
    )
    conform: Literal["builtin", "mri_convert"] = Field(
        default="builtin", description="what brings images onto the grid"
    )
    seed: Seed = Field(default=1, description="of splits, cohort, targets of warps; and see seeds")
    seeds: Seeds | None = Field(
        default=None,
        description="of trainings (weights, order of slices, dropout), each of which is made once for each of them; "
        "null: one, that of seed",
    )
    controls: bool = Field(
        default=False,
        description="whether the tables have that of controls of equal budget, too: 29 trainings more",
    )
    device: Device = Field(
        default="auto", description="auto (a GPU if there is one), cpu, cuda, or one such as cuda:1"
    )
    deterministic: bool = Field(default=False, description="the same bits each time on a GPU, too; slower")
    presets: dict[str, Preset] = Field(min_length=1, description="sizes by name")

    @property
    def training_seeds(self) -> tuple[int, ...]:
        """The seeds with each of which every training is made."""
        return (self.seed,) if self.seeds is None else self.seeds

    @property
    def chosen(self) -> Preset:
        """The preset that sizes this run."""
        return self.presets[self.preset]


def schema_text() -> str:
    """The JSON schema (draft 2020-12) of the configuration, as the file for editors holds it."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Configuration.model_json_schema()}
    return json.dumps(schema, indent=2) + "\n"
