"""How brain volume, symmetry, contrast and the volumes of structures spread over the real scans of MALC.

    python -m tools.volume_spread FOLDER > acenet/segment/spread.tsv

FOLDER is MALC's (docs/data.md), stripped or not. `acenet segment` holds its results against what this prints: of each
quantity the mean, standard deviation, least and most over all scans, as people segmented them.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from nibabel.affines import voxel_sizes

from acenet.datasets import find_subjects
from acenet.datasets.subject import Subject
from acenet.imaging.io import read_image, read_labels, read_mask
from acenet.protocols import load_protocol
from acenet.segment.quality import asymmetry, contrast
from acenet.segment.spread import ASYMMETRY, BRAIN, CONTRAST

SOURCE = "2012 MALC: scans of OASIS, labels by Neuromorphometrics, Inc., masks of malf.templates 1.2.0"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    found: dict[tuple[str, str], list[float]] = {}
    n_scans = 0
    for scan in find_subjects("malc", folder):
        n_scans += 1
        for key, value in _quantities(folder, scan):
            found.setdefault(key, []).append(value)
    print(
        f"# {n_scans} scans: {SOURCE}; by tools/volume_spread.py. Volumes in ml by id of the protocol, else ratios"
    )
    print("protocol", "quantity", "mean", "sd", "least", "most", sep="\t")
    for key, values in found.items():
        figures = (np.mean(values), np.std(values, ddof=1), min(values), max(values))
        print(*key, *(f"{figure:.4g}" for figure in figures), sep="\t")


def _quantities(folder: Path, scan: Subject) -> Iterator[tuple[tuple[str, str], float]]:
    """(protocol, quantity) and value of all that a scan has."""
    if scan.labels is None or scan.mask is None:
        return
    image, mask = read_image(folder / scan.image), read_mask(folder / scan.mask)
    labels = read_labels(folder / scan.labels)
    voxel_ml = float(np.prod(voxel_sizes(labels.affine))) / 1000
    yield ("malc27", BRAIN), np.count_nonzero(mask.array) * float(np.prod(voxel_sizes(mask.affine))) / 1000
    for name in ("malc27", "malc133"):
        protocol = load_protocol(name)
        classes = protocol.encode(labels.array, scan.id)
        counts = np.bincount(classes.ravel(), minlength=protocol.n_classes)
        volumes = counts.astype(np.float64) * voxel_ml
        if name == "malc27":
            for quantity, value in (
                (ASYMMETRY, asymmetry(volumes, protocol)),
                (CONTRAST, contrast(image.array, classes, protocol)),
            ):
                if value is not None:
                    yield (name, quantity), value
        for one in protocol.structures:
            yield (name, str(one.native_id)), float(volumes[one.index])


if __name__ == "__main__":
    main()
