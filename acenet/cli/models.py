"""`acenet models`: which models there are, and bringing a released one here."""

import argparse
from pathlib import Path

from acenet.cli.options import place, words
from acenet.system.terminal import tell, tell_path

DESCRIPTION = """\
List the models that have a name: those of a run (results/trained) and the checkpoints that the papers' authors have
released. `acenet models fetch NAME` brings a released one here; `acenet segment --model NAME` does so by itself."""
EPILOG = """\
Environment: ACENET_CACHE, the folder for fetched models; ACENET_MIRRORS, addresses with {name} or {path} to try first;
ACENET_OFFLINE=1, to fetch nothing. More: docs/segmenting.md"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `models`."""
    parser = commands.add_parser(
        "models", help="list models by name, or fetch a released one", description=DESCRIPTION, epilog=EPILOG
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "action", nargs="?", choices=("list", "fetch"), default="list", help="list by default"
    )
    parser.add_argument("name", nargs="?", type=words, metavar="NAME", help="of the released model to fetch")
    parser.add_argument(
        "--directory", type=place, default=Path(), help="a run's working directory, which holds results/"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the list, or the path of a fetched model; raises InputError."""
    from acenet.errors import InputError
    from acenet.segment.known_models import TRAINED, KnownModel, fetch_model, models_of_run, released_models

    if (arguments.action == "fetch") != (arguments.name is not None):
        raise InputError("acenet models", expected="fetch with a NAME, or neither", found="one of them alone")
    if arguments.action == "fetch":
        tell_path(fetch_model(arguments.name))
        return 0

    def line(model: KnownModel) -> str:
        dice = "" if model.dice is None else f", Dice {model.dice:.3f} on its held-out scans"
        there = "" if model.release is None else ", fetched" if model.is_there else ", not fetched yet"
        return f"  {model.name:<{width}}{model.about}{dice}{there}\n"

    own, released = models_of_run(arguments.directory), released_models()
    width = max(len(one.name) for one in (*own, *released)) + 2
    text = f"of this run ({arguments.directory / TRAINED}):\n"
    text += "".join(map(line, own)) or "  none\n"
    text += "released by the papers' authors (no score on MALC's test scans: docs/released_checkpoints.md):\n"
    tell(text + "".join(map(line, released)))
    return 0
