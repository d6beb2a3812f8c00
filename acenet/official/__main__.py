"""`python -m acenet.official checkpoint.pth.tar --training malc27/acenet-s5-skull-twostage --out model.pt`."""

import argparse
import logging
import sys
from pathlib import Path

from acenet.errors import InputError
from acenet.official.convert import import_checkpoint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments, for this parser or a sub-parser."""
    parser.add_argument("checkpoint", type=Path, help="the authors' checkpoint*.pth.tar")
    parser.add_argument(
        "--training",
        required=True,
        help="the training it is of, such as malc27/acenet-s5-skull-twostage; "
        "a data set alone (malc27) takes whatever ACEnet the file holds",
    )
    parser.add_argument("--out", type=Path, required=True, help="the model file to write")


def main() -> int:
    """Convert one checkpoint; 1 after bad input."""
    parser = argparse.ArgumentParser(prog="acenet import-checkpoint", description=import_checkpoint.__doc__)
    add_arguments(parser)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        import_checkpoint(options.checkpoint, options.training, options.out)
    except InputError as error:
        logging.getLogger("acenet").error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
