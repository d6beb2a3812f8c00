"""What the papers did and printed, as data: trainings, table layouts, published values.

Imports neither torch nor pandas, because the workflow reads it each time it is parsed.
"""

from acenet.papers.available import available_figures, available_tables, trainings_behind
from acenet.papers.cells import Cell, Layout, cells_of, load_cells, load_layouts, networks_of, trainings_of
from acenet.papers.claims import Claim, Contrast, claims_of, load_claims
from acenet.papers.controls import Controlled, behind_controls, controlled, load_controls
from acenet.papers.figures import (
    FigurePlan,
    Method,
    Panel,
    get_figure,
    load_figures,
    of_datasets,
    trainings_shown,
)
from acenet.papers.own_trainings import own_trainings
from acenet.papers.trainings import Training, get_training, load_trainings, requirements

__all__ = [
    "Cell",
    "Claim",
    "Contrast",
    "Controlled",
    "FigurePlan",
    "Layout",
    "Method",
    "Panel",
    "Training",
    "available_figures",
    "available_tables",
    "behind_controls",
    "cells_of",
    "claims_of",
    "controlled",
    "get_figure",
    "get_training",
    "load_cells",
    "load_claims",
    "load_controls",
    "load_figures",
    "load_layouts",
    "load_trainings",
    "networks_of",
    "of_datasets",
    "own_trainings",
    "requirements",
    "trainings_behind",
    "trainings_of",
    "trainings_shown",
]
