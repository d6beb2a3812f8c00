"""Random smooth diffeomorphisms: stationary velocity fields, integrated by scaling and squaring.

Fields live on a coarse grid of nodes, millimetres (right, anterior, superior) around the head's reference
point, the centre of the brain; a position in an image is found from them by cubic interpolation, one axis
after the other. Everything is numpy's element-wise arithmetic, so results do not depend on thread counts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from acenet.datasets.traits import JACOBIAN_FLOOR

Field = NDArray[np.float32]

NODE_MM = 4.0
SQUARINGS = 6
# (length mm, rms mm per component): the width of the Gaussian's half maximum of the smoothing kernel
SCALES = ((70.0, 2.3), (30.0, 1.1), (14.0, 0.5))
FWHM_PER_SIGMA = 2.3548


@dataclass(frozen=True)
class Nodes:
    """The coarse grid: node (i, j, k) lies at `origin_mm` + NODE_MM * (i, j, k) from the reference point."""

    shape: tuple[int, int, int] = (53, 63, 61)
    origin_mm: tuple[float, float, float] = (-104.0, -124.0, -128.0)

    def positions(self) -> Field:
        """Positions of the nodes in mm, (3, I, J, K) float32."""
        axes = [o + NODE_MM * np.arange(n) for o, n in zip(self.origin_mm, self.shape, strict=True)]
        return np.stack(np.meshgrid(*axes, indexing="ij")).astype(np.float32)


def random_velocity(
    nodes: Nodes, rng: np.random.Generator, scales: tuple[tuple[float, float], ...] = SCALES
) -> Field:
    """A smooth random velocity (3, I, J, K) in mm: Gaussian-filtered white noise at several lengths.

    Each length contributes the same rms in mm to every component, whatever the noise drawn.
    """
    velocity = np.zeros((3, *nodes.shape), dtype=np.float32)
    for length_mm, rms_mm in scales:
        for component in velocity:
            component += smooth_noise(nodes, rng, length_mm, rms_mm)
    return velocity


def smooth_noise(nodes: Nodes, rng: np.random.Generator, length_mm: float, rms: float) -> Field:
    """White noise under a Gaussian of full width `length_mm` at half maximum, scaled to `rms`."""
    noise = rng.standard_normal(nodes.shape, dtype=np.float32)
    sigma = length_mm / NODE_MM / FWHM_PER_SIGMA
    smooth = ndimage.gaussian_filter(noise, sigma, mode="wrap", truncate=2.5)
    return np.asarray(smooth * (rms / np.sqrt(np.mean(np.square(smooth)))), dtype=np.float32)


def exponential(velocity: Field, squarings: int = SQUARINGS) -> Field:
    """Displacement (3, I, J, K) in mm of the flow of `velocity` after unit time, by scaling and squaring.

    u <- u + u o (id + u), `squarings` times from velocity / 2^squarings (Arsigny et al. 2006).
    """
    identity = np.stack(np.meshgrid(*(np.arange(n) for n in velocity.shape[1:]), indexing="ij"))
    displacement = velocity / np.float32(2**squarings)
    for _ in range(squarings):
        where = identity.astype(np.float32) + displacement / np.float32(NODE_MM)
        moved = [
            ndimage.map_coordinates(u, where, output=np.float32, order=1, mode="nearest")
            for u in displacement
        ]
        displacement = displacement + np.stack(moved)
    return displacement


def jacobian(displacement: Field) -> NDArray[np.float64]:
    """Determinant of the derivative of x + displacement(x), (I, J, K), by central differences of nodes."""
    rows = [np.gradient(u.astype(np.float64), NODE_MM) for u in displacement]
    derivative = np.moveaxis(np.array(rows), (0, 1), (-2, -1)) + np.eye(3)
    return np.asarray(np.linalg.det(derivative), dtype=np.float64)


def diffeomorphism(velocity: Field, floor: float = JACOBIAN_FLOOR) -> Field:
    """The displacement of `velocity`, weakened by steps of a tenth until all Jacobians exceed `floor`."""
    strength = 1.0
    displacement = exponential(velocity)
    while jacobian(displacement).min() <= floor:
        strength -= 0.1
        displacement = exponential(velocity * np.float32(strength))
    return displacement


def pose_matrix(angles_deg: NDArray[np.float64], scales: NDArray[np.float64]) -> NDArray[np.float64]:
    """Subject mm -> template mm, (3, 3): rotations about x, y, z, then division by the head's scales.

    A scale below 1 makes a head smaller than the template's.
    """
    result = np.diag(1.0 / scales)
    for axis, angle in enumerate(np.deg2rad(angles_deg)):
        a, b = [k for k in range(3) if k != axis]
        turn = np.eye(3)
        turn[a, a] = turn[b, b] = np.cos(angle)
        turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
        result = result @ turn
    return result


def cubic_weights(where: NDArray[np.float64], n: int) -> tuple[NDArray[np.intp], Field]:
    """Catmull-Rom: first of four nodes, (m,), and their weights, (m, 4), for positions in units of nodes.

    It passes through the nodes, has a continuous derivative and reproduces straight lines exactly.
    Positions must lie in [1, n - 2].
    """
    first = np.clip(np.floor(where), 1, n - 3).astype(np.intp)
    t = where - first
    weights = np.stack(
        [
            ((-0.5 * t + 1.0) * t - 0.5) * t,
            (1.5 * t - 2.5) * t * t + 1.0,
            ((-1.5 * t + 2.0) * t + 0.5) * t,
            (0.5 * t - 0.5) * t * t,
        ],
        axis=1,
    )
    return first - 1, weights.astype(np.float32)


def resample_axis(values: Field, where: NDArray[np.float64], axis: int) -> Field:
    """Interpolate `values` along one axis at positions `where` (m,), in units of its nodes."""
    first, weights = cubic_weights(where, values.shape[axis])
    shape = [1] * values.ndim
    shape[axis] = -1
    result = np.take(values, first, axis=axis)
    result *= weights[:, 0].reshape(shape)
    for k in range(1, 4):
        part = np.take(values, first + k, axis=axis)
        part *= weights[:, k].reshape(shape)
        result += part
    return result
