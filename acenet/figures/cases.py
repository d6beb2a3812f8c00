"""What figures of segmentations show: one scan of a data set, and the view of it around the named structures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from nibabel.affines import voxel_sizes

from acenet.errors import InputError
from acenet.figures.sections import (
    Box,
    Uint8,
    bounds,
    fullest_slice,
    grow,
    is_any,
    join,
    section,
    shift_inside,
    whole,
    widen,
)
from acenet.imaging.io import Volume, map_uint8, read_affine, read_labels, require_same_grid
from acenet.metrics.overlap import dice, joint_histogram
from acenet.protocols import Protocol, Structure

SLICE_ASPECT, ZOOM_ASPECT = 1.4, 2.0  # width over height
BRAIN_MARGIN_MM, ZOOM_MARGIN_MM = 4.0, 4.0
LEAST_ZOOM_MM = 50.0  # width; smaller structures would be a few pixels without surroundings


@dataclass(frozen=True)
class Case:
    """One scan of a data set, all on one conformed grid (X, Y, Z) uint8.

    Attributes
    ----------
    title
        Of its part of the figure.
    structures
        Those to show enlarged, of `protocol`.
    image, brain, reference
        Grey values, mask 0/1, class map.
    predictions
        Class map of each method, by its name in the figure.
    voxel_mm
        Side of a voxel.
    """

    title: str
    subject: str
    protocol: Protocol
    structures: tuple[Structure, ...]
    image: Uint8
    brain: Uint8
    reference: Uint8
    predictions: Mapping[str, Uint8]
    voxel_mm: float

    @property
    def zoomed(self) -> tuple[int, ...]:
        """Classes of the structures to show enlarged."""
        return tuple(structure.index for structure in self.structures)


@dataclass(frozen=True)
class View:
    """What is shown of a case: coronal slice `k`, the part of it in `frame`, and `zoom` enlarged.

    Attributes
    ----------
    dice
        Index of each enlarged structure over the whole scan, by method; NaN where neither map has it.
    """

    k: int
    frame: Box
    zoom: Box
    dice: Mapping[str, tuple[float, ...]]


def named_structures(protocol: Protocol, names: Sequence[str]) -> tuple[Structure, ...]:
    """The structures with the given names; InputError for a name that the protocol lacks, or none at all."""
    known = {structure.name: structure for structure in protocol.structures}
    if not names or (unknown := [name for name in names if name not in known]):
        found = ", ".join(unknown) if names else "no structure"
        raise InputError(f"figure of {protocol.name}", expected="structures of its protocol", found=found)
    return tuple(known[name] for name in names)


def read_case(
    title: str,
    protocol: Protocol,
    names: Sequence[str],
    *,
    conformed: Path,
    predicted: Mapping[str, Path],
) -> Case:
    """Read what a figure shows of one scan.

    Parameters
    ----------
    names
        Of the structures to show enlarged.
    conformed
        The subject's folder, with image.nii, brainmask.nii and {protocol}.nii.
    predicted
        Folder of each method, with {subject}_classes.nii.gz, by the method's name.

    Raises
    ------
    InputError
        A file is missing, lies on another grid or has classes that the protocol lacks.
    """
    reference, brain, image = (
        Volume(map_uint8(path), read_affine(path), path)
        for path in (conformed / f"{name}.nii" for name in (protocol.name, "brainmask", "image"))
    )
    predictions = {
        name: read_labels(folder / f"{conformed.name}_classes.nii.gz") for name, folder in predicted.items()
    }
    for other in (brain, image, *predictions.values()):
        require_same_grid(reference, other)
    for classes in (reference, *predictions.values()):
        if (highest := int(classes.array.max())) >= protocol.n_classes:
            expected = f"classes 0 to {protocol.n_classes - 1}"
            raise InputError(classes.path, expected=expected, found=f"class {highest}")
    return Case(
        title=title,
        subject=conformed.name,
        protocol=protocol,
        structures=named_structures(protocol, names),
        image=image.array,
        brain=brain.array,
        reference=reference.array,
        predictions={name: volume.array.astype(np.uint8) for name, volume in predictions.items()},
        voxel_mm=float(voxel_sizes(reference.affine)[0]),
    )


def view_of(case: Case) -> View | None:
    """The slice with most reference voxels of the enlarged structures, and the boxes around brain and structures.

    None where the reference has none of the structures: then there is nothing to show.
    """
    k = fullest_slice(case.reference, case.zoomed)
    if k is None:
        return None
    structures = bounds(is_any(section(case.reference, k), case.zoomed))
    brain = section(case.brain, k) > 0
    head = grow(
        join(structures, bounds(brain)) if brain.any() else structures, BRAIN_MARGIN_MM / case.voxel_mm
    )
    close = widen(
        grow(structures, ZOOM_MARGIN_MM / case.voxel_mm),
        aspect=ZOOM_ASPECT,
        least=LEAST_ZOOM_MM / case.voxel_mm,
    )
    zoom = shift_inside(close, head)
    frame = shift_inside(widen(join(head, zoom), aspect=SLICE_ASPECT), whole(brain))
    return View(k, frame, zoom, {name: _dice(case, name) for name in case.predictions})


def _dice(case: Case, method: str) -> tuple[float, ...]:
    """Dice index of each enlarged structure over the whole scan."""
    found = dice(joint_histogram(case.reference, case.predictions[method], case.protocol.n_classes))
    return tuple(float(found[index]) for index in case.zoomed)
