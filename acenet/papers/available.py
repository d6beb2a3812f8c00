"""Which tables and figures can be built with the networks and the data at hand."""

from collections.abc import Collection, Iterable, Mapping

from acenet.papers.cells import load_layouts, networks_of, trainings_of
from acenet.papers.figures import FigurePlan, load_figures, trainings_shown
from acenet.papers.trainings import get_training, load_trainings, requirements


def available_tables(architectures: Collection[str], augmentation: bool) -> tuple[list[str], dict[str, str]]:
    """The tables that can be built, and for each other table the reason why it cannot.

    A table needs a network for each of its trainings, for what they start from and for the networks whose
    parameters it counts; a training on augmented data needs `augmentation`.
    """
    return _sorted_out(
        {
            table: obstacle(trainings_of(table), architectures, augmentation, counted=networks_of(table))
            for table in load_layouts()
        }
    )


def available_figures(architectures: Collection[str], augmentation: bool) -> tuple[list[str], dict[str, str]]:
    """The figures that can be built, and for each other figure the reason why it cannot.

    A figure needs every training it shows; one of kind dots what its table needs. One of kind curves shows the
    trainings behind all tables that can be built, and needs one.
    """
    tables, reasons = available_tables(architectures, augmentation)
    behind = set(trainings_behind(tables))

    def reason(plan: FigurePlan) -> str:
        if plan.kind == "dots":
            return reasons.get(plan.table, "")
        shown = trainings_shown(plan)
        if plan.kind == "curves" and behind & set(shown):
            return ""
        return obstacle(shown, architectures, augmentation)

    return _sorted_out({name: reason(plan) for name, plan in load_figures().items()})


def trainings_behind(tables: Iterable[str]) -> list[str]:
    """Ids of every training that some tables need, with what those start from, in the order of the list of all."""
    shown = {training_id for table in tables for training_id in trainings_of(table)}
    needed = shown.union(*(requirements(training_id) for training_id in shown))
    return [training_id for training_id in load_trainings() if training_id in needed]


def obstacle(
    training_ids: Collection[str],
    architectures: Collection[str],
    augmentation: bool,
    *,
    counted: Collection[str] = (),
) -> str:
    """Why some trainings cannot be made, or the networks of `counted` not be built; empty if they can."""
    needed = dict.fromkeys(
        one for training_id in training_ids for one in (*requirements(training_id), training_id)
    )
    networks = [get_training(training_id).arch for training_id in (*needed, *counted)]
    missing = [arch for arch in dict.fromkeys(networks) if arch not in architectures]
    augmented = [training_id for training_id in needed if get_training(training_id).augmented]
    reasons = []
    if missing:
        reasons.append(f"no network {', '.join(missing)}")
    if augmented and not augmentation:
        reasons.append(f"no augmented data for {', '.join(augmented)}")
    return "; ".join(reasons)


def _sorted_out(reasons: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Names without a reason against them, and the reasons of the others."""
    return [name for name, why in reasons.items() if not why], {n: why for n, why in reasons.items() if why}
