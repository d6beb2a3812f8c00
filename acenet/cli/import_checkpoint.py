"""`acenet import-checkpoint`: its options."""

import argparse

from acenet.cli.options import place, words


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `import-checkpoint`."""
    parser = commands.add_parser(
        "import-checkpoint",
        help="make a model file of the authors' released checkpoint",
        description="Make a model file of a checkpoint of the authors' program, executing nothing that is in it.",
        epilog="The authors' README says that their demo checkpoints were trained on all 30 scans of MALC: scoring "
        "them on its test scans proves nothing. What is checked and what fits: docs/released_checkpoints.md",
    )
    parser.set_defaults(run=run)
    parser.add_argument("checkpoint", type=place, help="the authors' checkpoint*.pth.tar")
    parser.add_argument(
        "--training",
        type=words,
        required=True,
        help="the training it is of, such as malc27/acenet-s5-skull-twostage; "
        "a data set alone (malc27) takes whatever ACEnet the file holds",
    )
    parser.add_argument("--out", type=place, required=True, help="the model file to write")


def run(arguments: argparse.Namespace) -> int:
    """Convert one checkpoint; raises InputError."""
    from acenet.models.released.convert import (
        import_checkpoint,  # loads torch, which `acenet --help` need not
    )

    import_checkpoint(arguments.checkpoint, arguments.training, arguments.out)
    return 0
