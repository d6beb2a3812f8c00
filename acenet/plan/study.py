"""A study: the papers' trainings and one's own, on the data and at the sizes of one configuration."""

from collections.abc import Collection
from functools import cached_property
from pathlib import Path

from acenet.config import Configuration
from acenet.datasets.own import OwnData, own_data, read_own_protocol
from acenet.datasets.splits import read_split
from acenet.errors import InputError
from acenet.imaging.grid import Grid
from acenet.papers import (
    Training,
    get_training,
    load_controls,
    load_trainings,
    own_trainings,
    requirements,
)
from acenet.papers.sizes import Coarse, Sizes
from acenet.plan import paths
from acenet.plan.captions import Captions
from acenet.plan.controls import Controls
from acenet.plan.results import Results
from acenet.plan.sources import Source
from acenet.plan.warps import Warps
from acenet.protocols import DATASETS, SOURCE_OF
from acenet.protocols.tables import completed_table
from acenet.training.settings import TrainingSettings, training_settings


class Study:
    """What a configuration asks for, as files, settings and captions.

    Parameters
    ----------
    config
        The checked configuration.
    networks
        Names of the architectures that can be built.

    Raises
    ------
    InputError
        A data set of one's own whose name, table or models cannot be used.
    """

    def __init__(self, config: Configuration, networks: Collection[str]) -> None:
        self.config = config
        self.own: dict[str, OwnData] = {}
        self.trainings: dict[str, Training] = {**load_trainings(), **load_controls()}
        for entry in config.own:
            taken = {**SOURCE_OF, **dict.fromkeys(type(config.data).model_fields), **self.own}
            data = own_data(entry.model_dump(exclude_none=True), taken)
            n_classes = read_own_protocol(data).n_classes
            self.trainings |= own_trainings(data.name, data.like, data.models, n_classes=n_classes)
            self.own[data.name] = data
        self.datasets = (*DATASETS, *self.own)
        self._source_of = {**SOURCE_OF, **{name: name for name in self.own}}
        names = (*type(config.data).model_fields, *self.own)
        self.sources = {name: self._new_source(name) for name in names}
        self.warps = Warps(self.sources["malc"], self.sources["adni"])
        self.results = Results(self, networks)
        self.controls = Controls(self, networks)
        self.captions = Captions(self)

    def _new_source(self, name: str) -> Source:
        protocols = tuple(dataset for dataset in self.datasets if self._source_of[dataset] == name)
        return Source(name, self.config, protocols, self.own.get(name))

    def source(self, name: str) -> Source:
        """The source of that name."""
        return self.sources[name]

    def source_of(self, dataset: str) -> Source:
        """The source whose labels a data set's protocol encodes."""
        return self.sources[self._source_of[dataset]]

    @property
    def labelled(self) -> tuple[Source, ...]:
        """The sources with labels: all but adni."""
        return tuple(source for source in self.sources.values() if source.protocols)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds with each of which every training is made."""
        return self.config.training_seeds

    @cached_property
    def grid(self) -> Grid:
        """The grid that every scan is resampled to."""
        section = self.config.chosen.grid
        return Grid(section.shape, section.voxel_mm, section.centre)

    @property
    def reading(self) -> dict[str, str]:
        """What counts where files leave a choice: the fields of `acenet.imaging.io.Reading`, which imports nibabel."""
        return self.config.reading.model_dump()

    @cached_property
    def sizes(self) -> Sizes:
        """How the preset resizes trainings."""
        section = self.config.chosen.training
        plain = section.model_dump(exclude={"coarse", "workers", "threads", "memory_mb", "minutes"})
        coarse = section.coarse
        return Sizes(**plain, coarse=None if coarse is None else Coarse(coarse.share, *coarse.shape))

    def protocol(self, dataset: str) -> str:
        """What `load_protocol` takes: the name of a packaged protocol, or the table of a data set of one's own."""
        return paths.protocol(dataset) if dataset in self.own else dataset

    def protocols(self, source: str) -> list[str]:
        """The protocols of a source's labels, as `load_protocol` takes them."""
        return [self.protocol(dataset) for dataset in self.source(source).protocols]

    def protocol_tables(self, dataset: str) -> list[str]:
        """The table of a data set of one's own, as an input; nothing for the papers'."""
        return [paths.protocol(dataset)] if dataset in self.own else []

    def tables_of_source(self, source: str) -> list[str]:
        """The tables of a source's protocols that are of one's own, as inputs."""
        return [table for dataset in self.source(source).protocols for table in self.protocol_tables(dataset)]

    def raw_files(self, source: str, subject: str) -> dict[str, str]:
        """Paths of a subject's image, labels and mask."""
        return self.source(source).files(subject)

    def conformed(self) -> list[str]:
        """Everything that conforming all subjects of the sources with labels writes."""
        return [path for source in self.labelled for path in source.conformed(*source.subjects)]

    def manifests(self, source: str) -> list[str]:
        """What conforming recorded of each subject of a source's split."""
        return [paths.conformed(source, subject, "conform.json") for subject in self.source(source).split]

    def split(self, source: str) -> dict[str, str]:
        """Part of each subject of a source."""
        return self.source(source).split

    def keeps_split(self, source: str) -> bool:
        """Whether the recorded split, where there is one, is this one: a cut-off file would leave scans out."""
        path = Path(paths.split(source))
        try:
            return not path.exists() or read_split(path) == self.split(source)
        except InputError:
            return False

    def split_file(self, dataset: str) -> str:
        """The recorded split of a data set's source."""
        return paths.split(self.source_of(dataset).name)

    def training(self, dataset: str, model: str) -> Training:
        """The declared training; InputError where there is none."""
        return get_training(f"{dataset}/{model}", self.trainings)

    def settings(self, dataset: str, model: str, seed: int | str) -> TrainingSettings:
        """Everything that determines a training besides its data."""
        return training_settings(self.training(dataset, model), self.sizes, seed=int(seed))

    def epochs(self, training: str) -> float:
        """How many epochs a training takes, with those of what it starts from."""
        chain = (*requirements(training, self.trainings), training)
        parts = (one.partition("/") for one in chain)
        return sum(self.settings(dataset, model, self.seeds[0]).epochs for dataset, _, model in parts)

    def effort(self, training_id: str) -> float:
        """What a training will take next to others, roughly: epochs times scans."""
        training = self.trainings[training_id]
        scans = len(self.source_of(training.dataset).in_parts("train"))
        warps = len(self.warps.all()) if training.augmented and self.warps else 0
        return float(
            self.settings(training.dataset, training.model, self.seeds[0]).epochs * max(scans + warps, 1)
        )

    def training_volumes(self, dataset: str) -> list[str]:
        """What a training reads of its conformed scans."""
        return self._volumes(dataset, "train", "validation")

    def held_out_volumes(self, dataset: str) -> list[str]:
        """What prediction and measurement read of the conformed scans."""
        return self._volumes(dataset, "validation", "test")

    def _volumes(self, dataset: str, *parts: str) -> list[str]:
        names = ("image.nii", "brainmask.nii", f"{dataset}.nii", "conform.json")
        source = self.source_of(dataset)
        return [paths.conformed(source.name, s, name) for s in source.in_parts(*parts) for name in names]

    def warped_volumes(self, dataset: str, model: str) -> list[str]:
        """The list of warps and their folders, for trainings on augmented data."""
        if not self.training(dataset, model).augmented:
            return []
        if not self.warps:
            raise InputError(
                f"{dataset}/{model}", expected="warps to train on", found="augmentation, targets is 0"
            )
        return [paths.WARPS, *self.warps.all()]

    def first_stage(self, dataset: str, model: str, seed: int | str) -> list[str]:
        """The model of the same seed that a second stage starts from; nothing for other trainings."""
        start = self.training(dataset, model).init_from
        return [paths.model(start, seed)] if start else []

    def has_skull(self, dataset: str, model: str) -> bool:
        """Whether a training's network has the skull-stripping branch."""
        return self.training(dataset, model).skull

    def finest_protocol(self, source: str) -> str:
        """The last protocol of a source, which has the most structures."""
        return self.protocols(source)[-1]

    def own_ids(self, dataset: str) -> list[str]:
        """Ids of the trainings that a data set of one's own is measured with."""
        return [f"{dataset}/{model}" for model in self.own[dataset].models]

    def own_measurements(self, dataset: str) -> list[str]:
        """Long tables of the trainings on a data set of one's own."""
        return [paths.measured(training, seed) for training in self.own_ids(dataset) for seed in self.seeds]

    def own_protocol(self, dataset: str) -> str:
        """The table of structures that a person wrote."""
        return self.own[dataset].protocol

    def own_table(self, dataset: str) -> list[str]:
        """The lines of that table, completed: by its contents, not its date, it is known to be another one."""
        return completed_table(Path(self.own_protocol(dataset)))

    def keeps_protocol(self, dataset: str) -> bool:
        """Whether the completed table, where there is one, is that of the table a person wrote, to its last line."""
        path = Path(paths.protocol(dataset))
        try:
            return not path.exists() or path.read_text(encoding="utf-8").split("\n") == [
                *self.own_table(dataset),
                "",
            ]
        except UnicodeDecodeError:
            return False

    def shown_scan(self, dataset: str) -> str:
        """The folder of the scan that figures show: the first test subject's."""
        source = self.source_of(dataset)
        if not (tests := sorted(source.in_parts("test"))):
            raise InputError(dataset, expected="a test scan for figures to show", found="a split without any")
        return paths.conformed(source.name, tests[0])

    def first_subjects(self, source: str) -> list[str]:
        """Conformed files of the first four subjects, for their picture."""
        return self.source(source).conformed(*list(self.source(source).subjects)[:4])
