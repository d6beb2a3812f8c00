"""What makes two scans of one head differ: contrast, tissue gains, texture, bias field, Rician noise."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from acenet.cohort.base import WHITE, Base
from acenet.cohort.deformation import Field, Nodes, smooth_noise

SCALP = 63  # code beside the CMA ids (at most 62): outside the brain, beyond the CSF and the inner skull
MENINGES_MM = 5.0
NECK_MM = (-75.0, -25.0)  # template heights between which fat gives way to muscle
GAIN_SD = 0.03
TEXTURE_SD = 0.03
BIAS_SD = 0.12
BIAS_MM = 110.0
LEVELS = 4096
COARSE = 2  # gains and texture are made on every second voxel of the base lattice


@dataclass(frozen=True)
class Contrast:
    """One scan's appearance. `gains` (64,) by CMA id and SCALP; `noise` as a fraction of white matter."""

    gamma: float
    lift: float
    gains: NDArray[np.float64]
    noise: float


def draw_contrast(rng: np.random.Generator, noise: tuple[float, float] = (0.01, 0.03)) -> Contrast:
    """Draw a contrast: gamma 1.3 to 2.2 and a gain of sd 3 % for each structure, equal sides to a third.

    `lift` is the linear part that keeps CSF from turning black at large gammas.
    """
    common = rng.standard_normal(SCALP + 1)
    own = rng.standard_normal(SCALP + 1)
    for left, right in ((2, 41), (3, 42), (4, 43), (7, 46), (8, 47), (10, 49), (11, 50), (12, 51), (13, 52)):
        common[right] = common[left]
    gains = np.exp(GAIN_SD * (0.95 * common + 0.3 * own))
    gains[0] = 1.0
    gains[SCALP] = rng.uniform(1.4, 2.2)
    return Contrast(
        float(rng.uniform(1.3, 2.2)), float(rng.uniform(0.1, 0.3)), gains, float(rng.uniform(*noise))
    )


def paint(base: Base, contrast: Contrast) -> Field:
    """The base head in that contrast, (X, Y, Z) float32, white matter about 1."""
    grey = np.arange(256) / WHITE
    curve = (1 - contrast.lift) * grey**contrast.gamma + contrast.lift * grey
    return np.asarray(curve, dtype=np.float32)[base.head]


def tissue_gain(base: Base, contrast: Contrast, rng: np.random.Generator) -> Field:
    """The gain of each tissue, blurred, with a fine texture: float32, every COARSE-th voxel of the base."""
    every = (slice(None, None, COARSE),) * 3
    tissue = base.labels["schizbull"][every].astype(np.intp)
    outside = ~ndimage.binary_dilation(base.brain[every], iterations=round(MENINGES_MM / COARSE))
    tissue[outside] = SCALP
    gain = contrast.gains.astype(np.float32)[tissue]
    gain = np.where(outside, 1 + (gain - 1) * _fat(base), gain)
    gain = ndimage.gaussian_filter(gain, 0.8)
    noise = ndimage.gaussian_filter(rng.standard_normal(gain.shape, dtype=np.float32), 0.7)
    gain *= 1 + noise * np.float32(TEXTURE_SD / noise.std())
    return gain


def _fat(base: Base) -> Field:
    """Share of the scalp's extra brightness at each coarse height, (Z,): all of it down to the skull's base,
    none in the neck, where muscle lies instead of fat.
    """
    height = base.affine[2, 3] + np.arange(0, base.head.shape[2], COARSE)
    low, high = NECK_MM
    return np.asarray(np.clip((height - low) / (high - low), 0, 1), dtype=np.float32)


def bias_field(nodes: Nodes, rng: np.random.Generator) -> Field:
    """A smooth multiplicative field around 1 on the nodes, (I, J, K) float32; its log has sd BIAS_SD."""
    return np.asarray(np.exp(smooth_noise(nodes, rng, BIAS_MM, BIAS_SD)), dtype=np.float32)


def add_rician_noise(signal: Field, sigma: float, rng: np.random.Generator) -> None:
    """Replace `signal` (I, J, K), Fortran order, by |signal + sigma (n1 + i n2)|, n1 and n2 standard normal.

    The normal deviates come from a table of LEVELS quantiles, several times faster than drawing them.
    """
    normal = NormalDist(0.0, sigma)
    table = np.array([normal.inv_cdf((k + 0.5) / LEVELS) for k in range(LEVELS)], dtype=np.float32)
    for plane in signal.T:
        index = rng.integers(0, LEVELS, size=(2, *plane.shape), dtype=np.uint16)
        real, imaginary = table[index[0]], table[index[1]]
        real += plane
        real *= real
        imaginary *= imaginary
        real += imaginary
        np.sqrt(real, out=plane)
