"""How far quantities of real scans spread: of 30 adults, as people segmented them (tools/volume_spread.py)."""

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

BRAIN, ASYMMETRY, CONTRAST = "brain", "asymmetry", "contrast"
SCANS = 30


@dataclass(frozen=True)
class Spread:
    """Mean, standard deviation (n - 1), least and most of a quantity over scans."""

    mean: float
    sd: float
    least: float
    most: float


@functools.cache
def measured_spreads() -> Mapping[tuple[str, str], Spread]:
    """By protocol and quantity: the three above (ml, ratio, ratio), and the volume in ml of each structure, by id.

    Brain, asymmetry and contrast are of malc27; other protocols see the same brains.
    """
    text = resources.files(__package__).joinpath("spread.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader((line for line in text.splitlines() if not line.startswith("#")), delimiter="\t")
    found = {
        (row["protocol"], row["quantity"]): Spread(
            *(float(row[name]) for name in ("mean", "sd", "least", "most"))
        )
        for row in rows
    }
    return MappingProxyType(found)
