"""Long tables of known content for all trainings, and the tables built from them."""

import pandas as pd

from acenet.papers import load_cells, load_layouts, networks_of, trainings_of
from acenet.report import Provenance, build_table

TABLES = [*(f"table{n:02d}" for n in range(1, 12)), "ffce_table01", "ffce_table02", "ffce_table03"]
EMBEDDED = Provenance("demo", "embedded cohort", "64^3 voxels of 3 mm", "0.1_dev & more", "2.13", 7)
LICENSED = Provenance("paper", "licensed data", "256^3 voxels of 1 mm", "0.1")
EVALUATED = {"malc27": (1, 2), "malc133": (1, 2), "schizbull32": (1, 2), "mindboggle62": (1, 2)}
VALUES = {"dice": 0.75, "jaccard": 0.6, "hd_mm": 6.0, "hd_gt_to_pred_mm": 4.0}
SPLITS = {"malc": {"a": "test", "b": "test", "c": "train", "d": "train", "e": "train"}}
COLUMNS = ["dataset", "model", "seed", "subject", "split", "structure", "name", "metric", "value", "status"]


def long_table(training_id: str, offset: float = 0.0) -> pd.DataFrame:
    """Two test subjects and a validation subject; subject a is `offset` - 0.05 off, b `offset` + 0.05."""
    dataset, model = training_id.split("/")
    rows = []
    for subject, split, shift in (("a", "test", -0.05), ("b", "test", 0.05), ("v", "validation", 0.1)):
        whose = (dataset, model, 1, subject, split)
        for structure in (-1, 0, 1, 2, 3):  # 3 does not count
            for metric, value in VALUES.items():
                if structure > 0 or metric in ("dice", "jaccard"):
                    value = 99.0 if structure == 3 else value + shift + offset
                    rows.append((*whose, structure, "name", metric, value, "ok"))
        seconds = 2.0 + 10 * shift + offset
        rows.append((*whose, -2, "scan (a processor, 2 threads)", "prediction_seconds", seconds, "ok"))
    return pd.DataFrame(rows, columns=COLUMNS)


def long_tables(table: str) -> dict[str, pd.DataFrame]:
    return {training_id: long_table(training_id) for training_id in trainings_of(table)}


def counts_of(table: str) -> pd.DataFrame:
    ids = networks_of(table)
    return pd.DataFrame({"training_id": ids, "parameters_all": 3_565_488, "parameters_used": 3_561_231})


def built(
    table: str, provenance: Provenance = EMBEDDED, measured: dict[str, pd.DataFrame] | None = None
) -> pd.DataFrame:
    """`table` built from `measured`, by default the invented long tables."""
    return build_table(
        load_layouts()[table],
        load_cells(table),
        long_tables(table) if measured is None else measured,
        provenance=provenance,
        counts=counts_of(table),
        splits=SPLITS,
        evaluated=EVALUATED,
    )
