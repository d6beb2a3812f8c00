"""The papers' trainings on a data set of one's own."""

from collections.abc import Sequence
from dataclasses import replace

from acenet.errors import InputError
from acenet.papers.trainings import Training, get_training, requirements


def own_trainings(name: str, like: str, models: Sequence[str], *, n_classes: int) -> dict[str, Training]:
    """Trainings `{name}/{model}` by id, as the papers train `models` on the data set `like`, with what they start from.

    Learning rates and batches are those of `like`: the papers use 0.01 for few and 0.02 for many structures.

    Raises
    ------
    InputError
        For unknown models and for those on augmented data, which is made for MALC alone.
    """
    found: dict[str, Training] = {}
    for model in models:
        for training_id in (*requirements(f"{like}/{model}"), f"{like}/{model}"):
            training = get_training(training_id)
            if training.augmented:
                raise InputError(f"own, {name}", expected="models without augmentation", found=training.model)
            start = training.init_from
            found[f"{name}/{training.model}"] = replace(
                training,
                id=f"{name}/{training.model}",
                dataset=name,
                out_channels=n_classes,
                init_from=f"{name}/{start.split('/')[1]}" if start else None,
            )
    return found
