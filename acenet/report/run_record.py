"""What a finished run was made of: its data, its trainings and its software, as tables."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import torch
import yaml

import acenet
from acenet.conform.manifest import read_manifest
from acenet.errors import InputError
from acenet.files.atomic import replacing, write_text
from acenet.models.model_file import read_card
from acenet.report.page import report_page, section
from acenet.system.device import processor_name
from acenet.system.versions import code_version, package_versions

TRAININGS = (
    "Epoch seconds are those of all logged epochs, CPU seconds those that the training counted itself from its start "
    "to its last epoch, and the peak of the memory (MiB, without a GPU's own) is the largest of all sittings. Wall "
    "seconds are of the last sitting, which for a training that was interrupted is not the whole; so are CPU seconds "
    "and memory where a log of an earlier version has none."
)
DATA = "The raw files that were read, each with its SHA-256 at that time."


@dataclass(frozen=True)
class FinishedTraining:
    """What a training left behind. The benchmark may be missing: results that were copied have none."""

    training: str
    model: Path
    log: Path
    benchmark: Path


@dataclass(frozen=True)
class TrainingRecord:
    """One training.

    Attributes
    ----------
    device
        The model of the processor or GPU.
    commit
        Of the code that finished the training.
    epochs, epoch_seconds, cpu_seconds
        Number, time and CPU time of the logged epochs, over all sittings.
    wall_seconds
        Of the last sitting; less than the whole where a training was interrupted.
    code, packages
        Digest of the code behind the training, and versions (acenet.system.code_digest).
    deterministic
        Whether only deterministic ways were allowed.
    identity
        Digest of settings, data and code.
    peak_memory_mb
        Largest resident memory (MiB), without a GPU's own.
    """

    training: str
    seed: int | None
    device: str
    threads: int | None
    n_train: int
    n_validation: int
    epochs: int
    epoch_seconds: float
    wall_seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    commit: str
    acenet: str
    torch: str
    python: str
    code: str
    packages: str
    deterministic: bool
    identity: str


@dataclass(frozen=True)
class RunRecord:
    """All of it; see the functions that make each table. `settings` is the configuration."""

    run: pd.DataFrame
    trainings: pd.DataFrame
    data: pd.DataFrame
    packages: pd.DataFrame
    settings: Mapping[str, Any]


def training_table(files: Sequence[FinishedTraining]) -> pd.DataFrame:
    """One row per training, with the columns of `TrainingRecord`."""
    columns = [field.name for field in fields(TrainingRecord)]
    table = pd.DataFrame([asdict(_training(one)) for one in files], columns=columns)
    return table.astype({"seed": "Int64", "threads": "Int64"})


def _training(files: FinishedTraining) -> TrainingRecord:
    card = read_card(files.model)
    versions, subjects = card.get("versions", {}), card.get("subjects", {})
    try:
        log = pd.read_csv(files.log)
    except ValueError as error:
        raise InputError(files.log, expected="the log of a training", found=f"{error}") from None
    cost = _benchmark(files.benchmark)
    if "cpu_seconds" in log:  # Snakemake samples from outside, and misses what is after its last sample
        cost |= {"cpu_time": float(log["cpu_seconds"].sum()), "max_rss": float(log["peak_memory_mb"].max())}
    return TrainingRecord(
        training=files.training,
        seed=card.get("settings", {}).get("seed"),
        device=card.get("device", ""),
        threads=card.get("threads"),
        n_train=len(subjects.get("train", ())),
        n_validation=len(subjects.get("validation", ())),
        epochs=len(log),
        epoch_seconds=round(float(log["seconds"].sum()), 2),
        wall_seconds=cost.get("s", float("nan")),
        cpu_seconds=round(cost.get("cpu_time", float("nan")), 2),
        peak_memory_mb=round(cost.get("max_rss", float("nan")), 1),
        commit=versions.get("commit", ""),
        acenet=versions.get("acenet", ""),
        torch=versions.get("torch", ""),
        python=versions.get("python", ""),
        code=versions.get("code", ""),
        packages=versions.get("packages", ""),
        deterministic=card.get("deterministic", False),
        identity=card.get("identity", ""),
    )


def _benchmark(path: Path) -> dict[str, float]:
    """The last row of a benchmark of Snakemake by column; empty without a file. A job too short has no memory."""
    if not path.is_file():
        return {}
    table = pd.read_csv(path, sep="\t", na_values=["-", "NA"])
    numbers = table[[name for name in ("s", "cpu_time", "max_rss") if name in table]]
    return {str(name): float(value) for name, value in numbers.iloc[-1].items()} if len(table) else {}


def data_table(
    manifests: Sequence[Path], splits: Mapping[str, Mapping[str, str]], origins: Mapping[str, str]
) -> pd.DataFrame:
    """One row per raw file that was read, with its SHA-256 as the conform step recorded it.

    Parameters
    ----------
    manifests
        `{source}/{subject}/conform.json`.
    splits
        Source -> part of each subject.
    origins
        Source -> where its raw files are from.
    """
    rows = []
    for path in manifests:
        source, subject = path.parts[-3:-1]
        files = read_manifest(path.parent).sha256
        part = splits.get(source, {}).get(subject, "")
        rows += [(source, origins.get(source, ""), subject, part, name, sha) for name, sha in files.items()]
    return pd.DataFrame(rows, columns=["source", "data", "subject", "part", "file", "sha256"])


def run_table(settings: Mapping[str, object]) -> pd.DataFrame:
    """What the run was made with, as two columns: code, machine, and the named settings."""
    # without a driver that suits torch, devices are counted and cannot be asked for their names
    numbers = range(torch.cuda.device_count()) if torch.cuda.is_available() else ()
    gpus = [torch.cuda.get_device_name(number) for number in numbers]
    facts = {
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": code_version(),
        "acenet": acenet.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": processor_name(),
        "cores": os.cpu_count(),
        "GPUs": ", ".join(gpus) or "none",
        **settings,
    }
    return _pairs("what", facts)


def package_table() -> pd.DataFrame:
    """Name and version of every installed package."""
    return _pairs("package", package_versions(), "version")


def _pairs(first: str, values: Mapping[str, object], second: str = "value") -> pd.DataFrame:
    return pd.DataFrame([(name, str(value)) for name, value in values.items()], columns=[first, second])


def write_record(record: RunRecord, folder: Path) -> None:
    """Write run.csv, trainings.csv, data.csv, packages.csv, settings.yaml, and a page of all of them."""
    tables = {field.name: getattr(record, field.name) for field in fields(RunRecord)}
    settings = yaml.safe_dump(tables.pop("settings"), sort_keys=False)
    for name, table in tables.items():
        with replacing(folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
    write_text(folder / "settings.yaml", settings)
    sections = [
        section("Run", record.run),
        section("Trainings", record.trainings, intro=TRAININGS),
        section("Settings", settings),
        section("Data", record.data, intro=DATA),
        section("Packages", record.packages),
    ]
    write_text(folder / "provenance.html", report_page("What these results were made of", sections))
