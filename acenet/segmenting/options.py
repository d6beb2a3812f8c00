"""Options that several commands share."""

import argparse
from pathlib import Path

from acenet.errors import InputError
from acenet.grid import Grid


def add_model_options(parser: "argparse._ActionsContainer") -> None:
    """What a model file must be of; needed where it does not say."""
    parser.add_argument("--protocol", help="the protocol expected of the model: its name, or a table (.tsv)")
    parser.add_argument(
        "--grid",
        metavar="X,Y,Z,MM,CENTRE",
        help="the training's grid, for model files that do not say, such as 256,256,256,1,field",
    )


def grid_of(text: str | None) -> Grid | None:
    """The grid that `--grid` describes. Raises InputError for what is none."""
    if text is None:
        return None
    try:
        x, y, z, voxel_mm, centre = text.split(",")
        return Grid((int(x), int(y), int(z)), float(voxel_mm), centre)  # type: ignore[arg-type]  # checked by Grid
    except ValueError as error:
        raise InputError(
            "--grid", expected="X,Y,Z,MM,CENTRE, such as 256,256,256,1,field", found=text
        ) from error


def existing(text: str) -> Path:
    """A file that must be there."""
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"no such file: {text}")
    return Path(text)
