"""Wrong headers are mended where they are known of, and refused elsewhere."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from acenet.conform.orientation import turned
from acenet.conform.subject import conform_subject
from acenet.datasets import Subject, raw_subject
from acenet.errors import InputError
from acenet.imaging.grid import Grid
from acenet.imaging.io import map_uint8, write_volume
from tests.conform.test_orientation import AFFINE, SHAPE, head

LYING = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])  # as NKI-RS-22-16: seen from above in place of the front
SUBJECT = Subject("s", Path("t1.nii"), Path("seg.nii"), Path("brain.nii"), None, None, mend_header=True)


def conform(root: Path, subject: Subject, affine: np.ndarray, name: str = "mindboggle62") -> dict:
    labels = head(name)
    image = np.random.default_rng(0).integers(1, 99, SHAPE).astype(np.int16)
    for file, array in (("t1", image), ("seg", labels.astype(np.float32)), ("brain", image * (labels > 0))):
        write_volume(root / f"{file}.nii", array, affine)
    grid = Grid((80, 80, 80), centre="brain")
    return conform_subject(subject, root=root, grid=grid, protocols=[name], out_dir=root / "out")


def test_a_lying_header_of_mindboggle_is_mended(tmp_path: Path) -> None:
    assert raw_subject("mindboggle", "NKI-RS-22-16").mend_header
    right = conform(tmp_path, SUBJECT, AFFINE)
    files = {p.name: map_uint8(p).copy() for p in (tmp_path / "out").glob("*.nii")}
    assert right.notes == [] and len(files) == 3
    mended = conform(tmp_path, SUBJECT, turned(AFFINE, LYING, SHAPE))
    assert mended.notes == [
        "header mended from the labels: x is the header's x, y is the header's z, z is the header's -y"
    ]
    for name, array in files.items():
        np.testing.assert_array_equal(map_uint8(tmp_path / "out" / name), array)
    without = conform(tmp_path, replace(SUBJECT, mask=None), turned(AFFINE, LYING, SHAPE))
    assert without.mask == "derived from labels" and without.labels_outside_mask == 0


@pytest.mark.parametrize("name", ["malc133", "schizbull32"])
def test_a_lying_header_of_other_sources_is_refused(tmp_path: Path, name: str) -> None:
    subject = replace(SUBJECT, mend_header=False)
    with pytest.raises(
        InputError, match=r"seg\.nii: expected a header that agrees with the labels; found a turned"
    ):
        conform(tmp_path, subject, turned(AFFINE, LYING, SHAPE), name)
    assert not (tmp_path / "out" / "conform.json").exists()
