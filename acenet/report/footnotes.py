"""What stands below a table: numbers of subjects, undefined values, definitions, contradictions."""

import pandas as pd

from acenet.experiments import Layout
from acenet.report.labels import DATA_NAMES, column_label, row_labels
from acenet.report.tables import DIRECTED_NOTE, LITERATURE_NOTE, QUOTED_NOTE

STATED_ONCE = (LITERATURE_NOTE, QUOTED_NOTE, DIRECTED_NOTE, "literature value", "literature value (dagger)")
"""Notes that the definitions state for all cells."""

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
LITERATURE = "† Literature value, quoted by the paper and not measured here."


def footnotes(table: pd.DataFrame, layout: Layout) -> tuple[str, ...]:
    """The footnotes of a built table, as plain text."""
    return (
        *_numbers(table),
        *_undefined(table, layout),
        *_definitions(table),
        *layout.notes,
        *_notes(table, layout),
    )


def _numbers(table: pd.DataFrame) -> list[str]:
    """Numbers of subjects and structures, each data set and split once."""
    lines: dict[str, None] = {}
    for record in table[table["n_subjects"].notna()].to_dict("records"):
        if record["metric"] == "dice_skull":
            continue
        data = DATA_NAMES[record["training_id"].split("/")[0]]
        split = "validation" if record["metric"] == "dice_val" else "test"
        subjects = f"{record['n_subjects']} {split} subject{'s' if record['n_subjects'] > 1 else ''}"
        lines[f"{data}: {subjects} × {record['n_structures']} structures."] = None
    return list(lines)


def _undefined(table: pd.DataFrame, layout: Layout) -> list[str]:
    """The cells with structures that one of the maps lacks, which score 0 or are left out."""
    measured = table[table["n_subjects"].notna()]
    lacking = []
    for record in measured[measured["n_empty"] > 0].to_dict("records"):
        where = ", ".join((*row_labels(record, layout), column_label(record, layout)))
        total = record["n_subjects"] * record["n_structures"]
        lacking.append(f"{where} {record['n_empty']} of {total} ({record['n_missing']} left out)")
    if lacking:
        return ["Structures absent from the reference or the prediction: " + "; ".join(lacking) + "."]
    if measured.empty:
        return []
    return ["Every structure is in the reference and in the prediction of every subject."]


def _definitions(table: pd.DataFrame) -> list[str]:
    metrics = set(table["metric"])
    texts = [
        (OVERLAP, bool(metrics & {"dice", "dice_val", "jaccard"})),
        (SKULL, "dice_skull" in metrics),
        (HAUSDORFF, "hausdorff_mm" in metrics),
        (PARAMETERS, "params" in metrics),
        (LITERATURE, bool(table["literature"].any())),
    ]
    return [text for text, applies in texts if applies]


def _notes(table: pd.DataFrame, layout: Layout) -> list[str]:
    """The published values' own notes, each once with the rows it belongs to."""
    rows_of: dict[str, dict[str, None]] = {}
    for record in table.to_dict("records"):
        own = "; ".join(part for part in record["note"].split("; ") if part not in STATED_ONCE)
        if own:
            rows_of.setdefault(own, {})[", ".join(row_labels(record, layout))] = None
    return [f"{' / '.join(rows)}: {note}." for note, rows in rows_of.items()]
