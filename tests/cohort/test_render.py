from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from acenet.cohort.appearance import add_rician_noise
from acenet.cohort.deformation import Nodes
from acenet.cohort.fields_of_view import Frame, frame_of
from acenet.cohort.render import nearest_index, render
from acenet.datasets import Subject, field_of_view

NODES = Nodes()
SHAPE = (40, 44, 36)
CENTRE = np.array([20.0, 22.0, 18.0])
ONES = np.ones((20, 22, 18), np.float32)


@pytest.fixture
def head():
    """Random voxels inside, air at the border, and a label for each of the eight octants."""
    rng = np.random.default_rng(0)
    image = np.zeros(SHAPE, np.float32)
    image[4:-4, 4:-4, 4:-4] = rng.random((32, 36, 28), dtype=np.float32)
    labels = np.zeros(SHAPE, np.int16)
    labels[4:-4, 4:-4, 4:-4] = rng.integers(1, 1000, (32, 36, 28))
    return image, labels


def channels(shift=(0.0, 0.0, 0.0), matrix=None):
    """Positions of the nodes in a base lattice whose voxel CENTRE is the reference point, bias 1."""
    moved = np.tensordot(np.eye(3) if matrix is None else matrix, NODES.positions(), axes=1)
    position = moved + (CENTRE + shift)[:, None, None, None]
    return np.concatenate([position, np.ones((1, *NODES.shape))]).astype(np.float32)


def frame(axes="RAS", spacing=(1.0, 1.0, 1.0), shape=(51, 53, 55)):
    return Frame(axes, shape, spacing, (0.0, 0.0, 0.0))


def test_identity_gives_the_base_back(head):
    image, labels = head
    result, maps = render(frame(), NODES, channels(), head=image, gain=ONES, maps={"a": labels})
    corner = np.array([25, 26, 27]) - CENTRE.astype(int)
    window = tuple(slice(c, c + n) for c, n in zip(corner, SHAPE, strict=True))
    np.testing.assert_allclose(result[window], image, atol=2e-4)
    np.testing.assert_array_equal(maps["a"][window], labels)
    assert np.count_nonzero(maps["a"]) == np.count_nonzero(labels)


def test_whole_translation_moves_image_and_labels(head):
    image, labels = head
    still, still_maps = render(frame(), NODES, channels(), head=image, gain=ONES, maps={"a": labels})
    moved, moved_maps = render(
        frame(), NODES, channels(shift=(3, 0, -2)), head=image, gain=ONES, maps={"a": labels}
    )
    np.testing.assert_allclose(moved[3:-5, :, 5:-3], still[6:-2, :, 3:-5], atol=2e-4)
    np.testing.assert_array_equal(moved_maps["a"][3:-5, :, 5:-3], still_maps["a"][6:-2, :, 3:-5])


@pytest.mark.parametrize("axes", ["LAS", "ASL", "LSA", "PIR"])
def test_other_axes_are_flips_and_transposes(head, axes):
    image, labels = head
    upright, upright_maps = render(
        frame(shape=(51, 51, 51)), NODES, channels(), head=image, gain=ONES, maps={"a": labels}
    )
    turned_frame = frame(axes, shape=(51, 51, 51))
    turned, maps = render(turned_frame, NODES, channels(), head=image, gain=ONES, maps={"a": labels})
    affine = turned_frame.affine()
    assert "".join(nib.aff2axcodes(affine)) == axes
    back = nib.orientations.io_orientation(affine)
    np.testing.assert_allclose(nib.orientations.apply_orientation(turned, back), upright, atol=2e-4)
    np.testing.assert_array_equal(nib.orientations.apply_orientation(maps["a"], back), upright_maps["a"])


def test_gain_and_bias_multiply(head):
    image, _ = head
    biased = channels()
    biased[3] = 0.5
    plain, _ = render(frame(), NODES, channels(), head=image, gain=ONES, maps={})
    scaled, _ = render(frame(), NODES, biased, head=image, gain=3 * ONES, maps={})
    np.testing.assert_allclose(scaled, 1.5 * plain, rtol=1e-4, atol=1e-6)


