"""FreeSurfer's own `mri_convert --conform`, for who has it and wants it in place of our reading of it."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acenet.errors import InputError
from acenet.imaging.geometry import GRID_TOLERANCE_MM, corner_distance
from acenet.imaging.io import Volume, read_image, write_volume

PROGRAM = "mri_convert"
TIMEOUT_S = 600


def conform_with_freesurfer(image: Volume, target: NDArray[np.float64]) -> NDArray[np.uint8]:
    """An image (I, J, K) as mri_convert conforms it: uint8 (256, 256, 256) on the grid of affine `target`.

    The grid of 256 voxels is forced (--cw256).

    Raises
    ------
    InputError
        Where the program is not on the PATH, fails, or puts the voxels elsewhere.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise InputError(
            "conform, tool", expected=f"{PROGRAM} of FreeSurfer on the PATH", found="no such program"
        )
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder) / "image.nii", Path(folder) / "conformed.mgh"
        write_volume(source, image.array, image.affine)
        command = [program, "--conform", "--cw256", str(source), str(result)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        if done.returncode or not result.is_file():
            reason = (done.stderr or done.stdout).strip()[-500:] or "no message"
            raise InputError(image.path, expected=f"{PROGRAM} to convert it", found=reason)
        conformed = read_image(result)
    if conformed.array.dtype != np.uint8 or conformed.array.shape != (256, 256, 256):
        found = f"{conformed.array.dtype} of shape {conformed.array.shape}"
        raise InputError(image.path, expected=f"uint8 and 256^3 from {PROGRAM}", found=found)
    if (distance := corner_distance(conformed.affine, target, (256, 256, 256))) > GRID_TOLERANCE_MM:
        raise InputError(
            image.path, expected=f"{PROGRAM} to keep the centre", found=f"a corner {distance:.3g} mm away"
        )
    return np.asfortranarray(conformed.array)
