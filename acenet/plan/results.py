"""Tables and figures: which can be made, and which files each is made of."""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from acenet.errors import InputError
from acenet.papers import (
    FigurePlan,
    Training,
    available_figures,
    available_tables,
    load_figures,
    load_layouts,
    load_trainings,
    networks_of,
    of_datasets,
    trainings_behind,
    trainings_of,
    trainings_shown,
)
from acenet.plan import paths
from acenet.protocols import DATASETS

if TYPE_CHECKING:
    from acenet.plan.study import Study


VIEWED = "figure03"  # the networks whose predictions the page shows
KINDS = ("conformed", "splits", "protocols", "trained", "predicted", "measured", "tables", "figures")


def emptied(results: Path) -> list[Path]:
    """Results without content, by path: what a full or failing disk, or a person, emptied.

    No step leaves an empty file, so each counts as one that is not there. Hidden files are not looked at.
    """
    found = (path for kind in KINDS for path in (results / kind).rglob("*") if not path.name.startswith("."))
    return sorted(path for path in found if path.is_file() and not path.stat().st_size)


MALC = "malc/"
"""The part of tables and figures whose data are MALC's: a folder of its own below theirs."""


class Results:
    """The papers' tables and figures in one study.

    Where a method takes a `part`, it is '' for tables and figures as the papers have them, or MALC: then they have the
    values and panels of that source's data sets alone, and need no data of others.
    """

    def __init__(self, study: "Study", networks: Collection[str]) -> None:
        self._study, self._networks = study, networks
        self.layouts, self.figures = load_layouts(), load_figures()
        augmented = bool(study.warps)
        self.tables, self.missing_tables = available_tables(networks, augmentation=augmented)
        self.drawn, self.missing_figures = available_figures(networks, augmentation=augmented)

    @property
    def trainings(self) -> list[str]:
        """Every training that a table shows."""
        return self.trainings_in()

    def trainings_in(self, part: str = "") -> list[str]:
        """Every training that a table of a part shows."""
        return sorted({one for table in self.tables for one in self.table_trainings(table, part)})

    def datasets(self, part: str = "") -> list[str]:
        """The data sets of a part."""
        return [one for one in DATASETS if self.is_in(one, part)]

    def is_in(self, dataset: str, part: str) -> bool:
        """Whether a data set's values belong to a part."""
        return not part or self._study.source_of(dataset).name == part.removesuffix("/")

    def _of_part(self, trainings: Iterable[str], part: str) -> list[str]:
        return [one for one in trainings if self.is_in(one.split("/")[0], part)]

    def tables_in(self, part: str = "") -> list[str]:
        """The tables that can be made and have a value of a part."""
        return [one for one in self.tables if self._of_part((*trainings_of(one), *networks_of(one)), part)]

    def figures_in(self, part: str = "") -> list[str]:
        """The figures that can be drawn and show something of a part."""
        shown = set(self.tables_in(part))
        return [
            name
            for name in self.drawn
            if (self.figures[name].table in shown or self.figure_plan(name, part).panels)
        ]

    def figure_plan(self, figure: str, part: str = "") -> FigurePlan:
        """What a figure shows, of a part."""
        return of_datasets(self.figures[figure], self.datasets(part))

    def table_trainings(self, table: str, part: str = "") -> list[str]:
        """Ids of the trainings that a table's cells of a part name."""
        return self._of_part(trainings_of(table), part)

    @property
    def trainings_behind(self) -> list[str]:
        """The same with what those start from, in the order of the list of all."""
        return trainings_behind(self.tables)

    @property
    def counted(self) -> list[Training]:
        """The trainings whose networks can be built, to count their parameters."""
        return [training for training in load_trainings().values() if training.arch in self._networks]

    @property
    def sources(self) -> list[str]:
        """Names of the sources behind the tables, those with labels."""
        return sorted({self._source(training) for training in self.trainings_behind})

    def _source(self, training: str) -> str:
        return self._study.source_of(training.split("/")[0]).name

    def each_seed(self, path: Callable[[str, int], str], trainings: Iterable[str]) -> list[str]:
        """A file of each training with each of its seeds, those of one training together."""
        return [path(training, seed) for training in trainings for seed in self._study.seeds]

    # Files of named targets

    def table_files(self, paper: str = "", part: str = "") -> list[str]:
        """All forms of the tables of a paper, or of both."""
        names = [table for table in self.tables_in(part) if paper in ("", self.layouts[table].paper)]
        return [paths.table(table, form, part) for table in names for form in paths.TABLE_FORMATS]

    def table_csvs(self, part: str = "") -> list[str]:
        """The tables as CSV."""
        return [paths.table(table, "csv", part) for table in self.tables_in(part)]

    @property
    def summaries(self) -> list[str]:
        """What is made of all tables together."""
        controls = self._study.controls.files() if self._study.config.controls else []
        return [
            *self.judgements(),
            paths.table("tables", "tex"),
            paths.PROVENANCE_PAGE,
            paths.PAGE,
            *controls,
        ]

    def judgements(self, part: str = "") -> list[str]:
        """The summary and the claims."""
        names = (("summary", "csv"), ("claims", "csv"), ("claims", "md"))
        return [paths.table(name, form, part) for name, form in names]

    def figure_files(self, part: str = "") -> list[str]:
        """All forms of the figures, and the pictures of each data set."""
        forms = paths.FIGURE_FORMATS
        drawn = [paths.figure(one, form, part) for one in self.figures_in(part) for form in forms]
        sources = [one for one in self._study.labelled if part in ("", f"{one.name}/")]
        return drawn + [paths.figure(f"subjects_{source.name}", "png") for source in sources]

    @property
    def malc_tables(self) -> list[str]:
        """Tables, summary and claims of MALC alone."""
        controls = self._study.controls.files(MALC) if self._study.config.controls else []
        return [*self.table_files(part=MALC), *self.judgements(MALC), *controls]

    @property
    def malc_figures(self) -> list[str]:
        """Figures of MALC alone."""
        warps = [paths.figure("warps", "png")] if self._study.warps else []
        return [*self.figure_files(MALC), *warps]

    @property
    def models(self) -> list[str]:
        """Models of every training that a table shows."""
        return self.each_seed(paths.model, self.trainings)

    @property
    def cards(self) -> list[str]:
        """Descriptions of these models."""
        return self.each_seed(paths.card, self.trainings)

    @property
    def measurements(self) -> list[str]:
        """Long tables of every training that a table shows."""
        return self.measurements_in()

    def measurements_in(self, part: str = "") -> list[str]:
        """Long tables of every training that a table of a part shows."""
        return self.each_seed(paths.measured, self.trainings_in(part))

    # What a table is made of

    def table_measurements(self, table: str, part: str = "") -> list[str]:
        """Long tables of every training that a table's cells name."""
        if table in self.missing_tables:
            raise InputError(
                table, expected="networks and data for its trainings", found=self.missing_tables[table]
            )
        return self.each_seed(paths.measured, self.table_trainings(table, part))

    def table_parameters(self, table: str) -> list[str]:
        """Parameter counts, for tables that print them."""
        return [paths.PARAMETERS] if "params" in self.layouts[table].metrics else []

    def table_splits(self, table: str, part: str = "") -> list[str]:
        """Splits, for tables that print numbers of subjects."""
        if "n_train" not in self.layouts[table].metrics:
            return []
        sources = {self._source(training) for training in self.table_trainings(table, part)}
        return [paths.split(source) for source in sorted(sources)]

    def table_warps(self, table: str, part: str = "") -> list[str]:
        """The list of warps, for tables with trainings on augmented data: their notes count it."""
        return [paths.WARPS] if self._augmented(self.table_trainings(table, part)) else []

    def _augmented(self, trainings: Iterable[str]) -> bool:
        return any(self._study.trainings[training].augmented for training in trainings)

    # What a figure is made of

    def of_kind(self, *kinds: str) -> list[str]:
        """Names of the figures of some kinds."""
        return [name for name, plan in self.figures.items() if plan.kind in kinds]

    def figure_trainings(self, figure: str, part: str = "") -> list[str]:
        """Ids of the trainings that a figure shows; of kind curves, those that a table needs."""
        if figure in self.missing_figures:
            raise InputError(
                figure, expected="networks and data for its trainings", found=self.missing_figures[figure]
            )
        plan, behind = self.figure_plan(figure, part), self.trainings_behind
        shown = [one for one in trainings_shown(plan) if plan.kind != "curves" or one in behind]
        return self._of_part(shown, part)

    def figure_models(self, figure: str, part: str = "") -> list[str]:
        """Models of the trainings that a figure shows."""
        return [
            paths.model(training, self._study.seeds[0]) for training in self.figure_trainings(figure, part)
        ]

    def figure_predictions(self, figure: str, part: str = "") -> list[str]:
        """Class maps of the trainings that a figure shows."""
        return [
            paths.predicted(training, self._study.seeds[0])
            for training in self.figure_trainings(figure, part)
        ]

    def figure_measurements(self, figure: str, part: str = "") -> list[str]:
        """Long tables of the trainings that a figure shows."""
        return self.each_seed(paths.measured, self.figure_trainings(figure, part))

    def figure_logs(self, figure: str, part: str = "") -> list[str]:
        """Logs of the trainings that a figure shows, epoch by epoch."""
        return self.each_seed(paths.training_log, self.figure_trainings(figure, part))

    def figure_table(self, figure: str, part: str = "") -> str:
        """The table whose values a figure shows."""
        self.figure_trainings(figure, part)
        return paths.table(self.figures[figure].table, "csv", part)

    def figure_references(self, figure: str, part: str = "") -> list[str]:
        """The class map of the shown scan, for each panel of a figure."""
        panels = self.figure_plan(figure, part).panels
        return [f"{self._study.shown_scan(panel.dataset)}/{panel.dataset}.nii" for panel in panels]

    def figure_images(self, figure: str, part: str = "") -> list[str]:
        """The shown scans themselves, and their brain masks."""
        scans = dict.fromkeys(
            self._study.shown_scan(panel.dataset) for panel in self.figure_plan(figure, part).panels
        )
        return [f"{scan}/{name}.nii" for scan in scans for name in ("image", "brainmask")]

    # Scans in a viewer

    @property
    def viewed(self) -> list[str]:
        """Data sets of which the page shows a test scan: those with a network of Figure 3 that a table shows."""
        return [dataset for dataset in DATASETS if self._viewed(dataset)]

    def _viewed(self, dataset: str) -> dict[str, str]:
        """Name and training of each network whose prediction is shown."""
        panels = [panel for panel in self.figures[VIEWED].panels if panel.dataset == dataset]
        shown = {method.name: method.training_id for panel in panels for method in panel.methods}
        return {name: one for name, one in shown.items() if one in self.trainings}

    def viewed_trainings(self, dataset: str) -> list[str]:
        """Ids of their trainings."""
        return list(self._viewed(dataset).values())

    def viewed_names(self, dataset: str) -> list[str]:
        """Names of the networks whose predictions are shown."""
        return list(self._viewed(dataset))

    def viewed_predictions(self, dataset: str) -> list[str]:
        """Class maps of these networks, with the first seed."""
        return [paths.predicted(one, self._study.seeds[0]) for one in self.viewed_trainings(dataset)]

    def viewed_reference(self, dataset: str) -> str:
        """The class map of the shown scan."""
        return f"{self._study.shown_scan(dataset)}/{dataset}.nii"

    def viewed_image(self, dataset: str) -> list[str]:
        """The shown scan itself, and its brain mask."""
        return [f"{self._study.shown_scan(dataset)}/{name}.nii" for name in ("image", "brainmask")]

    # The record of a run

    @property
    def recorded(self) -> list[tuple[str, int]]:
        """Every training behind the tables with each of its seeds."""
        return [(training, seed) for training in self.trainings_behind for seed in self._study.seeds]

    @property
    def recorded_models(self) -> list[str]:
        """Models of these."""
        return self.each_seed(paths.model, self.trainings_behind)

    @property
    def recorded_logs(self) -> list[str]:
        """Their losses."""
        return self.each_seed(paths.training_log, self.trainings_behind)

    def conform_records(self) -> list[str]:
        """What conforming recorded of every scan behind the tables; of an ADNI scan, its folder."""
        records = [
            paths.conformed(source, subject, "conform.json")
            for source in self.sources
            for subject in sorted(self._study.source(source).split)
        ]
        augmented = self._augmented(self.trainings_behind)
        return records + (self._study.warps.conformed_targets() if augmented else [])
