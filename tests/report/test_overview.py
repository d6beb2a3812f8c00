"""The pages of the summary and the claims have every row, with the numbers of the CSV files."""

import re
from pathlib import Path

import pytest

from acenet.papers import load_claims
from acenet.report import evaluate_claims, write_claims_page, write_summary_page
from tests.report.synthetic import EVALUATED, ORIGIN, PROVENANCE, all_long_tables, summary_of_all


def rows(page: str) -> list[list[list[str]]]:
    """The cells of each table's rows, without the headings."""
    tables = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    return [
        [
            re.findall(r"<td>(.*?)</td>", row, re.DOTALL)
            for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
        ]
        for table in tables
    ]


def test_the_summary_page_has_every_value_of_each_paper(tmp_path: Path) -> None:
    summary, path = summary_of_all(), tmp_path / "summary.html"
    write_summary_page(summary, path, provenance=PROVENANCE)
    page = path.read_text(encoding="utf-8")
    tables = rows(page)
    assert [len(table) for table in tables] == summary.groupby("paper", sort=False).size().tolist()
    first = summary.iloc[0]
    assert tables[0][0][:5] == [first[name] for name in ("table", "dataset", "row", "column", "metric")]
    assert float(tables[0][0][7]) == pytest.approx(first["ours"], rel=1e-5)
    assert "5.61e-06" in page and "not comparable with them" in page and ">nan<" not in page.lower()


def test_the_claims_page_has_every_claim_and_comparison(tmp_path: Path) -> None:
    claims, path = load_claims(), tmp_path / "claims.html"
    known = all_long_tables()
    some = {one: known[one] for one in list(known)[:20]}  # so that some comparisons cannot be made
    judged = evaluate_claims(claims, some, origin=ORIGIN, unavailable={}, evaluated=EVALUATED)
    write_claims_page(judged, path, provenance=PROVENANCE)
    verdicts, comparisons = rows(path.read_text(encoding="utf-8"))
    assert [row[1] for row in verdicts] == [claim.statement for claim in claims]
    assert [row[2] for row in verdicts] == judged.groupby("claim", sort=False)[
        "claim_verdict"
    ].first().tolist()
    assert len(comparisons) == len(judged) and {row[-2] for row in comparisons} >= {"not made"}
