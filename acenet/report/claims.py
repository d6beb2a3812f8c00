"""The papers' claims, each comparison made again on this run's test subjects, with a verdict."""

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any

import pandas as pd

from acenet.files.atomic import write_text
from acenet.metrics.comparison import STAR, OverallComparison, compare_overall
from acenet.papers import Claim, Contrast, load_layouts
from acenet.report.labels import DATA_NAMES
from acenet.report.markdown import MARKDOWN
from acenet.report.provenance import Provenance
from acenet.report.readings import READINGS, Evaluated
from acenet.report.summary import Origin

HOLDS, CONTRADICTED, UNDECIDED, NOT_MADE = "holds", "contradicted", "undecided", "not made"
NAN = float("nan")
ClaimRow = dict[str, Any]
FROM_COMPARISON = (
    *("n_subjects", "n_missing_subjects", "n_structures", "n_missing", "mean_ours", "mean_baseline"),
    *("ci_low", "ci_high", "p_subjects", "least_p", "rank_biserial_subjects", "p_paper_structures"),
    *("n_trainings_ours", "n_trainings_baseline", "std_trainings_ours", "std_trainings_baseline"),
)
COUNTS = (
    *("n_subjects", "n_missing_subjects", "n_structures", "n_missing"),
    *("n_trainings_ours", "n_trainings_baseline"),
)
RULE = (
    "A comparison **holds** if two things do: the 95 % interval of the difference lies on the claimed side of 0, "
    "and the exact test over subjects has p ≤ 0.05. It is **contradicted** if the interval lies on the other side, "
    "with such a p, and else **undecided**. With n subjects p cannot be below 2^(1-n), so that fewer than 6 decide "
    "nothing. A claim holds if all its comparisons hold and is contradicted if one is. Differences are "
    "of the training named first less the other's: the mean over subjects of each subject's mean over "
    "structures, with a t interval over subjects. p is two-sided, of the signed-rank statistic over all "
    "assignments of signs. Neither is corrected for the number of "
)
ONE_TRAINING = (
    "claims, and every network was trained once: they are about other subjects, not about other trainings."
)
SEVERAL_TRAININGS = (
    "claims. Every network was trained {times} (seeds {seeds}): values are means over its trainings, and the "
    "interval is about other trainings as well as about other subjects. p is about other subjects alone."
)


def explanation(provenance: Provenance) -> str:
    """How the verdicts are found, in words."""
    if not provenance.several:
        return RULE + ONE_TRAINING
    told = {"times": f"{len(provenance.seeds)} times", "seeds": provenance.trainings_seeds}
    several = SEVERAL_TRAININGS.format(**told)
    return (
        RULE.replace("with a t interval over subjects", "with an interval over subjects and trainings")
        + several
    )


def evaluate_claims(
    claims: Sequence[Claim],
    long_tables: Mapping[str, pd.DataFrame],
    *,
    origin: Origin,
    unavailable: Mapping[str, str],
    evaluated: Evaluated | None = None,
) -> pd.DataFrame:
    """One row per comparison of each claim, in the file's order, whether or not its trainings are there.

    Columns: claim, statement, paper, table, dataset, metric, better_id, worse_id; published_better,
    published_worse, published_difference; the fields of `OverallComparison` (ours: of better_id) with
    `difference`; verdict and status of the comparison, claim_verdict, preset, data, note.
    """
    rows: list[ClaimRow] = []
    for claim in claims:
        parts = [
            _part(claim, pair, long_tables, unavailable=unavailable, evaluated=evaluated)
            for pair in claim.pairs
        ]
        together = overall_verdict([part["verdict"] for part in parts])
        rows += [
            {**part, "claim_verdict": together, **origin.of(part["dataset"]), "note": claim.note}
            for part in parts
        ]
    return pd.DataFrame(rows).astype(dict.fromkeys(COUNTS, "Int64"))


def verdict(
    difference_low: float, difference_high: float, *, lower_is_better: bool = False, p: float | None = None
) -> str:
    """Whether an interval of the better training's value less the other's bears the claim out: the rule, said once.

    It holds where the interval lies on the claimed side of 0, is contradicted where it lies on the other side, and is
    undecided else, and always where p is above 0.05.

    Parameters
    ----------
    p
        Of the exact test over the same subjects. Where it is given, nothing is decided above 0.05: an interval of a few
        subjects rests on a shape of their distribution that so few cannot show. With n subjects no p is below 2^(1-n).
    """
    if p is not None and not p <= STAR:
        return UNDECIDED
    low, high = (-difference_high, -difference_low) if lower_is_better else (difference_low, difference_high)
    if low > 0:
        return HOLDS
    return CONTRADICTED if high < 0 else UNDECIDED  # undefined ends are undecided, too


def overall_verdict(verdicts: Iterable[str]) -> str:
    """The verdict of a claim from those of its comparisons; those that were not made do not count."""
    made = [one for one in verdicts if one != NOT_MADE]
    if not made:
        return NOT_MADE
    if CONTRADICTED in made:
        return CONTRADICTED
    return HOLDS if set(made) == {HOLDS} else UNDECIDED


