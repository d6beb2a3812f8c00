"""How well and how fast training scans are warped: directly, or composed through a template.

    python -m benchmarks.registration DATA [--anatomy FOLDER] [--spacing 3 2] [--atlases 4] [--targets 3]

DATA is a folder in MALC's layout (docs/data.md). Training scans are warped onto test scans, whose own manual
labels then score the warped ones. Times are those of the processor, of one thread. Each result is added to
the CSV file at once; a run that is repeated goes on where it stopped.
"""

import argparse
import csv
import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from acenet.augmentation.ants_bridge import limit_ants_threads
from acenet.augmentation.prepare import crop, head_box
from acenet.augmentation.sampling import find_places
from acenet.augmentation.settings import Registration
from acenet.augmentation.warp import load, measure, register_volumes, registered, sample_all
from acenet.conform.subject import conform_subject
from acenet.datasets import find_subjects
from acenet.imaging.grid import Grid
from acenet.imaging.io import Volume, map_uint8, read_affine
from acenet.metrics.overlap import dice, joint_histogram
from acenet.protocols import load_protocol

logger = logging.getLogger("benchmark")
PROTOCOLS = ("malc27", "malc133")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Result:
    """One registration (mode direct or scan) or one warp (direct or composed); seconds of the processor."""

    transform: str
    spacing_mm: float
    mode: str
    labels: str
    atlas: str
    target: str
    register_s: float
    sample_s: float = float("nan")
    measure_s: float = float("nan")
    dice_malc27: float = float("nan")
    dice_malc133: float = float("nan")
    similarity: float = float("nan")
    jacobian_min: float = float("nan")
    folds: float = float("nan")

    @property
    def key(self) -> tuple[str, ...]:
        """What tells results apart, as text."""
        return self.transform, f"{self.spacing_mm:g}", self.mode, self.labels, self.atlas, self.target


def timed(work: Callable[[], Found]) -> tuple[Found, float]:
    """The result of `work` and the processor's seconds it took."""
    started = time.process_time()
    found = work()
    return found, time.process_time() - started


def conform_all(data: Path, work: Path, atlases: int, targets: int) -> tuple[list[Path], list[Path]]:
    """The first training scans and the first test scans on the papers' grid, centred on the brain."""
    grid = Grid((256, 256, 256), 1.0, "brain")
    chosen: dict[str, list[Path]] = {"train": [], "test": []}
    for subject in find_subjects("malc", data):
        part = chosen[subject.split or "test"]
        if len(part) < {"train": atlases, "test": targets}[subject.split or "test"]:
            folder = work / "conformed" / subject.id
            if not (folder / "conform.json").is_file():
                conform_subject(subject, root=data, grid=grid, protocols=PROTOCOLS, out_dir=folder)
            part.append(folder)
    return chosen["train"], chosen["test"]


def stripped_template(anatomy: Path) -> Volume:
    """The embedded cohort's anatomy without its skull, since the public copy of MALC has none either."""
    head, brain = anatomy / "base-head.nii", anatomy / "base-brain.nii"
    return Volume(
        np.where(map_uint8(brain) > 0, map_uint8(head), 0).astype(np.uint8), read_affine(head), head
    )


def scored(atlas: Path, target: Path, transforms: list[Path], settings: Registration, **known: Any) -> Result:
    """Warp everything, check it, and compare the labels with the target's own."""
    whole = load(target, "image")
    box = head_box(whole)
    image = crop(whole, box)
    places, places_s = timed(lambda: find_places(load(atlas, "image"), image, transforms))
    volumes, sample_s = timed(lambda: sample_all(atlas, places, protocols=PROTOCOLS, labels=settings.labels))
    found, measure_s = timed(lambda: measure(atlas, image, places, volumes))
    means = {}
    for name in PROTOCOLS:
        protocol = load_protocol(name)
        scores = dice(
            joint_histogram(
                np.asfortranarray(load(target, name).array[box]), volumes[name], protocol.n_classes
            )
        )
        means[f"dice_{name}"] = float(np.nanmean(scores[list(protocol.evaluated)]))
    return Result(
        transform=settings.transform,
        spacing_mm=settings.spacing_mm,
        labels=settings.labels,
        atlas=atlas.name,
        target=target.name,
        sample_s=places_s + sample_s,
        measure_s=measure_s,
        similarity=found.similarity,
        jacobian_min=found.jacobian_min,
        folds=found.folds,
        **known,
        **means,
    )


