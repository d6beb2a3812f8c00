"""Options that several commands share."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from acenet.errors import InputError

if TYPE_CHECKING:
    from acenet.imaging.grid import Grid


def place(text: str) -> Path:
    """A path as an option; `~` is expanded, which shells leave to us in `--out=~/results`."""
    if not text.strip():
        raise argparse.ArgumentTypeError("expected a path; found an empty argument")
    try:
        return Path(text).expanduser()
    except RuntimeError:  # nobody of that name
        return Path(text)


def words(text: str) -> str:
    """A text as an option, which holds something."""
    if not text.strip():
        raise argparse.ArgumentTypeError("expected words; found an empty argument")
    return text


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Reads an option that is a whole number from `low` to `high`."""

    def number(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            found = low - 1
        if not low <= found <= high:
            raise argparse.ArgumentTypeError(
                f"expected a whole number from {low} to {high}; found {text:.40}"
            )
        return found

    return number


def add_model_options(parser: "argparse._ActionsContainer") -> None:
    """What a model file must be of; needed where it does not say."""
    parser.add_argument(
        "--protocol", type=words, help="the protocol expected of the model: its name, or a table (.tsv)"
    )
    parser.add_argument(
        "--grid",
        metavar="X,Y,Z,MM,CENTRE",
        help="the training's grid, for model files that do not say, such as 256,256,256,1,field",
    )


def parse_grid(text: str | None) -> "Grid | None":
    """The grid that `--grid` describes.

    Raises
    ------
    InputError
        For what is none.
    """
    if text is None:
        return None
    from acenet.imaging.grid import POSSIBLE_GRID, Grid, is_possible  # numpy, which `--help` need not

    try:
        x, y, z, voxel_mm, centre = text.split(",")
        grid = Grid((int(x), int(y), int(z)), float(voxel_mm), centre.strip())  # type: ignore[arg-type]  # by Grid
    except ValueError:
        grid = None
    if grid is None or not is_possible(grid):
        expected = f"X,Y,Z,MM,CENTRE, such as 256,256,256,1,field ({POSSIBLE_GRID})"
        raise InputError("--grid", expected=expected, found=f"{text:.60}" or "nothing")
    return grid


def existing(text: str) -> Path:
    """A file that must be there."""
    path = place(text)
    if not os.path.isfile(path):  # noqa: PTH113 (which also holds where the folder cannot be entered)
        is_folder = os.path.isdir(path)  # noqa: PTH112
        raise argparse.ArgumentTypeError(
            f"a folder, no file: {text}" if is_folder else f"no such file, or you may not see it: {text}"
        )
    return path
