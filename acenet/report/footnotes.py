"""What stands below a table: how to read it, numbers of subjects, undefined values, contradictions."""

from collections.abc import Mapping

import pandas as pd

from acenet.experiments import Layout
from acenet.report.absent import absent_structures, subjects_and_structures, without_values
from acenet.report.labels import DATA_NAMES, row_labels
from acenet.report.provenance import Provenance
from acenet.report.tables import DIRECTED_NOTE, LITERATURE_NOTE, QUOTED_NOTE

STATED_ONCE = (LITERATURE_NOTE, QUOTED_NOTE, DIRECTED_NOTE)
"""Notes that the definitions state for all cells."""

READING = "Each place has our value, then the paper's and Δ, ours less the paper's."
BEST = "Bold: the best of our means in its {group}, and those that print alike, however small the difference."
LITERATURE = "† Literature value, quoted by the paper and not measured here."
OVERLAP = (
    "Dice and Jaccard: mean ± population standard deviation over subjects × structures, without the "
    "background. A structure in one map only scores 0; one in neither is left out. The CSV file also has the "
    "readings with the background, and the standard deviation between subjects."
)
SKULL = "Skull stripping: Dice index of the brain mask, mean ± population standard deviation over subjects."
HAUSDORFF = (
    "Hausdorff distance in mm, symmetric: the largest distance from a surface voxel of either map (a voxel "
    "with a face neighbour outside the structure) to the other map's nearest; mean over structures for each "
    "subject, then mean ± population standard deviation over subjects. Directed: from the reference to the "
    "prediction only, as the released script measures; Δ is that of the directed distance. A structure that "
    "either map lacks has no distance."
)
PARAMETERS = (
    "Parameters in millions: all, and those of the modules that run in a forward pass (used). "
    "Δ is that of all."
)
TIME = (
    "Processing time: mean over the test scans of the seconds from opening a conformed scan to the end of "
    "writing its maps, on {hardware}. The paper's times are of other hardware, so there is no Δ."
)
ON_VOLUMES = "on volumes (3D), the others on slices (2D)"
SUBJECTS = "Subjects: those of our split; the paper's are printed for its own."


def footnotes(table: pd.DataFrame, layout: Layout, provenance: Provenance) -> tuple[str, ...]:
    """The footnotes of a built table, as plain text."""
    return (
        READING,
        *([] if layout.best == "none" else [BEST.format(group=layout.best)]),
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


def _warning(table: pd.DataFrame, provenance: Provenance) -> str:
    return provenance.warning if table["n_subjects"].notna().any() else ""


def _definitions(table: pd.DataFrame) -> list[str]:
    metrics = set(table["metric"])
    hardware = "; ".join(dict.fromkeys(filter(None, table["ours_hardware"])))
    texts = [
        (OVERLAP, bool(metrics & {"dice", "dice_val", "jaccard"})),
        (SKULL, "dice_skull" in metrics),
        (HAUSDORFF, "hausdorff_mm" in metrics),
        (PARAMETERS, "params" in metrics),
        (TIME.format(hardware=hardware), "time_text" in metrics and bool(hardware)),
        (SUBJECTS, "n_train" in metrics),
        (LITERATURE, bool(table["literature"].any())),
    ]
    return [text for text, applies in texts if applies]


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
