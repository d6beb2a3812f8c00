import numpy as np
import pytest

from acenet.cohort.deformation import (
    NODE_MM,
    Nodes,
    diffeomorphism,
    exponential,
    jacobian,
    pose_matrix,
    random_velocity,
    resample_axis,
)

NODES = Nodes(shape=(24, 26, 22), origin_mm=(-48.0, -52.0, -44.0))


def test_zero_velocity_moves_nothing():
    assert not exponential(np.zeros((3, *NODES.shape), np.float32)).any()


def test_constant_velocity_is_a_translation():
    velocity = np.zeros((3, *NODES.shape), np.float32)
    velocity[0], velocity[2] = 5.0, -2.5
    np.testing.assert_allclose(exponential(velocity), velocity, atol=1e-5)


def test_linear_velocity_is_the_matrix_exponential():
    """v(x) = a x has the flow exp(a) x; compared inside, where no path leaves the grid."""
    velocity = np.zeros((3, *NODES.shape), np.float32)
    x = NODES.positions()[0]
    velocity[0] = -0.2 * x
    inside = (slice(4, -4),) * 3
    expected = (np.exp(-0.2) - 1) * x
    np.testing.assert_allclose(exponential(velocity)[0][inside], expected[inside], rtol=0.005, atol=1e-4)


def test_opposite_velocity_undoes_the_warp():
    rng = np.random.default_rng(1)
    velocity = random_velocity(NODES, rng, scales=((40.0, 1.5),))
    forward, back = exponential(velocity), exponential(-velocity)
    where = NODES.positions() + forward
    index = (where - np.array(NODES.origin_mm, np.float32)[:, None, None, None]) / NODE_MM
    from scipy.ndimage import map_coordinates

    returned = forward + np.stack([map_coordinates(u, index, order=1, mode="nearest") for u in back])
    inside = (slice(3, -3),) * 3
    assert np.abs(forward).max() > 2
    assert max(np.abs(component[inside]).max() for component in returned) < 0.15


def test_random_velocity_has_the_rms_asked_for():
    velocity = random_velocity(NODES, np.random.default_rng(2), scales=((30.0, 2.0),))
    np.testing.assert_allclose(np.sqrt((velocity**2).mean(axis=(1, 2, 3))), 2.0, rtol=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_jacobians_are_positive(seed):
    velocity = random_velocity(NODES, np.random.default_rng(seed))
    assert jacobian(diffeomorphism(velocity)).min() > 0.3


def test_too_strong_velocity_is_weakened_until_it_is_allowed():
    velocity = random_velocity(NODES, np.random.default_rng(5), scales=((16.0, 6.0),))
    assert jacobian(exponential(velocity)).min() < 0.3
    weakened = diffeomorphism(velocity)
    assert jacobian(weakened).min() > 0.3
    assert np.abs(weakened).max() > 1


def test_jacobian_of_a_known_linear_map():
    x, y, z = NODES.positions()
    displacement = np.stack([0.5 * x + 0.1 * y, -0.25 * y, 0.1 * z])
    expected = 1.5 * 0.75 * 1.1  # triangular
    np.testing.assert_allclose(jacobian(displacement), expected, rtol=1e-5)


def test_pose_is_a_rotation_over_scales():
    matrix = pose_matrix(np.array([5.0, -3.0, 2.0]), np.ones(3))
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    assert np.isclose(np.linalg.det(matrix), 1)
    half = pose_matrix(np.zeros(3), np.array([0.5, 1.0, 1.0]))
    np.testing.assert_allclose(half @ [10, 10, 10], [20, 10, 10])  # a smaller head reaches further out
    quarter = pose_matrix(np.array([0.0, 0.0, 90.0]), np.ones(3))
    np.testing.assert_allclose(quarter @ [1, 0, 0], [0, 1, 0], atol=1e-12)


def test_cubic_interpolation_keeps_nodes_and_straight_lines():
    values = np.random.default_rng(0).standard_normal((9, 5)).astype(np.float32)
    np.testing.assert_allclose(resample_axis(values, np.arange(1.0, 8.0), 0), values[1:8], atol=1e-6)
    line = np.arange(9, dtype=np.float32)[:, None] * 3 - 1
    where = np.array([1.0, 1.3, 4.75, 6.999])
    np.testing.assert_allclose(resample_axis(line, where, 0)[:, 0], 3 * where - 1, rtol=1e-5)
