"""The summary and the claims as web pages, for the workflow's report: the columns that a reader looks for."""

from os import PathLike

import pandas as pd

from acenet.files.atomic import write_text
from acenet.report.claims import HOLDS, NOT_MADE, explanation
from acenet.report.page import report_page, section
from acenet.report.provenance import Provenance

COMPARISON = {
    "statement": "claim",
    "table": "source",
    "dataset": "data",
    "better_id": "better",
    "worse_id": "than",
    "published_difference": "paper",
    "difference": "ours",
    "ci_low": "from",
    "ci_high": "to",
    "p_subjects": "p",
    "least_p": "least p",
    "n_subjects": "subjects",
    "verdict": "verdict",
    "status": "status",
}
VALUE = {
    "table": "table",
    "dataset": "data",
    "row": "row",
    "column": "column",
    "metric": "measure",
    "published_mean": "paper",
    "published_std": "± paper",
    "ours": "ours",
    "ours_std": "± ours",
    "difference": "Δ",
    "ci_low": "from",
    "ci_high": "to",
    "n_subjects": "subjects",
    "n_missing": "missing",
    "status": "status",
}
VALUES = "Ours less the paper's is Δ; from ... to is the 95 % t interval over subjects of the mean of subjects' means."
VALUES_OF_SEVERAL = (
    "Ours less the paper's is Δ; from ... to is the 95 % interval, over subjects and trainings, of the mean of "
    "subjects' means over their trainings."
)


def write_claims_page(claims: pd.DataFrame, path: str | PathLike[str], *, provenance: Provenance) -> None:
    """The table of `evaluate_claims`: each claim's verdict, then each comparison."""
    verdicts = pd.DataFrame(
        [
            {
                "paper": group["paper"].iloc[0],
                "claim": group["statement"].iloc[0],
                "verdict": group["claim_verdict"].iloc[0],
                "hold": f"{(group['verdict'] == HOLDS).sum()} of {(group['verdict'] != NOT_MADE).sum()}",
                "note": group["note"].iloc[0],
            }
            for _, group in claims.groupby("claim", sort=False)
        ]
    )
    sections = [
        section("Verdicts", verdicts, intro=explanation(provenance).replace("**", "")),
        section("Comparisons", _shown(claims, COMPARISON)),
    ]
    _write(path, "The papers' claims in this run", sections, provenance)


def write_summary_page(summary: pd.DataFrame, path: str | PathLike[str], *, provenance: Provenance) -> None:
    """The table of `build_summary`, one section for each paper."""
    sections = [
        section(str(paper), _shown(values, VALUE), intro=VALUES_OF_SEVERAL if provenance.several else VALUES)
        for paper, values in summary.groupby("paper", sort=False)
    ]
    _write(path, "Every published value beside ours", sections, provenance)


def _shown(table: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    return table[list(columns)].rename(columns=columns)


def _write(path: str | PathLike[str], title: str, sections: list[str], provenance: Provenance) -> None:
    origin = " ".join(part for part in (provenance.sentence, provenance.warning) if part)
    write_text(path, report_page(title, sections, intro=origin))
