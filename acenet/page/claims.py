"""The papers' claims for the page: verdicts, and each comparison as a dot with its interval on a common axis."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from acenet.report.claims import CONTRADICTED, HOLDS, NOT_MADE, UNDECIDED
from acenet.report.labels import DATA_NAMES
from acenet.report.readings import READINGS

COLOURS = {HOLDS: "better", CONTRADICTED: "worse", UNDECIDED: "agrees", NOT_MADE: "none"}
SIGNS = {HOLDS: "✓", CONTRADICTED: "✗", UNDECIDED: "?", NOT_MADE: "–"}
PAIR = ("better_id", "worse_id")
MARGIN = 0.06  # of the axis, at each end


@dataclass(frozen=True)
class Dot:
    """One comparison.

    Attributes
    ----------
    who
        Its data, and the two trainings where the claim's other comparisons have others.
    x, low, high, paper
        Places on the axis (0..100), None where there is no such value.
    """

    who: str
    verdict: str
    colour: str
    text: str
    x: float | None
    low: float | None
    high: float | None
    paper: float | None


@dataclass(frozen=True)
class ShownClaim:
    """A claim with its comparisons.

    Attributes
    ----------
    pair
        The trainings, where all compare the same two.
    zero
        Where the axis has no difference (0..100).
    """

    name: str
    paper: str
    statement: str
    verdict: str
    colour: str
    sign: str
    note: str
    measure: str
    pair: str
    held: int
    made: int
    zero: float
    ends: tuple[str, str]
    dots: tuple[Dot, ...]


def shown_claims(claims: pd.DataFrame | None) -> list[ShownClaim]:
    """Each claim of the table of `evaluate_claims`, in its order."""
    if claims is None:
        return []
    return [_claim(str(name), group) for name, group in claims.groupby("claim", sort=False)]


def _claim(name: str, group: pd.DataFrame) -> ShownClaim:
    first = group.iloc[0]
    numbers = group[["difference", "ci_low", "ci_high", "published_difference"]].to_numpy(float).ravel()
    known = [0.0, *(float(one) for one in numbers if one == one)]
    span = (max(known) - min(known)) or 1.0
    low, high = min(known) - MARGIN * span, max(known) + MARGIN * span

    def place(value: float) -> float | None:
        return None if value != value else round(100 * (value - low) / (high - low), 2)

    pairs = [" over ".join(row[one].split("/")[1] for one in PAIR) for row in group.to_dict("records")]
    alike = len(set(pairs)) == 1
    dots = tuple(
        Dot(
            DATA_NAMES[row["dataset"]] + ("" if alike else f": {pair}"),
            row["verdict"],
            COLOURS[row["verdict"]],
            _text(row),
            place(row["difference"]),
            place(row["ci_low"]),
            place(row["ci_high"]),
            place(row["published_difference"]),
        )
        for row, pair in zip(group.to_dict("records"), pairs, strict=True)
    )
    verdict, reading = first["claim_verdict"], READINGS[first["metric"]]
    smaller = ", of which the smaller is the better" if reading.lower_is_better else ""
    return ShownClaim(
        name=name,
        paper=first["paper"],
        statement=first["statement"],
        verdict=verdict,
        colour=COLOURS[verdict],
        sign=SIGNS[verdict],
        note=first["note"],
        measure=f"Difference of the {reading.words}{smaller}",
        pair=pairs[0] if alike else "",
        held=int((group["verdict"] == HOLDS).sum()),
        made=int((group["verdict"] != NOT_MADE).sum()),
        zero=place(0.0) or 0.0,
        ends=(signed(low), signed(high)),
        dots=dots,
    )


def _text(row: Mapping[Any, Any]) -> str:
    if row["verdict"] == NOT_MADE:
        return str(row["status"])
    if row["ci_low"] != row["ci_low"]:
        return f"{signed(row['difference'])}, {row['status']}"
    interval = f"{signed(row['difference'])} [{signed(row['ci_low'])}, {signed(row['ci_high'])}]"
    p = f", p {row['p_subjects']:.2g}" if row["p_subjects"] == row["p_subjects"] else ""
    return f"{interval}{p}, n {row['n_subjects']:.0f}"


def signed(value: float) -> str:
    """A difference with three decimals and its sign, or 'n/a'."""
    return "n/a" if value != value else f"{round(value, 3) + 0.0:+.3f}".replace("-", "−")
