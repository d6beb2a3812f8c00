"""What tables, figures and the report say of where their numbers come from."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import acenet
from acenet.protocols import DATASETS
from acenet.report.provenance import EMBEDDED, LICENSED, PUBLIC, Provenance

if TYPE_CHECKING:
    from acenet.plan.study import Study


class Captions:
    """The words for one study."""

    def __init__(self, study: "Study") -> None:
        self._study = study

    def provenance(self, trainings: Sequence[str]) -> Provenance:
        """What made a table or figure of some trainings."""
        study, config = self._study, self._study.config
        known = [study.trainings[training] for training in trainings]
        names = {study.source_of(one.dataset).name for one in known} | {
            "adni" for one in known if one.augmented
        }
        origins = {name: study.source(name).origin for name in sorted(names)}
        used = {kind: [s for s in origins if origins[s] == kind] for kind in (EMBEDDED, PUBLIC, LICENSED)}
        used = {kind: sources for kind, sources in used.items() if sources}
        mixed = "; ".join(f"{kind} for {', '.join(sources)}" for kind, sources in used.items())
        return Provenance(
            preset=config.preset if used else "paper",
            data=next(iter(used), "no data") if len(used) < 2 else mixed,
            grid=self._grid() if used else "networks at the papers' sizes (64 filters of 5 x 5)",
            version=acenet.__version__,
            torch_version=version("torch"),
            seed=config.seed,
            seeds=list(config.training_seeds),
        )

    def _grid(self) -> str:
        grid, sizes = self._study.grid, self._study.sizes
        return (
            f"{' x '.join(map(str, grid.shape))} voxels of {grid.voxel_mm:g} mm, "
            f"{sizes.filters} filters, {sizes.epochs:g} epochs in place of 100"
        )

    def of_tables(self, part: str = "") -> Provenance:
        """What made all tables together."""
        return self.provenance(self._study.results.trainings_in(part))

    def of_table(self, table: str, part: str = "") -> Provenance:
        """What made a table."""
        return self.provenance(self._study.results.table_trainings(table, part))

    def of_controls(self, part: str = "") -> Provenance:
        """What made the table of controls."""
        return self.provenance(self._study.controls.trainings(part))

    def masks(self, table: str, part: str = "") -> dict[str, str]:
        """What the brain masks of each data set are, for tables that print how well they are found."""
        if "dice_skull" not in self._study.results.layouts[table].metrics:
            return {}
        shown = self._study.results.table_trainings(table, part)
        datasets = sorted({training.split("/")[0] for training in shown})
        return {dataset: self._study.source_of(dataset).masks for dataset in datasets}

    def of_figure(self, figure: str, part: str = "") -> Provenance:
        """What made a figure."""
        return self.provenance(self._study.results.figure_trainings(figure, part))

    def of_viewer(self, dataset: str) -> Provenance:
        """What made the predictions that the viewer shows of a data set."""
        return self.provenance(self._study.results.viewed_trainings(dataset))

    def data_of_model(self, dataset: str, model: str) -> str:
        """Where the data of a training came from, for its card."""
        if dataset in self._study.own:
            return f"data of one's own ({dataset})"
        return self.provenance([f"{dataset}/{model}"]).data

    def origins(self) -> dict[str, Any]:
        """What the numbers of each data set were made from: the fields of `acenet.report.Origin`."""
        embedded = {dataset: self._study.source_of(dataset).is_embedded for dataset in DATASETS}
        kinds = {dataset: EMBEDDED if stands_in else LICENSED for dataset, stands_in in embedded.items()}
        return {"preset": self._study.config.preset, "data": kinds}

    def raw_data(self) -> dict[str, str]:
        """Where the raw files of each source behind the tables are from, for the record."""
        sources = [self._study.source(name) for name in (*self._study.results.sources, "adni")]
        return {s.name: EMBEDDED if s.is_embedded else f"{LICENSED}, {s.where_from}" for s in sources}

    def used_config(self) -> dict[str, Any]:
        """The configuration without the presets that were not chosen."""
        config = self._study.config
        return {
            **config.model_dump(mode="json"),
            "seeds": list(config.training_seeds),
            "presets": {config.preset: config.chosen.model_dump(mode="json")},
        }

    def own_table(self, dataset: str) -> str:
        """The title of the table of a data set of one's own."""
        return f"{dataset}: preset {self._study.config.preset}"

    def subjects(self, source: str) -> str:
        """The caption of the pictures of a source's subjects."""
        return f"{source}: {EMBEDDED if self._study.source(source).is_embedded else LICENSED}"

    def paper_of_table(self, table: str) -> str:
        """Where the report lists a table."""
        return self._study.results.layouts[table].paper

    def table_labels(self, table: str, form: str, part: str = "") -> dict[str, str]:
        """How the report lists a table; it sorts as text, and puts the form that sorts first in front."""
        layout = self._study.results.layouts[table]
        return {"item": f"Table {int(layout.number):02d}{_told(part)}", "shows": layout.title, "form": form}

    def category_of_figure(self, figure: str) -> str:
        """Where the report lists a figure: with its paper, or that of the table it shows."""
        results = self._study.results
        plan = results.figures[figure]
        return plan.paper or (results.layouts[plan.table].paper if plan.table else "Beyond the papers")

    def judgement_labels(self, item: str, form: str, part: str = "") -> dict[str, str]:
        """How the report lists the summary, the claims and the controls."""
        return {"item": f"{item}{_told(part)}", "form": form}

    def figure_labels(self, figure: str, part: str = "") -> dict[str, str]:
        """How the report lists a figure; it sorts as text."""
        plan = self._study.results.figures[figure]
        item = f"Figure {int(plan.number):02d}" if plan.paper else plan.figure
        return {"item": f"{item}{_told(part)}", "shows": plan.title, "form": "PNG"}


def _told(part: str) -> str:
    """A part in words, behind what it is a part of."""
    return f", {part.removesuffix('/').upper()} alone" if part else ""
