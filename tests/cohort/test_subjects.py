import os
import subprocess
import sys

import nibabel as nib
import numpy as np
import pytest

from acenet import cohort
from acenet.datasets import find_subjects, raw_subject
from acenet.errors import InputError
from acenet.imaging.io import read_image, read_labels, read_mask

COARSE = 4.0
LAYOUT = {  # source -> (subject, axes, image dtype, label dtype)
    "malc": ("1000", "LAS", "int16", "int16"),
    "mindboggle": ("NKI-RS-22-3", "ASL", "float32", "float32"),
    "schizbull": ("HC_001", "LSA", "int16", "int16"),
    "adni": ("synthetic_001", "RAS", "int16", None),
}


@pytest.fixture(scope="module")
def roots(toy_anatomy, tmp_path_factory):
    """One toy subject of each source at a coarse voxel size."""
    top = tmp_path_factory.mktemp("raw")
    for source, (subject_id, *_) in LAYOUT.items():
        cohort.write_subject(
            source, subject_id, anatomy=toy_anatomy, root=top / source, voxel_mm=COARSE, seed=1
        )
    return top


@pytest.mark.parametrize("source", LAYOUT)
def test_files_types_and_axes_of_the_real_layout(roots, source):
    subject_id, axes, image_type, label_type = LAYOUT[source]
    subject = raw_subject(source, subject_id)
    image = nib.load(roots / source / subject.image)
    assert "".join(nib.aff2axcodes(image.affine)) == axes
    assert image.get_data_dtype() == image_type
    assert np.asanyarray(image.dataobj).min() >= 0
    if label_type is None:
        assert not (roots / source / subject.mask).exists()
        return
    labels = nib.load(roots / source / subject.labels)
    assert labels.get_data_dtype() == label_type
    assert labels.shape == image.shape
    mask = read_mask(roots / source / subject.mask)
    inside = np.asanyarray(labels.dataobj) > 0
    assert (mask.array[inside] == 1).all()
    assert 0.5 < inside.sum() / mask.array.sum() <= 1  # mindboggle's labels are the cortex alone


def test_expected_ids_and_strays(roots):
    def ids(source):
        subject = raw_subject(source, LAYOUT[source][0])
        values, counts = np.unique(read_labels(roots / source / subject.labels).array, return_counts=True)
        return dict(zip(values.tolist(), counts.tolist(), strict=True))

    assert {0, 44, 45, 51, 52, 100, 101} <= set(ids("malc"))
    assert set(ids("malc")) <= {0, 44, 45, 51, 52, 100, 101, 15, 65, 66, 42, 43}
    assert set(ids("mindboggle")) <= {0, 1002, 2002, 1033}
    assert ids("mindboggle").get(1033, 0) <= 7
    assert set(ids("schizbull")) == {0, 2, 3, 4, 41, 42, 43}


def test_left_is_left(roots):
    for source, left, right in (("malc", 101, 100), ("mindboggle", 1002, 2002), ("schizbull", 3, 42)):
        volume = read_labels(roots / source / raw_subject(source, LAYOUT[source][0]).labels)
        x = [
            (volume.affine @ [*np.argwhere(volume.array == label).mean(axis=0), 1])[0]
            for label in (left, right)
        ]
        assert x[0] < x[1], source


def test_stripped_image_is_the_image_inside_the_mask(roots):
    subject = raw_subject("mindboggle", LAYOUT["mindboggle"][0])
    image = read_image(roots / "mindboggle" / subject.image).array
    stripped = read_image(roots / "mindboggle" / subject.mask).array
    inside = stripped != 0
    np.testing.assert_array_equal(stripped[inside], np.maximum(image[inside], 1))


def test_same_arguments_same_bytes(roots, toy_anatomy, tmp_path):
    for source, (subject_id, *_) in LAYOUT.items():
        cohort.write_subject(
            source, subject_id, anatomy=toy_anatomy, root=tmp_path / source, voxel_mm=COARSE, seed=1
        )
    written = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*.nii.gz"))
    assert len(written) == 10
    for path in written:
        assert (tmp_path / path).read_bytes() == (roots / path).read_bytes(), path


def test_number_of_threads_changes_no_byte(roots, toy_anatomy, tmp_path):
    code = (
        "import sys; from pathlib import Path; from acenet.cohort import write_subject; "
        "write_subject('schizbull', 'HC_001', anatomy=Path(sys.argv[1]), root=Path(sys.argv[2]), "
        "voxel_mm=4.0, seed=1)"
    )
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "2")
    command = [sys.executable, "-c", code, str(toy_anatomy), str(tmp_path)]
    subprocess.run(command, env={**os.environ, **threads}, check=True)
    image = raw_subject("schizbull", "HC_001").image
    assert (tmp_path / image).read_bytes() == (roots / "schizbull" / image).read_bytes()


def test_seed_and_subject_change_the_person(roots, toy_anatomy, tmp_path):
    first = read_labels(roots / "schizbull" / raw_subject("schizbull", "HC_001").labels).array
    for subject_id, seed in (("HC_001", 2), ("HC_002", 1)):
        cohort.write_subject(
            "schizbull", subject_id, anatomy=toy_anatomy, root=tmp_path, voxel_mm=COARSE, seed=seed
        )
        other = read_labels(tmp_path / raw_subject("schizbull", subject_id).labels).array
        assert np.mean(first != other) > 0.005


def test_find_subjects_finds_what_was_planned(toy_anatomy, tmp_path):
    planned = cohort.plan("malc", {"train": 1, "test": 1})
    for subject in planned:
        cohort.write_subject("malc", subject.id, anatomy=toy_anatomy, root=tmp_path, voxel_mm=6.0, seed=0)
    assert find_subjects("malc", tmp_path) == sorted(planned, key=lambda s: s.id)


@pytest.mark.parametrize(
    ("source", "subject_id", "voxel_mm"),
    [("malc", "7", 2.0), ("malc", "1000", 0.1), ("elsewhere", "1000", 2.0)],
)
def test_bad_requests_are_refused(toy_anatomy, tmp_path, source, subject_id, voxel_mm):
    with pytest.raises(InputError):
        cohort.write_subject(
            source, subject_id, anatomy=toy_anatomy, root=tmp_path, voxel_mm=voxel_mm, seed=0
        )


def test_missing_anatomy_is_named(tmp_path):
    with pytest.raises(InputError, match="base-head"):
        cohort.write_subject("malc", "1000", anatomy=tmp_path, root=tmp_path, voxel_mm=2.0, seed=0)
