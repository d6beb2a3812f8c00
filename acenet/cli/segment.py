"""`acenet segment`: its options, and what they mean."""

import argparse
import logging
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from acenet.cli.options import add_model_options, parse_grid, place, whole_number
from acenet.errors import InputError
from acenet.system.terminal import say, tell_path

if TYPE_CHECKING:
    import torch

    from acenet.protocols import Protocol

logger = logging.getLogger(__name__)

DESCRIPTION = """\
Segment T1-weighted scans of heads with a trained model. Each scan gets a label map on its own grid, a brain mask,
volumes in mm3, a picture for a look, and a JSON file that says what all that was made of."""
EPILOG = """\
exit status: 0 all scans are segmented; 1 some are not (the others are); 2 nothing was done: options, model or
output folder are at fault. Examples: docs/segmenting.md"""
SLICES = 4
MOST_THREADS, MOST_SLICES, MOST_SAMPLES, LARGEST_SEED = 1024, 4096, 1000, 2**63 - 1


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `segment`."""
    parser = commands.add_parser(
        "segment",
        help="segment scans with a trained model",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "scans",
        nargs="+",
        type=place,
        metavar="SCAN",
        help="a scan (.nii, .nii.gz, .mgz), a folder of scans, or a BIDS dataset or a part of one",
    )
    parser.add_argument(
        "--model",
        type=place,
        help="model file (results/trained/.../model.pt), or a name that `acenet models` lists; a released one is "
        "fetched once. May be left out where one model here is fit for scans of people",
    )
    parser.add_argument("--out", required=True, type=place, help="folder for the results")
    parser.add_argument(
        "--device", type=_device, default="auto", help="auto (a GPU if there is one), cpu, cuda or cuda:1"
    )
    parser.add_argument("--threads", type=whole_number(1, MOST_THREADS), help="cores to use; all by default")
    parser.add_argument(
        "--batch", type=whole_number(1, MOST_SLICES), default=SLICES, help="slices at a time (%(default)s)"
    )
    parser.add_argument(
        "--fast",
        action="store_true",
        help="on a CPU, leave out air: a third less time, a few voxels in 10000 differ",
    )
    parser.add_argument(
        "--as-released",
        action="store_true",
        help="at a volume's ends, show the network the stacks that the authors' scripts show theirs",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace results that are there")
    more = parser.add_argument_group("more results")
    more.add_argument(
        "--view", action="store_true",
        help="a page with a viewer for each scan (NiiVue, fetched once: 7 MB)",
    )  # fmt: skip
    more.add_argument(
        "--volumes", choices=("labels", "soft"), default="labels",
        help="labels: by counting voxels; soft: also by adding up probabilities",
    )  # fmt: skip
    more.add_argument(
        "--probabilities", nargs="*", metavar="ID",
        help="probability maps of the structures with these ids or names; of all without any (large)",
    )  # fmt: skip
    more.add_argument(
        "--uncertainty", type=whole_number(2, MOST_SAMPLES), default=0, metavar="N",
        help="segment N more times with dropout and say how far each structure's samples agree",
    )  # fmt: skip
    more.add_argument("--seed", type=whole_number(0, LARGEST_SEED), default=1, help="of the dropout")
    reading = parser.add_argument_group("reading")
    reading.add_argument(
        "--nan", choices=("refuse", "zero"), default="refuse", help="scans with NaN or infinite voxels"
    )
    reading.add_argument(
        "--form", choices=("sform", "qform"), default="sform", help="which counts where the two differ"
    )
    add_model_options(reading)


def run(arguments: argparse.Namespace) -> int:
    """Do what the command line says; returns the exit status. InputError is for options, model and folder."""
    # Here rather than above: `acenet --help` need not load torch.
    from torch import get_num_threads

    from acenet.imaging.io import Reading
    from acenet.segment.find_scans import look_for_scans
    from acenet.segment.known_models import choose_model
    from acenet.segment.many_scans import segment_scans
    from acenet.segment.one_scan import Wanted
    from acenet.segment.segmenter import load_segmenter
    from acenet.system.device import limit_threads
    from acenet.system.out_of_memory import Workplace
    from acenet.system.progress import Progress

    found = look_for_scans(arguments.scans)
    for note in found.notes:
        logger.warning("%s", note)
    if not found.scans and not found.missed:
        raise found.refused[0]
    limit_threads(arguments.threads or get_num_threads())  # before anything makes a tensor
    model = choose_model(None if arguments.model is None else str(arguments.model))
    segmenter = load_segmenter(
        model.path,
        protocol=arguments.protocol,
        grid=parse_grid(arguments.grid),
        as_released=True if arguments.as_released else None if model.release else False,
    )
    wanted = Wanted(
        probabilities=_classes(arguments.probabilities, segmenter.protocol),
        soft=arguments.volumes == "soft",
        samples=arguments.uncertainty,
        seed=arguments.seed,
        view=arguments.view,
    )
    outcome = segment_scans(
        found.scans,
        segmenter,
        arguments.out,
        work=Workplace(_chosen(arguments.device), arguments.batch, arguments.fast),
        progress=Progress(len(found.scans), None if arguments.quiet else sys.stderr),
        wanted=wanted,
        reading=Reading(nan=arguments.nan, form=arguments.form),
        overwrite=arguments.overwrite,
        report=_Told(),
    )
    failed = [
        *(str(error) for error in found.refused),
        *(f"{path}: not taken: {why}" for path, why in found.missed.items()),
        *outcome.failed.values(),
    ]
    if failed:
        number = len(found.scans) + len(found.missed) + len(found.refused)
        say("\n  ".join([f"{len(failed)} of {number} scans failed:", *failed]))
    return 1 if failed else 0


def _chosen(name: str) -> "torch.device":
    """The device that the option names; raises InputError, which names the option."""
    from acenet.system.device import choose_device

    try:
        return choose_device(name)
    except InputError as error:
        raise InputError("--device", expected=error.expected, found=error.found) from error


class _Told:
    """Says on stdout where a label map is; where stdout takes nothing, scans are segmented all the same."""

    def __init__(self) -> None:
        self.heard = True

    def __call__(self, path: Path) -> None:
        """Say it, and once that it could not be said."""
        if self.heard and (why := tell_path(path)) is not None:
            self.heard = False
            logger.warning("stdout: label maps are no longer listed there (%s)", why)


def _device(text: str) -> str:
    if not re.fullmatch(r"auto|cpu|cuda(:\d{1,3})?", text):
        raise argparse.ArgumentTypeError(f"expected auto, cpu, cuda or cuda:1; found {text}")
    return text


def _classes(wanted: list[str] | None, protocol: "Protocol") -> tuple[int, ...]:
    """Classes of the structures named by id or name; of all of them for an empty list."""
    if wanted is None:
        return ()
    if not wanted:
        return tuple(structure.index for structure in protocol.structures)
    ids = {str(s.native_id): s.index for s in protocol.structures}
    names = {s.name: s.index for s in protocol.structures}
    known = ids | names
    if twofold := [name for name in wanted if ids.get(name, known.get(name)) != known.get(name)]:
        found = f"{', '.join(twofold)}, the id of one structure and the name of another"
        raise InputError("--probabilities", expected="what means one structure", found=found)
    if unknown := [name for name in wanted if name not in known]:
        raise InputError(
            "--probabilities",
            expected=f"ids or names of protocol {protocol.name}",
            found=", ".join(name or "nothing" for name in unknown),
        )
    return tuple(dict.fromkeys(known[name] for name in wanted))
