"""`python -m acenet.cli.compare_conform IMAGE ...`: our conform against FreeSurfer's, voxel by voxel."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acenet.conform.freesurfer import conform_with_freesurfer
from acenet.conform.subject import conform_image
from acenet.imaging.grid import Grid
from acenet.imaging.io import read_image
from acenet.system.failures import LOG, any_folder, failure
from acenet.system.terminal import flush_streams, open_missing_streams, say, tell

FAILED, INTERRUPTED = 2, 130


@dataclass(frozen=True)
class Agreement:
    """How two conformed images agree: shares of voxels that are equal or within 1, and the largest difference."""

    equal: float
    within_one: float
    largest: int


def agreement(ours: NDArray[np.uint8], theirs: NDArray[np.uint8]) -> Agreement:
    """Agreement of two images of one shape."""
    difference = np.abs(ours.astype(np.int16) - theirs)
    return Agreement(float(np.mean(difference == 0)), float(np.mean(difference <= 1)), int(difference.max()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the agreement for each image; 0 where every voxel of all is equal or within 1, else 1, and 2 for failures.

    An image that cannot be compared is told on stderr, and the others are compared.
    """
    open_missing_streams()
    parser = argparse.ArgumentParser(prog="python -m acenet.cli.compare_conform", description=__doc__)
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="a T1 image, NIfTI or MGZ")
    status = 0
    for path in parser.parse_args(arguments).images:
        try:
            image = read_image(path)
            ours, target = conform_image(image, Grid())
            found = agreement(ours, conform_with_freesurfer(image, target))
        except KeyboardInterrupt:
            say("interrupted")
            return INTERRUPTED
        except Exception as error:  # whatever it is, the others go on
            say(failure(error, about=str(path), log=any_folder() / LOG))
            status = FAILED
            continue
        status = max(status, int(found.largest > 1))
        try:
            tell(
                f"{path}: {found.equal:.4%} of the voxels equal, {found.within_one:.4%} within 1, "
                f"largest difference {found.largest}\n"
            )
        except OSError as error:
            say(failure(error, about="conform_compare", log=any_folder() / LOG))
            return FAILED
    flush_streams()
    return status


if __name__ == "__main__":
    sys.exit(main())