def _part(
    claim: Claim,
    pair: Contrast,
    long_tables: Mapping[str, pd.DataFrame],
    *,
    unavailable: Mapping[str, str],
    evaluated: Evaluated | None,
) -> ClaimRow:
    """One comparison of a claim."""
    published = [NAN if value is None else value for value in (pair.published_better, pair.published_worse)]
    row: ClaimRow = {
        "claim": claim.name,
        "statement": claim.statement,
        "paper": claim.paper,
        "table": pair.table,
        "dataset": pair.dataset,
        "metric": claim.metric,
        "better_id": pair.better,
        "worse_id": pair.worse,
        "published_better": published[0],
        "published_worse": published[1],
        "published_difference": round(published[0] - published[1], 6),
    }
    missing = [one for one in (pair.better, pair.worse) if one not in long_tables]
    if missing:
        reason = unavailable.get(pair.table, f"no long table of {', '.join(missing)}")
        nothing = {name: pd.NA if name in COUNTS else NAN for name in FROM_COMPARISON}
        return {**row, "difference": NAN, **nothing, "verdict": NOT_MADE, "status": reason}
    reading = READINGS[claim.metric]
    found = compare_overall(
        long_tables[pair.better],
        long_tables[pair.worse],
        structures=reading.structures(pair.dataset, evaluated),
        metric=reading.quantity,
        split=reading.split,
    )
    judged = verdict(found.ci_low, found.ci_high, lower_is_better=reading.lower_is_better, p=found.p_subjects)
    values = {name: getattr(found, name) for name in FROM_COMPARISON}
    return {
        **row,
        "difference": found.difference_subjects,
        **values,
        "verdict": judged,
        "status": _status(found),
    }


def _status(found: OverallComparison) -> str:
    if found.n_subjects == 0:
        return "no subject with a value in both"
    if found.n_subjects == 1:
        return "measured, one subject: no interval"
    trained = (found.n_trainings_ours, found.n_trainings_baseline)
    if found.least_p > STAR:
        return f"measured, {found.n_subjects} subjects: too few, no p below {found.least_p:g} is possible"
    if max(trained) > 1 and not found.of_trainings:
        return f"measured, {trained[0]} trainings against {trained[1]}: the interval is over subjects alone"
    if trained[0] != trained[1]:
        return f"measured, {trained[0]} trainings against {trained[1]}"
    return "measured"


def write_claims_markdown(table: pd.DataFrame, path: str | PathLike[str], *, provenance: Provenance) -> None:
    """Write the table of `evaluate_claims` for readers: what holds, then each claim with its comparisons."""
    values = {
        "caption": " ".join(part for part in (provenance.sentence, provenance.warning) if part),
        "explanation": explanation(provenance),
        "claims": [_claim(group) for _, group in table.groupby("claim", sort=False)],
    }
    write_text(path, MARKDOWN.render("claims.md.j2", values))


def _claim(group: pd.DataFrame) -> ClaimRow:
    """What the page says of one claim."""
    first, n_made = group.iloc[0], int((group["verdict"] != NOT_MADE).sum())
    reading = READINGS[first["metric"]]
    return {
        "paper": first["paper"],
        "statement": first["statement"],
        "verdict": first["claim_verdict"],
        "note": first["note"],
        "n_held": int((group["verdict"] == HOLDS).sum()),
        "n_made": n_made,
        "n_not_made": len(group) - n_made,
        "measure": reading.words,
        "lower_is_better": reading.lower_is_better,
        "comparisons": [_comparison(row) for row in group.to_dict("records")],
    }


def _comparison(row: Mapping[Any, Any]) -> ClaimRow:
    """What the page says of one comparison; `remark`: why it was not made, or why it is undecided."""
    made, reason = row["verdict"] != NOT_MADE, row["status"].partition(", ")[2]
    return {
        "table": load_layouts()[row["table"]].number,
        "data": DATA_NAMES[row["dataset"]],
        "better": row["better_id"].split("/")[1],
        "worse": row["worse_id"].split("/")[1],
        "published": signed(row["published_difference"], 3),
        "made": made,
        "ours": signed(row["difference"]),
        "low": signed(row["ci_low"]),
        "high": signed(row["ci_high"]),
        "p": number_text(row["p_subjects"]),
        "least_p": number_text(row["least_p"]),
        "n_subjects": row["n_subjects"],
        "n_missing": row["n_missing_subjects"],
        "verdict": row["verdict"],
        "remark": (reason if row["verdict"] == UNDECIDED else "") if made else row["status"],
    }


def signed(value: float, digits: int = 4) -> str:
    """A difference with its sign; n/a for NaN."""
    if value != value:
        return "n/a"
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", "−")


def number_text(p: float) -> str:
    """A p-value in few digits; n/a for NaN."""
    return "n/a" if p != p else f"{p:.3f}" if p >= 0.001 else f"{p:.1e}"
