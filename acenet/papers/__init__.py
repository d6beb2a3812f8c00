"""What the papers did and printed, as data: trainings, table layouts, published values.

Imports neither torch nor pandas, because the workflow reads it each time it is parsed.
"""

from acenet.papers.available import available_figures, available_tables, trainings_behind
from acenet.papers.cells import Cell, Layout, load_cells, load_layouts, networks_of, trainings_of
from acenet.papers.claims import Claim, Contrast, load_claims
from acenet.papers.figures import FigurePlan, Method, Panel, get_figure, load_figures, trainings_shown
from acenet.papers.own_trainings import own_trainings
from acenet.papers.trainings import Training, get_training, load_trainings, requirements

__all__ = [
    "Cell",
    "Claim",
    "Contrast",
    "FigurePlan",
    "Layout",
    "Method",
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