def test_image_and_labels_are_sampled_at_the_same_place():
    """A rotated, halved two-valued ball: both maps keep its centre and size."""
    index = np.stack(np.meshgrid(*(np.arange(n) for n in SHAPE), indexing="ij"))
    ball = ((index - CENTRE[:, None, None, None]) ** 2).sum(axis=0) <= 12**2
    turn = np.array([[0.0, -0.5, 0], [0.5, 0, 0], [0, 0, 0.5]])
    wide = frame(shape=(71, 71, 71))
    image, maps = render(
        wide, NODES, channels(matrix=turn), head=ball.astype(np.float32), gain=ONES,
        maps={"ball": ball.astype(np.uint8)},
    )  # fmt: skip
    assert 0.97 < maps["ball"].sum() / (4 / 3 * np.pi * 24**3) < 1.03
    assert np.isclose((image > 0.5).sum(), maps["ball"].sum(), rtol=0.1)
    centres = [np.argwhere(array).mean(axis=0) for array in (image > 0.5, maps["ball"] > 0)]
    np.testing.assert_allclose(centres, np.full((2, 3), 35.0), atol=0.1)


def test_nearest_index_rounds_and_stays_inside():
    position = np.array([[0.4, 0.6, -9.0], [1.2, 2.7, 9.0], [0.0, 0.0, 1.4]], np.float32)
    assert nearest_index(position, (2, 3, 2)).tolist() == [2, 10, 5]


def usual_frame(source: str, subject_id: str, *, group: str | None = None, voxel_mm: float = 1) -> Frame:
    """The field of a scan in which the head lies where it usually does."""
    subject = Subject(subject_id, Path("x"), labels=None, mask=None, split=None, group=group)
    return frame_of(field_of_view(source, subject, voxel_mm), np.zeros(3))


def test_known_malc_scans_have_their_own_length():
    for number, slices in ((1000, 287), (1036, 334), (1128, 264)):
        assert usual_frame("malc", f"{number}").shape == (256, slices, 256)
    assert usual_frame("malc", "1116").shape == (256, 300, 256)  # of which nobody has said it


@pytest.mark.parametrize("source", ["malc", "mindboggle", "schizbull", "adni"])
def test_coarser_voxels_keep_the_field(source):
    fine, coarse = (usual_frame(source, "1000", group="NKI-RS-22", voxel_mm=v) for v in (1, 2))
    for a, b, c, d in zip(fine.shape, fine.spacing, coarse.shape, coarse.spacing, strict=True):
        assert abs(a * b - c * d) <= d
    assert np.prod(coarse.shape) < 0.25 * np.prod(fine.shape)


def test_corner_origin_is_the_challenge_s():
    field = usual_frame("malc", "1000")
    expected = [[-1, 0, 0, 0], [0, 1, 0, -286], [0, 0, 1, -255], [0, 0, 0, 1]]
    np.testing.assert_array_equal(field.affine("corner"), expected)


def test_affine_agrees_with_positions():
    field = Frame("ASL", (10, 12, 9), (1.0, 2.0, 1.5), (3.0, -1.0, 5.0))
    affine = field.affine()
    for axis in range(3):
        world, _ = field.direction(axis)
        voxels = np.zeros((4, field.shape[axis]))
        voxels[axis], voxels[3] = np.arange(field.shape[axis]), 1
        np.testing.assert_allclose((affine @ voxels)[world], field.positions(axis))


def test_noise_is_rayleigh_in_air_and_normal_in_tissue():
    signal = np.zeros((50, 60, 70), np.float32, order="F")
    signal[25:] = 1.0
    add_rician_noise(signal, 0.02, np.random.default_rng(0))
    assert np.isclose(signal[:25].mean(), 0.02 * np.sqrt(np.pi / 2), rtol=0.01)
    assert np.isclose(signal[25:].std(), 0.02, rtol=0.02)
    assert np.isclose(signal[25:].mean(), np.sqrt(1 + 0.02**2), atol=1e-3)
