"""The command `acenet`: what a trained model is for, without Snakemake."""

import argparse
import logging
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import acenet
from acenet.cli import card, compare_conform, import_checkpoint, models, page, segment, trace
from acenet.system.failures import LOG, any_folder, failure
from acenet.system.terminal import TerminalHandler, flush_streams, open_missing_streams, say

COMMANDS = (segment, models, card, import_checkpoint, page, trace, compare_conform)
"""Modules with add_parser(commands), whose parser sets `run`."""
USAGE, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 in part, 2 wrong input, 130 interrupted."""
    open_missing_streams()
    os.environ["MPLBACKEND"] = (
        "agg"  # a notebook names one that only its own Python has; nothing is shown here
    )
    try:
        options = build_parser().parse_args(arguments)
        with _logged_to_terminal(quiet=options.quiet, verbose=options.verbose), _ended_by_signals():
            return _run(options)
    finally:
        flush_streams()


def _run(options: argparse.Namespace) -> int:
    """Run the command that was chosen; whatever happens is told in one message."""
    about = f"acenet {options.command}"
    try:
        os.getcwd()  # noqa: PTH109
    except OSError:  # libraries that look for their files from there end the process
        say(f"{about}: expected a folder to work in; found that it has been deleted: change to another one")
        return USAGE
    try:
        status: int = options.run(options)
    except KeyboardInterrupt:
        say(f"{about}: interrupted")
        return INTERRUPTED
    except SystemExit as ended:
        say(f"{about}: ended; what was finished stays")
        raise ended
    except Exception as error:
        out = getattr(options, "out", None)
        folder = out if out is not None and os.path.isdir(out) else any_folder()  # noqa: PTH112
        say(failure(error, about=about, log=folder / LOG))
        return USAGE
    return status


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let the signals that end a process end it as an exception does, which removes what is unfinished."""

    def end(number: int, _: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    changed = []
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP, which stays so
                signal.signal(number, end)
                changed.append(number)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


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
    before, terminal = package.level, TerminalHandler()
    terminal.setFormatter(logging.Formatter("%(message)s"))
    package.setLevel(logging.ERROR if quiet else logging.DEBUG if verbose else logging.INFO)
    package.addHandler(terminal)
    try:
        yield
    finally:
        package.removeHandler(terminal)
        package.setLevel(before)
