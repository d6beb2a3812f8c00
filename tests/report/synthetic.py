"""Long tables of all trainings, each with its own values, for tests across tables, summary and claims."""

import zlib
from functools import cache

import numpy as np
import pandas as pd

from acenet.metrics.long_table import DTYPES
from acenet.papers import load_cells, load_layouts, load_trainings, networks_of, trainings_of
from acenet.report import Origin, Provenance, build_summary, build_table

DATASETS = ("malc27", "malc133", "schizbull32", "mindboggle62")
EVALUATED = dict.fromkeys(DATASETS, (1, 2, 3))
ORIGIN = Origin("demo", {**dict.fromkeys(DATASETS, "embedded cohort"), "schizbull32": "licensed data"})
PROVENANCE = Provenance("demo", "embedded cohort", "48^3 voxels of 3 mm", "0.1")
SUBJECTS = {f"t{i}": "test" for i in range(6)} | {f"v{i}": "validation" for i in range(3)}
METRICS = {"dice": 0.7, "jaccard": 0.55, "hd_mm": 6.0, "hd_gt_to_pred_mm": 4.0, "prediction_seconds": 2.0}


def long_table(training_id: str, level: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Values around METRICS plus `level`, different for every training, subject, structure and seed."""
    dataset, model = training_id.split("/")
    generator = np.random.default_rng([zlib.crc32(training_id.encode()), seed])
    rows = []
    for subject, split in SUBJECTS.items():
        for metric, centre in METRICS.items():
            places = (-2,) if metric == "prediction_seconds" else (-1, 0, 1, 2, 3)
            for structure in places:
                value = centre + level + generator.normal(0, 0.02)
                rows.append((dataset, model, 1, subject, split, structure, "name", metric, value, "ok"))
    return pd.DataFrame(rows, columns=list(DTYPES)).astype(DTYPES)


@cache
def all_long_tables() -> dict[str, pd.DataFrame]:
    """By training id; not to be changed."""
    return {training_id: long_table(training_id) for training_id in load_trainings()}


def all_tables(long_tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Every table of both papers."""
    counts = {
        name: pd.DataFrame(
            {"training_id": networks_of(name), "parameters_all": 3_555_284, "parameters_used": 3_551_027}
        )
        for name in load_layouts()
    }
    return {
        name: build_table(
            layout,
            load_cells(name),
            {one: long_tables[one] for one in trainings_of(name)},
            provenance=PROVENANCE,
            counts=counts[name],
            splits={"malc": SUBJECTS},
            evaluated=EVALUATED,
        )
        for name, layout in load_layouts().items()
    }


@cache
def tables_of_all() -> dict[str, pd.DataFrame]:
    """Every table of the long tables above; not to be changed."""
    return all_tables(all_long_tables())


@cache
def summary_of_all() -> pd.DataFrame:
    """The summary of these tables; not to be changed."""
    return build_summary(
        load_cells(), tables_of_all(), all_long_tables(), origin=ORIGIN, unavailable={}, evaluated=EVALUATED
    )
