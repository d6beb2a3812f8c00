"""Conforming a head against FastSurfer's way of doing it, in turn.

    python -m benchmarks.conform scan.nii.gz [more scans] [--rounds 3]

The peer is rebuilt from FastSurfer's description: the scale from a histogram of 1000 bins, one call of scipy's
`affine_transform` (linear, in float64) onto 256^3 voxels of 1 mm, then scaling and rounding to uint8. It resamples
before it scales, ours (as FreeSurfer's mri_convert) scales first, so that grey levels may differ by rounding.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import affine_transform

from acenet.conform.subject import conform_image
from acenet.imaging.grid import Grid, field_centre
from acenet.imaging.io import Volume, read_image
from acenet.system.device import limit_threads
from benchmarks.measuring import in_turn, machine, show


def peer(image: Volume) -> NDArray[np.uint8]:
    """The image on the conformed grid, (256, 256, 256) uint8."""
    values = np.asarray(image.array, dtype=np.float64)
    low, high = values.min(), values.max()
    counts, edges = np.histogram(values, bins=1000, range=(low, high))
    above = np.cumsum(counts[::-1])[::-1]
    allowed = int((1 - 0.999) * np.count_nonzero(np.abs(values) >= 1e-15))
    top = edges[max(0, int(np.flatnonzero(above > allowed).max()))]
    target = Grid().affine_around(field_centre(image.array.shape, image.affine))
    onto = np.linalg.inv(image.affine) @ target
    sampled = affine_transform(values, onto[:3, :3], onto[:3, 3], Grid().shape, order=1)
    scaled = np.clip((sampled - low) * 255 / (top - low), 0, 255)
    scaled[np.abs(sampled) < 1e-15] = 0
    return np.rint(scaled).astype(np.uint8)


def main() -> None:
    """Print the machine, times, ratios and agreement for each scan."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("scans", nargs="+", type=Path)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    limit_threads(1)
    print(machine(torch.device("cpu")))
    for path in options.scans:
        image = read_image(path)
        made: dict[str, NDArray[np.uint8]] = {}

        def ours(image: Volume = image, made: dict[str, NDArray[np.uint8]] = made) -> None:
            made["ours"] = conform_image(image, Grid())[0]

        def theirs(image: Volume = image, made: dict[str, NDArray[np.uint8]] = made) -> None:
            made["peer"] = peer(image)

        print(f"{path.name}, {image.array.shape} {image.array.dtype}:")
        show(in_turn({"peer": theirs, "ours": ours}, rounds=options.rounds), against="peer", unit="head")
        apart = np.abs(made["ours"].astype(int) - made["peer"])
        print(
            f"  grey levels within 1 of each other: {(apart <= 1).mean():.2%} (largest difference {apart.max()})"
        )


if __name__ == "__main__":
    main()
