"""The folder of a run with invented numbers: all tables and what is made of them, and one model."""

from pathlib import Path

import pandas as pd
import pytest

from acenet.papers import load_claims, load_layouts, load_trainings
from acenet.plan import paths
from acenet.report import evaluate_claims, write_table, write_table_csv
from tests.report.synthetic import (
    EVALUATED,
    ORIGIN,
    PROVENANCE,
    all_long_tables,
    summary_of_all,
    tables_of_all,
)

LOG = "epoch,loss,learning_rate,validation_dice,seconds,device,threads\n"


def write_run(directory: Path, names: list[str] | None = None) -> Path:
    """Tables of those names; all of them, with summary, claims and logs, without names."""
    layouts = load_layouts()
    for name, table in tables_of_all().items():
        if names is None or name in names:
            write_table_csv(table, directory / paths.table(name, "csv"))
            write_table(
                table, directory / paths.table(name, "html"), layout=layouts[name], provenance=PROVENANCE
            )
    if names is not None:
        return directory
    write_table_csv(summary_of_all(), directory / paths.table("summary", "csv"))
    claims = evaluate_claims(
        load_claims(), all_long_tables(), origin=ORIGIN, unavailable={}, evaluated=EVALUATED
    )
    write_table_csv(claims, directory / paths.table("claims", "csv"))
    for training in load_trainings():
        log = directory / paths.training_log(training, PROVENANCE.seed)
        log.parent.mkdir(parents=True)
        log.write_text(LOG + "1,2.0,0.01,,3.5,cpu,1\n2,1.0,0.01,0.25,3.5,cpu,1\n", encoding="utf-8")
    run = directory / paths.record("run", "csv")
    run.parent.mkdir(parents=True)
    pd.DataFrame([("commit", "0a1b<&>"), ("seed", "3")], columns=["what", "value"]).to_csv(run, index=False)
    return directory


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working directory of a finished run, without figures; not to be changed by tests."""
    return write_run(tmp_path_factory.mktemp("run"))
