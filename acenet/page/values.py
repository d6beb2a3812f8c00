"""Every published value beside ours, as the rows of one list that can be sorted and filtered."""

from dataclasses import dataclass

import pandas as pd

from acenet.metrics.registry import find_metric
from acenet.page.contents import Contents
from acenet.page.links import Links
from acenet.page.verdicts import Verdict, judge
from acenet.papers import load_layouts
from acenet.report.labels import DATA_NAMES

NAN = float("nan")


@dataclass(frozen=True)
class Value:
    """One row; numbers are those that it is sorted by (NaN: last), texts as printed."""

    paper: str
    table: str
    data: str
    row: str
    column: str
    measure: str
    published: tuple[str, float]
    ours: tuple[str, float]
    interval: str
    difference: tuple[str, float]
    n: str
    verdict: Verdict
    status: str
    links: Links | None


def values(contents: Contents) -> list[Value]:
    """The rows of the summary, in its order; none without one."""
    if contents.summary is None:
        return []
    layouts = load_layouts()
    found = []
    for one in contents.summary.to_dict("records"):
        metric = find_metric(one["metric"])
        interval = (float(one["ci_low"]), float(one["ci_high"]))
        made = one["status"] == "measured"
        where = f"Table {layouts[one['table']].number}" if one["table"] in layouts else "text"
        shown = f"{metric.text(interval[0])} to {metric.text(interval[1])}"
        found.append(
            Value(
                paper=one["paper"],
                table=where,
                data=DATA_NAMES.get(one["dataset"], one["dataset"]),
                row=one["row"].replace("|", ", "),
                column=one["column"],
                measure=metric.words,
                published=(
                    one["published_text"] or metric.printed(one["published_mean"], one["published_std"]),
                    float(one["published_mean"]),
                ),
                ours=(metric.text(one["ours"], one["ours_std"]) if made else "–", float(one["ours"])),
                interval=shown if interval[0] == interval[0] else "",
                difference=(
                    metric.difference(one["difference"]),
                    abs(float(one["difference"]) / metric.scale),
                ),
                n="" if pd.isna(one["n_subjects"]) else f"{int(one['n_subjects'])}",
                verdict=judge(float(one["published_mean"]), interval, metric),
                status="" if made else str(one["status"]),
                links=Links.of(one["training_id"], contents) if made and one["training_id"] else None,
            )
        )
    return found
