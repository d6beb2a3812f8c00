"""Which of our values are set in bold: the best of each row or column, as the papers mark theirs."""

import math

import pandas as pd

from acenet.metrics.registry import find_metric
from acenet.papers import Layout
from acenet.report.labels import column_label, row_labels

CellKey = tuple[tuple[str, ...], str]


def best_places(table: pd.DataFrame, layout: Layout) -> set[CellKey]:
    """(row labels, column) of the best of our means among the measures of each row or column of `layout`.

    Quoted values never compete, nor do parameters, times and counts; the only value of its group is not marked.
    Values that print alike share the mark.
    """
    groups: dict[tuple[object, str], list[tuple[float, CellKey]]] = {}
    for record in table.to_dict("records"):
        metric, mean = find_metric(record["metric"]), record["ours_mean"]
        if layout.best == "none" or not metric.best_in_bold or math.isnan(mean):
            continue
        labels, column = row_labels(record, layout), column_label(record, layout)
        group = labels if layout.best == "row" else column
        score = round((-mean if metric.lower_is_better else mean) / metric.scale, metric.decimals)
        groups.setdefault((group, metric.name), []).append((score, (labels, column)))
    return {
        place
        for scores in groups.values()
        for score, place in scores
        if len(scores) > 1 and score == max(scores)[0]
    }
