"""`acenet trace`: from a value of a table to the files and the code behind it."""

import argparse
from pathlib import Path

from acenet.cli.options import place
from acenet.errors import InputError
from acenet.system.terminal import tell

DESCRIPTION = """\
Show what lies behind one value of a table: ours and the paper's, the files it was made from (long table, predictions,
model with its card, logs) and the functions that computed it, by file and line. Works before anything is made, too."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `trace`."""
    parser = commands.add_parser(
        "trace",
        help="lead from a value of a table to its files and code",
        description=DESCRIPTION,
        epilog="Example: acenet trace table08 'malc-27, dice' acenet",
    )
    parser.set_defaults(run=run)
    parser.add_argument("table", metavar="TABLE", help="table01 to table11, ffce_table01 to ffce_table03")
    parser.add_argument("row", metavar="ROW", help="label of the row, or a part that is unique")
    parser.add_argument(
        "column",
        metavar="COLUMN",
        nargs="?",
        default="",
        help="heading of the column, or a part that is unique; may be left out where the row has one value",
    )
    parser.add_argument(
        "--directory", type=place, default=Path(), help="the run's working directory, which holds results/"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the way from one cell to its code; raises InputError for a cell or a folder that is not there."""
    from acenet.trace.address import (
        find_cell,
        find_layout,
    )  # pandas, and the next torch, which `--help` need not
    from acenet.trace.text import traced_text

    layout = find_layout(arguments.table)
    cell = find_cell(layout, arguments.row, arguments.column)
    if not arguments.directory.is_dir():
        raise InputError(arguments.directory, expected="the run's working directory", found="no such folder")
    tell(traced_text(cell, layout, arguments.directory))
    return 0
