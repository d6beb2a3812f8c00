"""What closing does to a brain mask that leaves the sulci out: is it then nearer to one that holds them?

    python -m tools.closed_masks malc FOLDER [--fluid 0.8]      masks from which the fluid around the brain was taken
    python -m tools.closed_masks mindboggle FOLDER --freesurfer RECON   the provider's masks against FreeSurfer's

FOLDER is a data set's (docs/data.md). The first needs images, labels and masks that hold the sulci, and takes from
each mask what is darker than `--fluid` of the way from the ventricles' median to the cortex's, ventricles apart.
Prints, over scans: the mask's volume and Dice with the whole one, what closing adds, and the same of the closed mask.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.affines import voxel_sizes
from numpy.typing import NDArray

from acenet.datasets import find_subjects
from acenet.imaging.io import Volume, read_image, read_labels, read_mask
from acenet.imaging.masks import mask_from_labels
from acenet.imaging.resample import resample_nearest

VENTRICLES = (4, 11, 46, 49, 50, 51, 52)  # of Neuromorphometrics, and CSF
LATERAL = (51, 52)
CORTEX_FROM = 100
HEAD = ("open / whole", "Dice", "closing adds", "Dice, open and closed", "closed / whole", "Dice")

Mask = NDArray[np.bool_]


def main() -> None:
    """Print mean, smallest and largest of each quantity."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("source", choices=("malc", "mindboggle"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fluid", type=float, default=0.8)
    parser.add_argument("--freesurfer", type=Path)
    options = parser.parse_args()
    if options.freesurfer:
        pairs = against_freesurfer(options.source, options.folder, options.freesurfer)
    elif options.source == "malc":
        pairs = without_fluid(options.folder, options.fluid)
    else:
        parser.error("mindboggle needs --freesurfer")
    rows = np.array([compared(*pair) for pair in pairs])
    nearer = int(np.count_nonzero(rows[:, 5] > rows[:, 1]))
    print(f"{len(rows)} scans; the closed mask is nearer to the whole one in {nearer}")
    for name, values in zip(HEAD, rows.T, strict=True):
        print(f"{name:22s} {values.mean():.3f} ({values.min():.3f} to {values.max():.3f})")


def compared(mask: Mask, whole: Mask, zooms: NDArray[np.float64]) -> tuple[float, ...]:
    """The quantities of HEAD for a mask without sulci and one with them, both (I, J, K)."""
    closed = mask_from_labels(mask, zooms) > 0
    n, n_closed, n_whole = (int(np.count_nonzero(m)) for m in (mask, closed, whole))
    return (
        *(n / n_whole, overlap(mask, whole), n_closed / n - 1),
        *(overlap(mask, closed), n_closed / n_whole, overlap(closed, whole)),
    )


def overlap(first: Mask, second: Mask) -> float:
    """Dice of two masks (I, J, K)."""
    return 2 * int(np.count_nonzero(first & second)) / int(np.count_nonzero(first) + np.count_nonzero(second))


def without_fluid(folder: Path, share: float) -> Iterator[tuple[Mask, Mask, NDArray[np.float64]]]:
    """Of each MALC scan: its mask less the dark voxels around the brain, the mask itself, and zooms."""
    for subject in find_subjects("malc", folder):
        if subject.labels is None or subject.mask is None:
            continue
        image, labels = read_image(folder / subject.image).array, read_labels(folder / subject.labels).array
        mask = read_mask(folder / subject.mask)
        fluid, cortex = np.median(image[np.isin(labels, LATERAL)]), np.median(image[labels >= CORTEX_FROM])
        tissue = image >= fluid + share * (cortex - fluid)
        whole = mask.array > 0
        yield (whole & tissue) | np.isin(labels, VENTRICLES), whole, zooms_of(mask)


def against_freesurfer(
    source: str, folder: Path, recon: Path
) -> Iterator[tuple[Mask, Mask, NDArray[np.float64]]]:
    """Of each scan that FreeSurfer has a mask of: the provider's mask, FreeSurfer's on its grid, and zooms."""
    for own in find_subjects(source, folder):
        theirs = recon / own.id / "mri" / "brainmask.mgz"
        if own.mask is None or not theirs.is_file():
            continue
        mask, whole = read_mask(folder / own.mask), read_mask(theirs)
        sampled: NDArray[Any] = resample_nearest(
            whole.array, whole.affine, mask.affine, shape=mask.array.shape
        )
        yield mask.array > 0, sampled > 0, zooms_of(mask)


def zooms_of(volume: Volume) -> NDArray[np.float64]:
    """Lengths (3,) of a voxel's edges in mm."""
    return np.asarray(voxel_sizes(volume.affine))


if __name__ == "__main__":
    main()
