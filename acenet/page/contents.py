"""What lies in the folder of a run, as the page shows it. What is not there yet is left out, and named."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from acenet.errors import InputError
from acenet.papers import load_layouts, load_trainings
from acenet.plan import paths
from acenet.plan.results import MALC
from acenet.report import Provenance, read_table_csv

FACTS = ("preset", "data", "grid", "version", "torch_version")
RECORDS = ("run", "trainings", "packages", "data")


@dataclass(frozen=True)
class Contents:
    """Results of a run.

    Attributes
    ----------
    directory
        The working directory of the run, that with the folder `results`.
    tables
        Tables of the papers by name, in the papers' order.
    own
        Tables of data sets of one's own, by data set.
    summary, claims
        Of all tables together; None where they are not made.
    logs
        (training id, seed) -> its losses, epoch by epoch; the seeds of one training together, the first first.
    records
        Run, trainings, packages and data, as provenance has them; '' and 'NaN' in place of nothing.
    settings
        The configuration, as YAML.
    unavailable
        Why tables cannot be made in this configuration, by name.
    part
        Of which tables and figures: '' or, in a folder that has MALC's alone, 'malc/'.
    """

    directory: Path
    tables: Mapping[str, pd.DataFrame]
    own: Mapping[str, pd.DataFrame]
    summary: pd.DataFrame | None
    claims: pd.DataFrame | None
    logs: Mapping[tuple[str, int], pd.DataFrame]
    records: Mapping[str, pd.DataFrame]
    settings: str = ""
    unavailable: Mapping[str, str] = field(default_factory=dict)
    part: str = ""

    def has(self, path: str) -> bool:
        """Whether a file or folder of the run is there."""
        return (self.directory / path).exists()

    def table(self, name: str, form: str) -> str:
        """Where a table is looked for."""
        return paths.table(name, form, self.part)

    def figure(self, name: str, form: str) -> str:
        """Where a figure is looked for."""
        return paths.figure(name, form, self.part)

    def seeds_of(self, training: str) -> tuple[int, ...]:
        """The seeds of a training, the first first: those that the tables were made with, else those that are there."""
        told = self.provenance.seeds if self.provenance else ()
        return tuple(told) or _seeds_there(self.directory, training) or (1,)

    @property
    def provenance(self) -> Provenance | None:
        """What made the results: of the last table whose numbers were measured, else of any."""
        found = [provenance_of(table) for table in self.tables.values()]
        measured = [one for one in found if one.data != "no data"]
        return (measured or found)[-1] if found else None


def read_contents(directory: Path, unavailable: Mapping[str, str] | None = None) -> Contents:
    """Read what there is of a run in its working directory.

    Raises
    ------
    InputError
        A file is there and is not what it should be.
    """
    part = _part_there(directory)
    wanted = {name: directory / paths.table(name, "csv", part) for name in load_layouts()}
    own = sorted((directory / paths.own_table("x", "csv")).parent.glob("*.csv"))
    logs = {
        (one, seed): directory / paths.training_log(one, seed)
        for one in load_trainings()
        for seed in _seeds_there(directory, one)
    }
    settings = directory / paths.record("settings", "yaml")
    return Contents(
        directory,
        tables={name: read_table_csv(path) for name, path in wanted.items() if path.is_file()},
        own={path.stem: _read(path) for path in own},
        summary=_of_all(directory, paths.table("summary", "csv", part)),
        claims=_of_all(directory, paths.table("claims", "csv", part)),
        logs={one: _read(path) for one, path in logs.items() if path.is_file()},
        records={
            name: _read(path, text=True)
            for name in RECORDS
            if (path := directory / paths.record(name, "csv")).is_file()
        },
        settings=settings.read_text(encoding="utf-8") if settings.is_file() else "",
        unavailable=unavailable or {},
        part=part,
    )


def _seeds_there(directory: Path, training: str) -> tuple[int, ...]:
    """The seeds with which a training has begun, in order."""
    logs = directory.glob(paths.training_log(training, "*"))
    found = [path.parent.name.removeprefix("seed") for path in logs]
    return tuple(sorted(int(one) for one in found if one.isdecimal()))


def _part_there(directory: Path) -> str:
    """'', or MALC where no other table is there than of this part."""
    for part in ("", MALC):
        if any((directory / paths.table(name, "csv", part)).is_file() for name in load_layouts()):
            return part
    return ""


def _of_all(directory: Path, name: str) -> pd.DataFrame | None:
    path = directory / name
    return read_table_csv(path) if path.is_file() else None


def _read(path: Path, *, text: bool = False) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False) if text else pd.read_csv(path)
    except ValueError as error:
        raise InputError(path, expected="a table of results", found=str(error)) from error


def provenance_of(table: pd.DataFrame) -> Provenance:
    """What a built table says that its numbers come from."""
    first = table.iloc[0]
    preset, data, grid, version, torch_version = (
        "" if pd.isna(first[name]) else str(first[name]) for name in FACTS
    )
    seeds = tuple(int(one) for one in str(first.get("seeds", "")).split(",") if one.strip().isdecimal())
    return Provenance(preset, data, grid, version, torch_version, int(first["seed"]), seeds)
