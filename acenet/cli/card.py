"""`acenet card`: the card of a model file, beside it."""

import argparse
import logging

from acenet.cli.options import add_model_options, existing, parse_grid, place, words
from acenet.errors import InputError
from acenet.system.terminal import tell_path

logger = logging.getLogger(__name__)

DESCRIPTION = """\
Write the card of a trained model: what it is for, what it was made of, how good it is on held-out scans."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `card`."""
    parser = commands.add_parser("card", help="describe a trained model", description=DESCRIPTION)
    parser.set_defaults(run=run)
    parser.add_argument("model", type=place, help="model file (results/trained/.../model.pt)")
    parser.add_argument("--measured", type=existing, help="its measurements (results/measured/.../seed1.csv)")
    parser.add_argument(
        "--out", type=place, help="folder for card.md and card.json; that of the model by default"
    )
    parser.add_argument("--preset", type=words, default="unknown", help="the sizes of the run, in words")
    parser.add_argument(
        "--data", type=words, default="unknown", help="where the training data came from, in words"
    )
    add_model_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write both files and say where."""
    from acenet.segment.model_card import model_card, write_card
    from acenet.segment.segmenter import load_segmenter

    segmenter = load_segmenter(arguments.model, protocol=arguments.protocol, grid=parse_grid(arguments.grid))
    card = model_card(segmenter, arguments.measured, preset=arguments.preset, data=arguments.data)
    if arguments.measured and arguments.measured.stat().st_mtime < arguments.model.stat().st_mtime:
        logger.warning(
            "%s: older than %s: measured before it was trained again?", arguments.measured, arguments.model
        )
    out = arguments.out or arguments.model.parent
    if out.exists() and not out.is_dir():
        raise InputError("--out", expected="a folder", found=f"a file, {out}")
    write_card(card, segmenter.protocol, markdown=out / "card.md", as_json=out / "card.json")
    if (why := tell_path(out / "card.md")) is not None:
        logger.warning("%s is written; stdout did not take its path (%s)", out / "card.md", why)
    return 0
