"""Anatomies for the cohort's tests: a toy head made here, and the real one where it can be had."""

import os
from pathlib import Path

import numpy as np
import pytest

from acenet import cohort
from acenet.cohort.anatomy import ANATOMY_FILES
from acenet.imaging.io import write_volume

TOY_SHAPE = (88, 96, 90)


def _toy_labels(brain, core, middle, right):
    """Label maps of two hemispheres with cortex, white matter and one ventricle each."""
    shell = brain & ~core
    maps = {}
    for name, (white, cortex, ventricle) in {
        "malc": ((45, 44), (101, 100), (52, 51)),
        "mindboggle": ((0, 0), (1002, 2002), (0, 0)),
        "schizbull": ((2, 41), (3, 42), (4, 43)),
    }.items():
        array = np.zeros(TOY_SHAPE, np.int16)
        for side in (0, 1):
            here = right == bool(side)
            array[core & here], array[shell & here] = white[side], cortex[side]
            array[middle & here] = ventricle[side]
        maps[name] = array
    return maps


@pytest.fixture(scope="session")
def toy_anatomy(tmp_path_factory) -> Path:
    """A ball in a larger ball on a 1 mm lattice, written as `prepare` would write it; needs no download."""
    folder = tmp_path_factory.mktemp("toy")
    centre = np.array([44.0, 50.0, 46.0])
    index = np.stack(np.meshgrid(*(np.arange(n) for n in TOY_SHAPE), indexing="ij"))
    offset = index - centre[:, None, None, None]
    radius = np.sqrt((offset**2).sum(axis=0))
    brain, core, middle = radius <= 30, radius <= 22, radius <= 6
    head = np.where(radius <= 40, 60, 0).astype(np.uint8)
    head[brain], head[core], head[middle] = 140, 190, 50
    affine = np.eye(4)
    affine[:3, 3] = -centre
    write_volume(folder / "base-head.nii", head, affine)
    write_volume(folder / "base-brain.nii", brain.astype(np.uint8), affine)
    for name, array in _toy_labels(brain, core, middle, offset[0] > 0).items():
        write_volume(folder / f"base-{name}.nii", array, affine)
    return folder


@pytest.fixture(scope="session")
def real_anatomy(request) -> Path:
    """The real base anatomy: $ACENET_ANATOMY, results/raw/anatomy, or fetched into pytest's cache."""
    named = os.environ.get("ACENET_ANATOMY")
    for folder in (Path(named) if named else None, request.config.rootpath / "results/raw/anatomy"):
        if folder is not None and all((folder / name).is_file() for name in ANATOMY_FILES):
            return folder
    cache = request.config.cache.mkdir("acenet-anatomy")
    if not all((cache / name).is_file() for name in ANATOMY_FILES):
        try:
            cohort.fetch_wheels(cache / "wheels")
        except RuntimeError as error:
            pytest.skip(f"the base anatomy cannot be fetched: {str(error).splitlines()[0]}")
        cohort.extract_anatomy(cache / "wheels", cache)
    return cache
