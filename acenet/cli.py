"""The command `acenet`: what a trained model is for, without Snakemake."""

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import acenet
from acenet.errors import explanation
from acenet.official import command as import_command
from acenet.segmenting import card_command, command
from acenet.trace import command as trace_command

COMMANDS = (
    command,
    card_command,
    import_command,
    trace_command,
)  # modules with add_parser(commands), whose parser sets `run`
USAGE, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 in part, 2 wrong input, 130 interrupted."""
    options = build_parser().parse_args(arguments)
    with _logged_to_terminal(quiet=options.quiet, verbose=options.verbose):
        try:
            status: int = options.run(options)
        except KeyboardInterrupt:
            print(f"acenet {options.command}: interrupted", file=sys.stderr)
            return INTERRUPTED
        except Exception as error:
            if (message := explanation(error)) is None:
                raise
            print(f"acenet {options.command}: {message}", file=sys.stderr)
            return USAGE
    return status


def build_parser() -> argparse.ArgumentParser:
    """The parser with all commands."""
    parser = argparse.ArgumentParser(
        prog="acenet", description="Brain structures in T1-weighted scans, by ACEnet, FFCE and their peers."
    )
    parser.add_argument("--version", action="version", version=f"acenet {acenet.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add_parser(commands)
    for one in commands.choices.values():
        one.add_argument("--quiet", action="store_true", help="report failures only")
        one.add_argument("--verbose", action="store_true", help="report every step")
    return parser


@contextmanager
def _logged_to_terminal(*, quiet: bool, verbose: bool) -> Iterator[None]:
    package = logging.getLogger("acenet")
    before, terminal = package.level, logging.StreamHandler(sys.stderr)
    terminal.setFormatter(logging.Formatter("%(message)s"))
    package.setLevel(logging.ERROR if quiet else logging.DEBUG if verbose else logging.INFO)
    package.addHandler(terminal)
    try:
        yield
    finally:
        package.removeHandler(terminal)
        package.setLevel(before)
