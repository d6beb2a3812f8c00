"""What stands below a table: how to read it, numbers of subjects, undefined values, contradictions."""

from collections.abc import Mapping

import pandas as pd

from acenet.metrics.registry import METRICS, TIMED_ON
from acenet.papers import Layout
from acenet.report.labels import DATA_NAMES, row_labels
from acenet.report.missing_structures import absent_structures, subjects_and_structures, without_values
from acenet.report.provenance import Provenance
from acenet.report.tables import LITERATURE_NOTE, QUOTED_NOTE

STATED_ONCE = (LITERATURE_NOTE, QUOTED_NOTE, *(metric.note for metric in METRICS if metric.note))
"""Notes that the definitions state for all cells."""

READING = "Each place has our value, then the paper's and Δ, ours less the paper's."
BEST = "Bold: the best of our means in its {group}, and those that print alike, however small the difference."
LITERATURE = "† Literature value, quoted by the paper and not measured here."
SEVERAL = (
    "Ours: means over {n} trainings of each network (seeds {seeds}). Standard deviations over subjects × structures "
    "are over trainings, too; the CSV file has that between trainings."
)
ON_VOLUMES = "on volumes (3D), the others on slices (2D)"


def footnotes(table: pd.DataFrame, layout: Layout, provenance: Provenance) -> tuple[str, ...]:
    """The footnotes of a built table, as plain text."""
    return (
        READING,
        *([] if layout.best == "none" else [BEST.format(group=layout.best)]),
        *_trainings(provenance, table),
        *subjects_and_structures(table),
        *absent_structures(table, layout),
        *without_values(table, layout),
        *_definitions(table),
        *layout.notes,
        *_notes(table, layout),
        " ".join(part for part in (provenance.sentence, _warning(table, provenance)) if part),
    )


def mask_note(masks: Mapping[str, str]) -> str:
    """The note that says what the brain masks of each data set are; `masks`: data set -> in words."""
    said = "; ".join(f"{DATA_NAMES.get(dataset, dataset)}: {words}" for dataset, words in masks.items())
    other = any(words != "FreeSurfer's" for words in masks.values())
    not_theirs = (
        " The paper's are FreeSurfer's: where ours are not, Δ compares two quantities." if other else ""
    )
    return f"Brain masks, {said}.{not_theirs}"


def _trainings(provenance: Provenance, table: pd.DataFrame) -> list[str]:
    """What several trainings of each network mean for the values; nothing of one, or where nothing was measured."""
    if not provenance.several or not (table["n_trainings"].fillna(0) > 0).any():
        return []
    return [SEVERAL.format(n=len(provenance.seeds), seeds=provenance.trainings_seeds)]


def _warning(table: pd.DataFrame, provenance: Provenance) -> str:
    return provenance.warning if table["n_subjects"].notna().any() else ""


def _definitions(table: pd.DataFrame) -> list[str]:
    """Of each measure, in the order of their register, and of the dagger; of times where something was timed."""
    shown = set(table["metric"])
    hardware = "; ".join(dict.fromkeys(filter(None, table["ours_hardware"])))
    texts = dict.fromkeys(metric.footnote for metric in METRICS if metric.name in shown and metric.footnote)
    return [
        *(text.replace(TIMED_ON, hardware) for text in texts if hardware or TIMED_ON not in text),
        *([LITERATURE] if table["literature"].any() else []),
    ]


def _notes(table: pd.DataFrame, layout: Layout) -> list[str]:
    """The published values' own notes, each once with the rows it belongs to."""
    rows_of: dict[str, dict[str, None]] = {}
    every: dict[str, None] = {}
    for record in table.to_dict("records"):
        row = ", ".join(row_labels(record, layout))
        every[row] = None
        for part in filter(None, record["note"].split("; ")):
            if part not in STATED_ONCE:
                rows_of.setdefault(part, {})[row] = None
    return [
        f"{'All rows' if rows == every else ' / '.join(rows)}: {ON_VOLUMES if note == '3D' else note}."
        for note, rows in rows_of.items()
    ]
