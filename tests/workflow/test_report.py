"""`snakemake --report`: one file that shows what was made and loads nothing from elsewhere."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from tests.workflow.conftest import Snakemake

TABLE = "results/tables/table05"  # counts parameters: needs no data and no training


def variable(page: str, name: str) -> dict[str, dict[str, object]]:
    """A variable of the report's script."""
    (found,) = re.findall(rf"var {name} = (\{{.*\}})", page)
    content: dict[str, dict[str, object]] = json.loads(found)
    return content


def test_the_report_shows_a_table_as_printed_and_as_csv(
    snakemake: Snakemake, raw_malc: Path, config_for: Callable, tmp_path: Path
) -> None:
    config, target = config_for(raw_malc), f"{TABLE}.csv"
    made = snakemake(target, directory=tmp_path, config=config)
    assert made.status == 0, made.text[-3000:]
    report = tmp_path / "report.html"
    run = snakemake(target, directory=tmp_path, config=config, options=["--report", str(report)])
    assert run.status == 0, run.text[-3000:]
    page = report.read_text(encoding="utf-8")
    assert not re.search(r"<(script|link)[^>]*(src|href)=", page)
    results = variable(page, "results")
    assert set(results) == {f"{TABLE}.html", f"{TABLE}.csv"}
    shown = results[f"{TABLE}.html"]
    assert shown["mime_type"] == "text/html" and str(shown["data_uri"]).startswith("data:text/html")
    assert shown["labels"] == {
        "item": "Table 05",
        "shows": "Number of parameters of the networks of Table 2",
        "form": "as printed",
    }
    # the table counts at the papers' sizes, whatever the run's
    assert "preset paper" in str(shown["caption"])
    assert variable(page, "categories") == {"ACEnet": {"Tables": [f"{TABLE}.csv", f"{TABLE}.html"]}}
    assert "preset <strong>tiny</strong>, seed 3" in page
    assert "embedded cohort stands in" in page  # for the two data sets that the configuration does not name
