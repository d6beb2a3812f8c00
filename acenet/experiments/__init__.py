"""What the papers did and printed, as data: trainings, table layouts, published values.

Imports neither torch nor pandas, because the workflow reads it each time it is parsed.
"""

from acenet.experiments.available import available_figures, available_tables, trainings_behind
from acenet.experiments.cells import Cell, Layout, load_cells, load_layouts, networks_of, trainings_of
from acenet.experiments.claims import Claim, Pair, load_claims
from acenet.experiments.figures import FigurePlan, Method, Panel, get_figure, load_figures, trainings_shown
from acenet.experiments.own import own_trainings
from acenet.experiments.trainings import Training, get_training, load_trainings, requirements

__all__ = [
    "Cell",
    "Claim",
    "FigurePlan",
    "Layout",
    "Method",
    "Pair",
    "Panel",
    "Training",
    "available_figures",
    "available_tables",
    "get_figure",
    "get_training",
    "load_cells",
    "load_claims",
    "load_figures",
    "load_layouts",
    "load_trainings",
    "networks_of",
    "own_trainings",
    "requirements",
    "trainings_behind",
    "trainings_of",
    "trainings_shown",
]