class Bench:
    """The results so far, in a CSV file and by key."""

    def __init__(self, path: Path) -> None:
        self.path, self.done = path, {}
        if path.is_file():
            for row in csv.DictReader(path.open(encoding="utf-8")):
                numbers = {k: float(row[k]) for k in list(row)[6:]}
                one = Result(**{**row, **numbers, "spacing_mm": float(row["spacing_mm"])})
                self.done[one.key] = one

    def add(self, one: Result) -> None:
        """Append a result to the file."""
        new = not self.path.is_file()
        with self.path.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, [field.name for field in fields(Result)])
            if new:
                writer.writeheader()
            writer.writerow({k: f"{v:.4f}" if isinstance(v, float) else v for k, v in asdict(one).items()})
        self.done[one.key] = one
        logger.info("%s", one)


def direct(bench: Bench, atlas: Path, target: Path, settings: Registration) -> None:
    """Register one pair and warp it."""
    key = (settings.transform, f"{settings.spacing_mm:g}", "direct", settings.labels, atlas.name, target.name)
    if key in bench.done:
        return
    with tempfile.TemporaryDirectory() as scratch:
        transforms, seconds = timed(
            lambda: register_volumes(
                load(target, "image"), load(atlas, "image"), settings, folder=Path(scratch)
            )
        )
        bench.add(scored(atlas, target, transforms, settings, mode="direct", register_s=seconds))


def to_template(
    bench: Bench, scan: Path, template: Volume, settings: Registration, *, role: str, work: Path
) -> Path:
    """The folder of a scan's registration with the template, made where it is not there yet."""
    kind = settings.transform.translate({ord(c): None for c in "[]"})
    folder = work / "registered" / f"{kind}-{settings.spacing_mm:g}" / role / scan.name
    if not (folder / "done").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        image = load(scan, "image")
        fixed, moving = (image, template) if role == "target" else (template, image)
        _, seconds = timed(lambda: register_volumes(fixed, moving, settings, folder=folder))
        names = (scan.name, "template") if role == "atlas" else ("template", scan.name)
        bench.add(Result(settings.transform, settings.spacing_mm, "scan", "", *names, register_s=seconds))
        (folder / "done").touch()
    return folder


def composed(
    bench: Bench, atlas: Path, target: Path, template: Volume, settings: Registration, *, work: Path
) -> None:
    """Warp one pair through the template."""
    key = (
        settings.transform,
        f"{settings.spacing_mm:g}",
        "composed",
        settings.labels,
        atlas.name,
        target.name,
    )
    if key in bench.done:
        return
    folders = [
        to_template(bench, scan, template, settings, role=role, work=work)
        for scan, role in ((target, "target"), (atlas, "atlas"))
    ]
    transforms = [path for folder in folders for path in registered(folder)]
    bench.add(scored(atlas, target, transforms, settings, mode="composed", register_s=0.0))


def summary(bench: Bench) -> Iterator[str]:
    """Means by transform, spacing, mode and interpolation, as lines of a Markdown table."""
    columns = (
        "dice_malc27",
        "dice_malc133",
        "register_s",
        "sample_s",
        "measure_s",
        "similarity",
        "jacobian_min",
    )
    yield "| transform | spacing | mode | labels | n | " + " | ".join(columns) + " |"
    yield "|" + " --- |" * (5 + len(columns))
    groups: dict[tuple[str, ...], list[Result]] = {}
    for one in bench.done.values():
        groups.setdefault(one.key[:4], []).append(one)
    for key, results in sorted(groups.items()):
        means = [np.mean([getattr(one, name) for one in results]) for name in columns]
        yield "| " + " | ".join([*key, str(len(results)), *(f"{mean:.3f}" for mean in means)]) + " |"


def main() -> None:
    """Run what is asked for and print the means."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "--anatomy", type=Path, help="folder of base-head.nii and base-brain.nii; composes too"
    )
    parser.add_argument("--work", type=Path, default=Path("results/benchmarks/registration"))
    parser.add_argument("--spacing", type=float, nargs="+", default=[3.0, 2.0])
    parser.add_argument("--transform", nargs="+", default=["SyN"])
    parser.add_argument("--labels", nargs="+", default=["vote"])
    parser.add_argument("--atlases", type=int, default=4)
    parser.add_argument("--targets", type=int, default=3)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    limit_ants_threads(1)
    options.work.mkdir(parents=True, exist_ok=True)
    bench = Bench(options.work / "results.csv")
    atlases, targets = conform_all(options.data, options.work, options.atlases, options.targets)
    template = stripped_template(options.anatomy) if options.anatomy else None
    for spacing in options.spacing:
        for transform in options.transform:
            for labels in options.labels:
                settings = Registration(transform=transform, spacing_mm=spacing, labels=labels)
                for target in targets:
                    for atlas in atlases:
                        direct(bench, atlas, target, settings)
                        if template is not None:
                            composed(bench, atlas, target, template, settings, work=options.work)
    print("\n".join(summary(bench)))


if __name__ == "__main__":
    main()
