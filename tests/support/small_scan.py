"""A small subject on disk, and what it takes to see that it is refused or repaired."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from acenet.conform.manifest import Manifest
from acenet.conform.subject import conform_subject
from acenet.datasets import Subject
from acenet.errors import InputError
from acenet.imaging.grid import Grid
from acenet.imaging.io import Reading, write_volume

AFFINE = np.array([[-1.0, 0, 0, 12], [0, 1, 0, -9], [0, 0, 1, -11], [0, 0, 0, 1]])  # LAS
SHAPE = (24, 20, 22)
LEFT, RIGHT = 48, 47  # hippocampi of the Neuromorphometrics protocol


@dataclass
class Case:
    """A subject in `root`: its arrays may be changed before `write`, its files after."""

    root: Path
    image: np.ndarray = field(default_factory=lambda: np.empty(0))
    labels: np.ndarray = field(default_factory=lambda: np.empty(0))
    mask: np.ndarray = field(default_factory=lambda: np.empty(0))
    protocols: tuple[str, ...] = ("malc27",)
    grid: Grid = field(default_factory=lambda: Grid((28, 28, 28)))

    @property
    def subject(self) -> Subject:
        return Subject("s", Path("t1.nii.gz"), Path("seg.nii.gz"), Path("mask.nii.gz"), None, None)

    def path(self, name: str) -> Path:
        return self.root / f"{name}.nii.gz"

    def write(self, affine: np.ndarray = AFFINE) -> "Case":
        for name, array in (("t1", self.image), ("seg", self.labels), ("mask", self.mask)):
            write_volume(self.path(name), array, affine)
        return self

    def conform(self, **reading: str) -> Manifest:
        return conform_subject(
            self.subject,
            root=self.root,
            grid=self.grid,
            protocols=self.protocols,
            out_dir=self.root / "out",
            reading=Reading(**reading),  # type: ignore[arg-type]
        )

    def refused(self, message: str, **reading: str) -> None:
        """The subject is refused with `message` (a pattern), and no manifest calls anything finished."""
        with pytest.raises(InputError, match=message):
            self.conform(**reading)
        assert not (self.root / "out" / "conform.json").exists()
