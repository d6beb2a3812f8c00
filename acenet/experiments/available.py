"""Which tables can be built with the networks and the data at hand."""

from collections.abc import Collection

from acenet.experiments.cells import load_layouts, networks_of, trainings_of
from acenet.experiments.trainings import get_training, requirements


def available_tables(architectures: Collection[str], augmentation: bool) -> tuple[list[str], dict[str, str]]:
    """The tables that can be built, and for each other table the reason why it cannot.

    A table needs a network for each of its trainings, for what they start from and for the networks whose
    parameters it counts; a training on augmented data needs `augmentation`.
    """
    available: list[str] = []
    reasons: dict[str, str] = {}
    for table in load_layouts():
        reason = _obstacle(table, architectures, augmentation)
        if reason:
            reasons[table] = reason
        else:
            available.append(table)
    return available, reasons


def _obstacle(table: str, architectures: Collection[str], augmentation: bool) -> str:
    """Why `table` cannot be built; empty if it can."""
    trained = trainings_of(table)
    needed = dict.fromkeys(
        one for training_id in trained for one in (*requirements(training_id), training_id)
    )
    networks = [get_training(training_id).arch for training_id in (*needed, *networks_of(table))]
    missing = [arch for arch in dict.fromkeys(networks) if arch not in architectures]
    augmented = [training_id for training_id in needed if get_training(training_id).augmented]
    reasons = []
    if missing:
        reasons.append(f"no network {', '.join(missing)}")
    if augmented and not augmentation:
        reasons.append(f"no augmented data for {', '.join(augmented)}")
    return "; ".join(reasons)
