"""Long tables of known Dice indices, for the figures."""

import numpy as np
import pandas as pd

from acenet.metrics.long_table import DTYPES
from acenet.protocols import load_protocol
from acenet.report.provenance import EMBEDDED, Provenance

PROVENANCE = Provenance("demo", EMBEDDED, "48 x 48 x 58 voxels of 3.2 mm", "0.1", "2.6", 1)


def scores(dataset: str, n_subjects: int, seed: int = 0) -> np.ndarray:
    """Dice indices (subjects, structures) of one method, between 0.5 and 0.7."""
    n_structures = len(load_protocol(dataset).structures)
    return np.random.default_rng(seed).uniform(0.5, 0.7, (n_subjects, n_structures))


def long_table(training_id: str, values: np.ndarray, seed: int = 1) -> pd.DataFrame:
    """The long table that holds `values` (subjects, structures); NaN where both maps lack the structure.

    Besides test subjects' Dice indices it has what figures must not show: validation subjects, other metrics.
    """
    dataset, model = training_id.split("/")
    structures = load_protocol(dataset).structures
    rows = []
    for number, row in enumerate(values):
        for structure, value in zip(structures, row, strict=True):
            status = "both_empty" if np.isnan(value) else "ok"
            place = (dataset, model, seed, f"s{number:02d}")
            named = (structure.index, structure.name)
            rows.append((*place, "test", *named, "dice", value, status))
            rows.append((*place, "test", *named, "hd_mm", 55.0, "ok"))
    rows.append((dataset, model, seed, "v", "validation", 1, structures[0].name, "dice", 0.11, "ok"))
    return pd.DataFrame(rows, columns=list(DTYPES)).astype(DTYPES)


def pair(dataset: str, ours: np.ndarray, baseline: np.ndarray) -> dict[str, pd.DataFrame]:
    """Long tables of the two methods that ACEnet's Figures 4 to 7 compare."""
    models = {f"{dataset}/quicknatv2": baseline, f"{dataset}/acenet-s5-skull-twostage": ours}
    return {training_id: long_table(training_id, values) for training_id, values in models.items()}
