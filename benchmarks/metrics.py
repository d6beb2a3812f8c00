"""All metrics of a 256^3 pair against the released evaluation, MONAI and surface-distance, in turn, with agreement.

    python -m benchmarks.metrics [--classes 139] [--side 256] [--sample 3] [--surface-distance FOLDER]

Peers measure one class at a time over the whole volume (the released evaluation) or its box (MONAI and
surface-distance, which crop themselves). They are timed on `--sample` classes, evenly spread by size, and
extrapolated to all. MONAI is a dependency; surface-distance is not: `pip install --target FOLDER surface-distance`.
"""

import argparse
import sys

import numpy as np
import torch
from numpy.typing import NDArray

from acenet.metrics.overlap import dice, jaccard, joint_histogram, volume_similarity
from acenet.metrics.surface import measure_surfaces
from acenet.system.device import limit_threads
from benchmarks.measuring import in_turn, machine

Classes = NDArray[np.uint8]
SPACING = (1.0, 1.0, 1.0)


def pair(side: int, classes: int) -> tuple[Classes, Classes]:
    """A reference of Voronoi cells in a ball the share of a brain, and a prediction that errs at their borders."""
    from scipy.spatial import KDTree

    random = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*[np.arange(side)] * 3, indexing="ij"), -1).reshape(-1, 3)
    ball = np.square(grid - side / 2).sum(1) < (0.27 * side) ** 2
    seeds = random.normal(side / 2, 0.12 * side, (classes - 1, 3))
    volumes = []
    for noise in (0.0, 0.8):
        volume = np.zeros(side**3, np.uint8)
        places = grid[ball] + noise * random.normal(size=(ball.sum(), 3))
        volume[ball] = 1 + KDTree(seeds).query(places)[1]
        volumes.append(np.asfortranarray(volume.reshape(side, side, side)))
    return volumes[0], volumes[1]


def ours(reference: Classes, prediction: Classes, classes: int) -> dict[int, tuple[float, ...]]:
    """Dice, Jaccard, volume similarity, HD, directed HD, HD95 and ASSD of each class."""
    histogram = joint_histogram(reference, prediction, classes)
    overlaps = np.stack([dice(histogram), jaccard(histogram), volume_similarity(histogram)], 1)
    found = measure_surfaces(reference, prediction, classes, SPACING)
    return {
        index: (*overlaps[index], d.hausdorff, d.reference_to_prediction, d.hausdorff95, d.average)
        for index, d in found.items()
    }


def released_overlap(reference: torch.Tensor, prediction: torch.Tensor, index: int) -> tuple[float, float]:
    """Dice and Jaccard of one class as the released evaluation has them: masks of the whole volume in float."""
    g, p = (reference == index).float(), (prediction == index).float()
    common, total = (g * p).sum(), g.sum() + p.sum() + 1e-4
    return float(2 * common / total), float(common / (total - common))


def main() -> None:
    """Print the machine, times, ratios and the largest differences."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--classes", type=int, default=139)
    arguments.add_argument("--side", type=int, default=256)
    arguments.add_argument("--sample", type=int, default=3)
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--surface-distance", help="folder that holds the package")
    options = arguments.parse_args()
    limit_threads(1)
    print(machine(torch.device("cpu")))
    reference, prediction = pair(options.side, options.classes)
    tensors = torch.from_numpy(reference), torch.from_numpy(prediction)
    by_size = np.argsort(np.bincount(reference.ravel(), minlength=options.classes)[1:]) + 1
    chosen = [int(by_size[len(by_size) * (2 * i + 1) // (2 * options.sample)]) for i in range(options.sample)]
    scale = (options.classes - 1) / len(chosen)
    values: dict[str, dict[int, tuple[float, ...]]] = {}

    def all_of_ours() -> None:
        values["ours"] = ours(reference, prediction, options.classes)

    def monai() -> None:
        from monai.metrics.utils import get_mask_edges, get_surface_distance

        found = {}
        for i in chosen:
            masks = get_mask_edges(prediction == i, reference == i)
            there, back = (
                np.asarray(get_surface_distance(a, b, spacing=SPACING)) for a, b in (masks[::-1], masks)
            )
            hd95 = max(np.percentile(there, 95), np.percentile(back, 95))
            both = np.concatenate((there, back))
            found[i] = (max(there.max(), back.max()), there.max(), hd95, both.mean())
        values["monai"] = found

    contestants = {"ours, all classes": all_of_ours, "MONAI's distances": monai}
    if options.surface_distance:
        sys.path.insert(0, options.surface_distance)
        import surface_distance

        def deepmind(*, overlaps: bool) -> None:
            for i in chosen:
                if overlaps:
                    values.setdefault("released", {})[i] = released_overlap(*tensors, i)
                found = surface_distance.compute_surface_distances(reference == i, prediction == i, SPACING)
                surface_distance.compute_robust_hausdorff(found, 100)
                surface_distance.compute_robust_hausdorff(found, 95)
                surface_distance.compute_average_surface_distance(found)

        contestants["surface-distance"] = lambda: deepmind(overlaps=False)
        contestants["released (overlaps, surface-distance)"] = lambda: deepmind(overlaps=True)
    timings = in_turn(contestants, rounds=options.rounds)
    print(
        f"{options.classes} classes, {options.side}^3; peers timed on {len(chosen)} classes, x {scale:.1f}:"
    )
    mine = timings.pop("ours, all classes")
    print(f"  ours, all classes: {mine.median:.2f} s")
    for name, timing in timings.items():
        print(f"  {name}: {timing.median * scale:.1f} s, {timing.median * scale / mine.median:.0f} x ours")
    largest = max(
        abs(a - b) for i in chosen for a, b in zip(values["ours"][i][3:], values["monai"][i], strict=True)
    )
    print(f"  largest difference of HD, directed HD, HD95, ASSD to MONAI's: {largest:.1e} mm")
    if "released" in values:
        overlap = max(
            abs(a - b)
            for i in chosen
            for a, b in zip(values["ours"][i][:2], values["released"][i], strict=True)
        )
        print(f"  largest difference of Dice and Jaccard to the released evaluation's: {overlap:.1e}")


if __name__ == "__main__":
    main()
