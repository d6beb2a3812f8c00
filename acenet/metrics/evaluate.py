"""Measure predictions against references: one subject in memory, or all of a training from files."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from nibabel.affines import voxel_sizes
from numpy.typing import NDArray

from acenet.errors import InputError
from acenet.imaging.io import Volume, read_labels, read_mask, require_same_grid
from acenet.metrics.long_table import BACKGROUND, BRAIN_MASK, COLUMNS, DTYPES, Measurement
from acenet.metrics.measures import DISTANCES, OVERLAPS, SIZES, SURFACE_OVERLAPS
from acenet.metrics.overlap import class_sizes, joint_histogram
from acenet.metrics.status import BOTH_EMPTY, status, statuses
from acenet.metrics.surface import SurfaceDistances, measure_surfaces
from acenet.protocols import Protocol

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SubjectFiles:
    """Class maps, and where the network predicts a brain mask the masks, of one subject."""

    subject: str
    split: str
    reference: Path
    prediction: Path
    reference_mask: Path | None = None
    predicted_mask: Path | None = None


def find_subject_files(
    training_id: str, split: Mapping[str, str], *, conformed: Path, predicted: Path, skull: bool
) -> list[SubjectFiles]:
    """Files of a training's validation and test subjects.

    Parameters
    ----------
    split
        Part of each subject by id, as `acenet.datasets.splits.read_split` gives it.
    conformed
        Folder with `{subject}/{dataset}.nii` and `{subject}/brainmask.nii`.
    predicted
        Folder with `{subject}_classes.nii.gz` and, if `skull`, `{subject}_brainmask.nii.gz`.
    """
    dataset = training_id.split("/")[0]
    return [
        SubjectFiles(
            subject=subject,
            split=part,
            reference=conformed / subject / f"{dataset}.nii",
            prediction=predicted / f"{subject}_classes.nii.gz",
            reference_mask=conformed / subject / "brainmask.nii" if skull else None,
            predicted_mask=predicted / f"{subject}_brainmask.nii.gz" if skull else None,
        )
        for subject, part in split.items()
        if part in ("validation", "test")
    ]


def evaluate_training(
    training_id: str, subjects: Sequence[SubjectFiles], protocol: Protocol, *, seed: int
) -> pd.DataFrame:
    """The long table of one training with one seed.

    Raises
    ------
    InputError
        No subject; a file whose grid differs from its reference's; classes that the protocol lacks.
    """
    if not subjects:
        raise InputError(training_id, expected="subjects to evaluate", found="none")
    rows: list[Measurement] = []
    for done, files in enumerate(subjects, start=1):
        started = time.monotonic()
        rows += _evaluate_files(training_id, files, protocol, seed=seed)
        seconds = time.monotonic() - started
        logger.info(
            "%s: %s measured in %.1f s (%d/%d)", training_id, files.subject, seconds, done, len(subjects)
        )
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(DTYPES)


def evaluate_subject(
    reference: NDArray[np.uint8],
    prediction: NDArray[np.uint8],
    *,
    protocol: Protocol,
    spacing_mm: Sequence[float],
    subject: str,
    split: str,
    training_id: str,
    seed: int,
    reference_mask: NDArray[np.uint8] | None = None,
    predicted_mask: NDArray[np.uint8] | None = None,
) -> list[Measurement]:
    """Rows of the long table for one subject, structure by structure; the brain mask's come last.

    Parameters
    ----------
    reference, prediction
        Uint8 class maps (X, Y, Z) of `protocol`.
    spacing_mm
        Size of a voxel along (X, Y, Z).
    reference_mask, predicted_mask
        Uint8 masks (X, Y, Z), 0 or 1; measured where both are given.
    """
    dataset, model = training_id.split("/")
    histogram = joint_histogram(reference, prediction, protocol.n_classes)
    sizes = class_sizes(histogram)
    overlaps = {metric: function(histogram) for metric, function in OVERLAPS.items()}
    of_sizes = {metric: function(histogram) for metric, function in SIZES.items()}
    surfaces = measure_surfaces(reference, prediction, protocol.n_classes, spacing_mm)
    voxel_mm3 = float(np.prod(spacing_mm))
    state = statuses(*sizes)
    rows: list[Measurement] = []

    def add(structure: int, name: str, values: dict[str, float], status: str) -> None:
        for metric, value in values.items():
            rows.append(
                Measurement(
                    dataset=dataset,
                    model=model,
                    seed=seed,
                    subject=subject,
                    split=split,
                    structure=structure,
                    name=name,
                    metric=metric,
                    value=value,
                    status=status,
                )
            )

    add(BACKGROUND, "background", {key: float(v[0]) for key, v in overlaps.items()}, state[0])
    for structure in protocol.structures:
        index = structure.index
        values = {key: float(of_classes[index]) for key, of_classes in {**overlaps, **of_sizes}.items()}
        values |= _of_surfaces(surfaces.get(index), state[index])
        values["volume_ref_mm3"] = float(sizes[0][index]) * voxel_mm3
        values["volume_pred_mm3"] = float(sizes[1][index]) * voxel_mm3
        add(index, structure.name, values, state[index])
    if reference_mask is not None and predicted_mask is not None:
        masks = joint_histogram(reference_mask, predicted_mask, 2)
        values = {metric: float(function(masks)[1]) for metric, function in OVERLAPS.items()}
        add(BRAIN_MASK, "brain mask", values, status(*(int(size[1]) for size in class_sizes(masks))))
    return rows


def _of_surfaces(distances: SurfaceDistances | None, state: str) -> dict[str, float]:
    """What is measured between the surfaces of one structure; see `empties` for one that a map lacks."""
    if distances is None:
        lacking = np.nan if state == BOTH_EMPTY else 0.0
        return {**dict.fromkeys(DISTANCES, np.nan), **dict.fromkeys(SURFACE_OVERLAPS, lacking)}
    return {metric: function(distances) for metric, function in {**DISTANCES, **SURFACE_OVERLAPS}.items()}


def _evaluate_files(
    training_id: str, files: SubjectFiles, protocol: Protocol, *, seed: int
) -> list[Measurement]:
    reference, prediction = read_labels(files.reference), read_labels(files.prediction)
    require_same_grid(reference, prediction)
    masks: list[NDArray[np.uint8] | None] = [None, None]
    if files.reference_mask is not None and files.predicted_mask is not None:
        pair = read_mask(files.reference_mask), read_mask(files.predicted_mask)
        for mask in pair:
            require_same_grid(reference, mask)
        masks = [mask.array for mask in pair]
    return evaluate_subject(
        _classes(reference, protocol),
        _classes(prediction, protocol),
        protocol=protocol,
        spacing_mm=spacing_of(reference.affine),
        subject=files.subject,
        split=files.split,
        training_id=training_id,
        seed=seed,
        reference_mask=masks[0],
        predicted_mask=masks[1],
    )


def spacing_of(affine: NDArray[np.float64]) -> tuple[float, float, float]:
    """Voxel size in mm along the array's three axes, from an affine (4, 4)."""
    x, y, z = voxel_sizes(affine)
    return float(x), float(y), float(z)


def _classes(volume: Volume, protocol: Protocol) -> NDArray[np.uint8]:
    """The volume's array as classes of `protocol`."""
    array: NDArray[Any] = volume.array
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= protocol.n_classes:
        expected = f"classes 0 to {protocol.n_classes - 1} of {protocol.name}"
        raise InputError(volume.path, expected=expected, found=f"values from {low} to {high}")
    return array.astype(np.uint8)
