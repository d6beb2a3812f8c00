"""Parameters of the papers' networks (ACEnet, Table 5), counted from networks that are really built."""

from collections.abc import Sequence
from os import PathLike

import pandas as pd
import torch

from acenet.files.atomic import replacing
from acenet.networks import build_network
from acenet.networks.parameters import count_parameters, used_parameters
from acenet.papers import Training
from acenet.papers.sizes import Sizes, network_settings

PROBE = 32  # side of the slice or patch that finds which modules run; the count does not depend on it


def write_parameter_counts(trainings: Sequence[Training], path: str | PathLike[str]) -> None:
    """A CSV with training_id, parameters_all and parameters_used, at the papers' sizes (64 filters, 5 x 5).

    Networks that differ only in how they are trained are built once.
    """
    counted: dict[object, tuple[int, int]] = {}
    rows = []
    for training in trainings:
        settings = network_settings(training, Sizes())
        if settings not in counted:
            network = build_network(settings)
            dimensions = 2 if settings.patch is None else 3
            stack = torch.zeros(1, settings.channels, *[PROBE] * dimensions)
            counted[settings] = count_parameters(network), used_parameters(network, stack)
        rows.append((training.id, *counted[settings]))
    with replacing(path) as temporary:
        table = pd.DataFrame(rows, columns=["training_id", "parameters_all", "parameters_used"])
        table.to_csv(temporary, index=False)
