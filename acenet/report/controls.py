"""The papers' comparisons between unequal numbers of epochs, and beside each the same with a control."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import pandas as pd

from acenet.files.atomic import write_text
from acenet.papers import Claim, Controlled
from acenet.report.claims import COUNTS, evaluate_claims, explanation, number_text, signed
from acenet.report.labels import DATA_NAMES
from acenet.report.markdown import MARKDOWN
from acenet.report.page import report_page, section
from acenet.report.provenance import Provenance
from acenet.report.readings import READINGS, Evaluated
from acenet.report.summary import Origin

TITLE = "Equal budgets: the papers' comparisons with as many epochs for either network"
BOTH = (
    *("difference", "ci_low", "ci_high", "p_subjects", "least_p", "n_subjects", "n_missing_subjects"),
    *("n_trainings_ours", "n_trainings_baseline", "verdict", "status"),
)
"""Columns of `evaluate_claims` of either comparison."""
ABOUT = (
    "Where a paper compares trainings of unequal numbers of epochs (two stages of 100 with one of 100), the other "
    "network was trained here a second time, for as many epochs as the one found better, first stages counted: a "
    "control. The controls are ours; no paper has them, and none stands in a table of theirs. Numbers of epochs are "
    "those of this run; a fraction is a part of the slices. "
)
SHOWN = {
    **{"statement": "claim", "metric": "measure", "dataset": "data", "better_id": "better"},
    **{
        "better_epochs": "epochs",
        "worse_id": "than",
        "worse_epochs": "its epochs",
        "difference": "difference",
    },
    **{"ci_low": "from", "ci_high": "to", "p_subjects": "p", "least_p": "least p", "verdict": "verdict"},
    **{"control_epochs": "control's epochs", "control_difference": "difference to it"},
    **{
        "control_ci_low": "from ",
        "control_ci_high": "to ",
        "control_p_subjects": "p ",
        "control_verdict": "verdict ",
    },
    **{"n_subjects": "subjects"},
}


def build_controls(
    comparisons: Sequence[Controlled],
    long_tables: Mapping[str, pd.DataFrame],
    *,
    epochs: Mapping[str, float],
    origin: Origin,
    evaluated: Evaluated | None = None,
) -> pd.DataFrame:
    """One row per comparison: as the paper makes it, then, in columns `control_...`, with the control.

    Parameters
    ----------
    long_tables
        By training id, those of the controls among them.
    epochs
        Of each training in this run, with those of what it starts from.

    Notes
    -----
    Columns: claim, statement, paper, dataset, metric, better_id, better_epochs, worse_id, worse_epochs, the columns
    `BOTH`; control_id, control_epochs, and `BOTH` once more; preset, data, note.
    """

    def judged(claims: list[Claim]) -> list[dict[Any, Any]]:
        if not claims:
            return []
        table = evaluate_claims(claims, long_tables, origin=origin, unavailable={}, evaluated=evaluated)
        return table.to_dict("records")

    theirs = judged([one.as_claim for one in comparisons])
    ours = judged([one.with_control for one in comparisons])
    rows = [
        {
            **{name: first[name] for name in ("claim", "statement", "paper", "dataset", "metric")},
            **{"better_id": first["better_id"], "better_epochs": epochs[first["better_id"]]},
            **{"worse_id": first["worse_id"], "worse_epochs": epochs[first["worse_id"]]},
            **{name: first[name] for name in BOTH},
            **{"control_id": second["worse_id"], "control_epochs": epochs[second["worse_id"]]},
            **{f"control_{name}": second[name] for name in BOTH},
            **{name: first[name] for name in ("preset", "data", "note")},
        }
        for first, second in zip(theirs, ours, strict=True)
    ]
    counts = [name for name in COUNTS if name in BOTH]
    whole = dict.fromkeys((*counts, *(f"control_{name}" for name in counts)), "Int64")
    return pd.DataFrame(rows).astype(whole if rows else {})


def write_controls_markdown(
    table: pd.DataFrame, path: str | PathLike[str], *, provenance: Provenance
) -> None:
    """Write the table of `build_controls` for readers."""
    values = {
        "title": TITLE,
        "caption": _origin(provenance),
        "about": ABOUT + explanation(provenance),
        "rows": [_comparison(row) for row in table.to_dict("records")],
    }
    write_text(path, MARKDOWN.render("controls.md.j2", values))


def write_controls_page(table: pd.DataFrame, path: str | PathLike[str], *, provenance: Provenance) -> None:
    """Write it as a web page."""
    shown = table[list(SHOWN)].rename(columns=SHOWN) if len(table) else table
    sections = [section("Comparisons", shown, intro=ABOUT + explanation(provenance).replace("**", ""))]
    write_text(path, report_page(TITLE, sections, intro=_origin(provenance)))


def _origin(provenance: Provenance) -> str:
    return " ".join(part for part in (provenance.sentence, provenance.warning) if part)


def _comparison(row: Mapping[Any, Any]) -> dict[str, Any]:
    """What the page says of one comparison."""
    return {
        "statement": row["statement"],
        "measure": READINGS[row["metric"]].words,
        "data": DATA_NAMES[row["dataset"]],
        "better": row["better_id"].split("/")[1],
        "better_epochs": f"{row['better_epochs']:g}",
        "worse": row["worse_id"].split("/")[1],
        "worse_epochs": f"{row['worse_epochs']:g}",
        "control_epochs": f"{row['control_epochs']:g}",
        "theirs": _judged(row, ""),
        "equal": _judged(row, "control_"),
        "n_subjects": row["n_subjects"],
    }


def _judged(row: Mapping[Any, Any], prefix: str) -> str:
    """A difference with its interval, p and verdict, in words."""
    if row[f"{prefix}status"] and row[f"{prefix}difference"] != row[f"{prefix}difference"]:
        return f"{row[f'{prefix}verdict']}: {row[f'{prefix}status']}"
    difference, low, high = (signed(row[f"{prefix}{name}"]) for name in ("difference", "ci_low", "ci_high"))
    p, least = (number_text(row[f"{prefix}{name}"]) for name in ("p_subjects", "least_p"))
    return f"{difference} [{low}, {high}], p {p} (least {least}): {row[f'{prefix}verdict']}"
