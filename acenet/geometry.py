"""Where an image file says its voxels lie: checks of headers, and distances between grids."""

import itertools
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from acenet.errors import InputError

FloatArray = NDArray[np.float64]

GRID_TOLERANCE_MM = 1e-3
ZOOM_TOLERANCE = 0.01  # relative; scanners round pixdim, real contradictions are of whole factors


def corner_distance(first: FloatArray, second: FloatArray, shape: tuple[int, ...]) -> float:
    """Largest distance in mm between the places two affines give to the corner voxels of `shape`."""
    corners = np.array([[*index, 1] for index in itertools.product(*((0, n - 1) for n in shape[:3]))])
    return float(np.linalg.norm(corners @ (first - second).T, axis=1).max())


def checked_affine(file: Path, image: Any, form: str) -> tuple[FloatArray, tuple[str, ...]]:
    """The affine (4, 4) voxel -> RAS mm of a nibabel image, and what is doubtful about it.

    Of a NIfTI's two orientations `form` (sform or qform) counts, the other one where its code is 0.
    Raises InputError for affines that are singular, contradict the voxel sizes or disagree on left and right.
    """
    if isinstance(image, nib.Nifti1Image):
        affine, notes = _nifti_affine(file, image, form)
    else:
        affine, notes = np.asarray(image.affine, dtype=np.float64), ()
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        raise InputError(file, expected="an invertible affine", found=f"{affine.tolist()}")
    zooms = np.linalg.norm(affine[:3, :3], axis=0)
    stated = np.asarray(image.header.get_zooms()[:3], dtype=np.float64)
    if not np.allclose(zooms, stated, rtol=ZOOM_TOLERANCE, atol=0):
        raise InputError(
            file, expected=f"voxel sizes that agree with the affine ({zooms.round(4)})", found=f"{stated}"
        )
    return affine, notes


def _nifti_affine(file: Path, image: Any, form: str) -> tuple[FloatArray, tuple[str, ...]]:
    sform, sform_code = image.get_sform(coded=True)
    qform, qform_code = image.get_qform(coded=True)
    if sform_code == 0 and qform_code == 0:
        note = "neither sform nor qform is set: left and right are a guess"
        return np.asarray(image.affine, dtype=np.float64), (note,)
    if sform_code == 0 or qform_code == 0:
        return np.asarray(qform if sform_code == 0 else sform, dtype=np.float64), ()
    sound = np.isfinite(sform).all() and np.isfinite(qform).all()
    if sound and np.linalg.det(sform[:3, :3]) * np.linalg.det(qform[:3, :3]) < 0:
        raise InputError(file, expected="sform and qform of one handedness", found="opposite ones")
    affine = np.asarray({"sform": sform, "qform": qform}[form], dtype=np.float64)
    if (distance := corner_distance(sform, qform, image.shape)) > GRID_TOLERANCE_MM:
        return affine, (f"sform and qform differ by up to {distance:.3g} mm: the {form} counts",)
    return affine, ()
