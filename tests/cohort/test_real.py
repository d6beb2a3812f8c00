"""What only the real base anatomy shows; skipped where it cannot be had."""

import numpy as np
import pytest

from acenet.cohort import plan, write_subject
from acenet.cohort.base import load_base
from acenet.cohort.deformation import Nodes, jacobian
from acenet.cohort.subjects import draw_displacement, draw_pose, random_streams
from acenet.datasets import raw_subject
from acenet.datasets import traits as traits_of
from acenet.imaging.io import read_image, read_labels, read_mask
from acenet.protocols import DATASETS, SOURCE_OF, load_protocol


@pytest.mark.parametrize(
    ("source", "subject_id", "voxel_mm"),
    [
        ("malc", "1000", 1.0),
        ("malc", "1001", 2.0),
        ("mindboggle", "NKI-RS-22-1", 2.0),
        ("schizbull", "HC_001", 2.0),
        ("schizbull", "SS_084", 1.0),
    ],
)
def test_every_structure_survives_and_the_head_looks_like_one(
    real_anatomy, tmp_path, source, subject_id, voxel_mm
):
    write_subject(source, subject_id, anatomy=real_anatomy, root=tmp_path, voxel_mm=voxel_mm, seed=0)
    subject = raw_subject(source, subject_id)
    labels = read_labels(tmp_path / subject.labels).array
    for dataset in (d for d in DATASETS if SOURCE_OF[d] == source):
        protocol = load_protocol(dataset)
        present = set(np.unique(protocol.encode(labels)).tolist())
        assert present == set(range(protocol.n_classes)), dataset
    volume = read_image(tmp_path / subject.image)
    image, brain = volume.array.astype(np.float32), read_mask(tmp_path / subject.mask).array > 0
    litres = brain.sum() * abs(np.linalg.det(volume.affine[:3, :3])) / 1e6
    assert 1.0 < litres < 2.3
    assert not any(np.take(brain, k, axis).any() for axis in range(3) for k in (0, -1))
    tissue = np.median(image[brain])
    air = np.median(image)
    assert air < 0.2 * tissue
    assert (image[~brain] > 0.5 * tissue).sum() > 0.2 * brain.sum()  # scalp, fat, neck


@pytest.mark.parametrize("source", ["malc", "mindboggle", "schizbull", "adni"])
def test_jacobians_stay_above_the_floor(real_anatomy, source):
    base, nodes, traits = load_base(real_anatomy, source), Nodes(), traits_of(source)
    for subject in plan(source, 2):
        streams = random_streams(source, subject.id, 0)
        draw_pose(streams["pose"], traits)
        displacement = draw_displacement(nodes, base, traits, rng=streams["velocity"])
        assert jacobian(displacement).min() > traits.floor
        assert np.abs(displacement).max() > 5  # mm: no one is the template


def test_tissues_are_ordered_as_in_t1(real_anatomy):
    base = load_base(real_anatomy, "schizbull")
    labels = base.labels["schizbull"]
    white, cortex, fluid = (np.median(base.head[np.isin(labels, ids)]) for ids in ((2, 41), (3, 42), (4, 43)))
    assert white > 1.1 * cortex > 1.1 * 1.5 * fluid
