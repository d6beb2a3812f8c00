"""`acenet compare-conform`: our conform against FreeSurfer's, voxel by voxel."""

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

from acenet.cli.options import place
from acenet.system.failures import LOG, any_folder, failure
from acenet.system.terminal import say, tell

DESCRIPTION = """\
Conform T1 images as this program does and as FreeSurfer's mri_convert on the PATH does, and compare them. Exit status
0: every voxel of all is equal or within 1; 1: one is not; 2: an image could not be compared; the others are."""

DIFFERENT, FAILED = 1, 2


@dataclass(frozen=True)
class ConformAgreement:
    """How two conformed images agree: shares of voxels that are equal or within 1, and the largest difference."""

    equal: float
    within_one: float
    largest: int


def agreement(ours: "NDArray[np.uint8]", theirs: "NDArray[np.uint8]") -> ConformAgreement:
    """Agreement of two images of one shape."""
    import numpy as np

    difference = np.abs(ours.astype(np.int16) - theirs)
    return ConformAgreement(
        float(np.mean(difference == 0)), float(np.mean(difference <= 1)), int(difference.max())
    )


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `compare-conform`."""
    parser = commands.add_parser(
        "compare-conform", help="compare our conform with FreeSurfer's", description=DESCRIPTION
    )
    parser.set_defaults(run=run)
    parser.add_argument("images", nargs="+", type=place, metavar="IMAGE", help="a T1 image, NIfTI or MGZ")


def run(arguments: argparse.Namespace) -> int:
    """Print the agreement for each image; one that cannot be compared is told on stderr, and the others go on."""
    from acenet.conform.freesurfer import conform_with_freesurfer
    from acenet.conform.subject import conform_image
    from acenet.imaging.grid import Grid
    from acenet.imaging.io import read_image

    status = 0
    for path in arguments.images:
        try:
            image = read_image(path)
            ours, target = conform_image(image, Grid())
            found = agreement(ours, conform_with_freesurfer(image, target))
        except Exception as error:  # whatever it is, the others go on
            say(failure(error, about=str(path), log=any_folder() / LOG))
            status = FAILED
            continue
        status = max(status, DIFFERENT if found.largest > 1 else 0)
        tell(
            f"{path}: {found.equal:.4%} of the voxels equal, {found.within_one:.4%} within 1, "
            f"largest difference {found.largest}\n"
        )
    return status
