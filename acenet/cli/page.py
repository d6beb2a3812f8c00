"""`acenet page`: a page of what there is of a run now, also while it runs."""

import argparse
from pathlib import Path

from acenet.cli.options import place
from acenet.system.terminal import tell_path

DESCRIPTION = """\
Write results/index.html, a page that opens from the disk, of what there is now of a run: its tables, claims, figures,
learning curves and trainings. It says what is missing. A finished run has one already."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `page`."""
    parser = commands.add_parser(
        "page", help="a page to look at what there is of a run", description=DESCRIPTION
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "--directory", type=place, default=Path(), help="working directory of the run (default: this one)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the page and print its path; returns the exit status."""
    from acenet.errors import InputError
    from acenet.page import write_page  # imports torch, which `acenet --help` need not wait for

    if not (arguments.directory / "results").is_dir():
        raise InputError(
            arguments.directory,
            expected="the working directory of a run",
            found="one without a folder results",
        )
    return 1 if tell_path(write_page(arguments.directory)) else 0
