"""`python -m acenet.conform_compare IMAGE ...`: our conform against FreeSurfer's, voxel by voxel."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acenet.conform import conform_image
from acenet.errors import InputError
from acenet.freesurfer import conform_with_freesurfer
from acenet.grid import Grid
from acenet.volumes import read_image


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
    """Print the agreement for each image; 0 where every voxel of all is equal or within 1, else 1."""
    parser = argparse.ArgumentParser(prog="python -m acenet.conform_compare", description=__doc__)
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="a T1 image, NIfTI or MGZ")
    status = 0
    for path in parser.parse_args(arguments).images:
        try:
            image = read_image(path)
            ours, target = conform_image(image, Grid())
            found = agreement(ours, conform_with_freesurfer(image, target))
        except InputError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        status = max(status, int(found.largest > 1))
        sys.stdout.write(
            f"{path}: {found.equal:.4%} of the voxels equal, {found.within_one:.4%} within 1, "
            f"largest difference {found.largest}\n"
        )
    return status


if __name__ == "__main__":
    sys.exit(main())
