"""The whole of conform equals its specification (FreeSurfer's mri_conform) evaluated one voxel at a time."""

import itertools
import math
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from acenet.conform.invert import labels_on_scan
from acenet.conform.subject import conform_image
from acenet.imaging.grid import Grid
from acenet.imaging.io import Volume
from acenet.imaging.resample import resample_nearest

SIDE = 10
ONCE = settings(max_examples=15, deadline=None, derandomize=True, phases=[Phase.generate])
F = np.float32


def grey_level_by_voxel(image: np.ndarray) -> np.ndarray:
    """The change of type to 8 bit: 1000 bins, the upper 0.1 % of the non-zero voxels above its end, all float32."""
    if image.dtype == np.uint8:
        return image
    values = [F(v) for v in image.ravel().tolist()]
    low, top = min(values), max(values)
    width = F((top - low) / F(1000))
    bins, nonzero = [0] * 1000, 0
    for v in values:
        bins[min(999, max(0, int((v - low) / width)))] += 1
        nonzero += abs(v) >= 1e-15
    allowed, passed, last = int((1.0 - float(F(0.999))) * nonzero), 0, 999
    while passed < allowed and last > 0:
        passed += bins[last]
        last -= 1
    high = F(F(last) * width + low)
    scale = F(255) / F(high - low) if high > low else F(1)
    grey = [0 if v == 0 else round(min(255.0, max(0.0, float(scale * (v - low))))) for v in values]
    return np.array(grey, dtype=np.uint8).reshape(image.shape)


def target_of(shape: tuple[int, ...], affine: np.ndarray) -> np.ndarray:
    """LIA, 1 mm, index 5 of each axis where index n/2 of the source's axes lies."""
    towards = np.array([[-1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    centre = affine @ [shape[0] / 2, shape[1] / 2, shape[2] / 2, 1]
    target = np.eye(4)
    target[:3, :3], target[:3, 3] = towards, centre[:3] - towards @ ([SIDE / 2] * 3)
    return target


def places(affine: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Source indices (10, 10, 10, 3) of the target's voxels; within 1e-4 of a half voxel, exactly there."""
    index = np.stack(np.meshgrid(*[np.arange(SIDE)] * 3, indexing="ij"), axis=-1)
    onto = np.linalg.inv(affine) @ target
    found = index @ onto[:3, :3].T + onto[:3, 3]
    halves = np.rint(2 * found) / 2
    return np.where(np.abs(found - halves) < 1e-4, halves, found)


def value(image: np.ndarray, index: tuple[int, ...]) -> int:
    return int(image[index]) if all(0 <= i < n for i, n in zip(index, image.shape, strict=True)) else 0


def linear_by_voxel(grey: np.ndarray, place: np.ndarray) -> float:
    """The sum over 8 neighbours, 0 outside the source, not rounded yet."""
    total = 0.0
    for corner in itertools.product((0, 1), repeat=3):
        weight = math.prod(
            (p - math.floor(p)) if side else 1 - (p - math.floor(p))
            for p, side in zip(place, corner, strict=True)
        )
        near = tuple(math.floor(p) + side for p, side in zip(place, corner, strict=True))
        total += weight * value(grey, near)
    return total


def nearest_by_voxel(labels: np.ndarray, place: np.ndarray) -> int:
    return value(labels, tuple(math.floor(p) if p - math.floor(p) < 0.5 else math.ceil(p) for p in place))


def affines() -> st.SearchStrategy[np.ndarray]:
    """Grids in any of the 48 orientations, with voxels of 0.5 to 2 mm, half of them oblique."""

    def build(axes: tuple, signs: tuple, zooms: list, angle: float, shift: list) -> np.ndarray:
        affine = np.eye(4)
        affine[:3, :3] = np.eye(3)[:, list(axes)] * np.array(signs) * np.array(zooms)
        c, s = math.cos(angle), math.sin(angle)
        affine[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ affine[:3, :3]
        affine[:3, 3] = shift
        return affine

    return st.builds(
        build,
        st.permutations(range(3)),
        st.tuples(*[st.sampled_from((1, -1))] * 3),
        st.lists(st.sampled_from((0.5, 0.9, 1.0, 1.25, 1.7, 2.0)), min_size=3, max_size=3),
        st.sampled_from((0.0, 0.0, 0.1, -0.4, 0.8)),
        st.lists(st.sampled_from((0.0, 3.7, -40.0)), min_size=3, max_size=3),
    )


def images() -> st.SearchStrategy[np.ndarray]:
    def build(kind: str, shape: tuple[int, int, int], seed: int, zeros: float) -> np.ndarray:
        rng = np.random.default_rng(seed)
        values = {"uint8": (0, 256), "int16": (-300, 2000), "float32": (0, 5)}[kind]
        image = rng.uniform(*values, shape).astype(kind)
        image[rng.uniform(size=shape) < zeros] = 0
        return image

    sides = st.integers(5, 14)
    return st.builds(
        build,
        st.sampled_from(("uint8", "int16", "float32")),
        st.tuples(sides, sides, sides),
        st.integers(0, 10_000),
        st.sampled_from((0.0, 0.3)),
    )


@ONCE
@given(image=images(), affine=affines())
def test_images(image: np.ndarray, affine: np.ndarray) -> None:
    grid = Grid((SIDE, SIDE, SIDE))
    ours, target = conform_image(Volume(image, affine, Path("x")), grid)
    np.testing.assert_allclose(target, target_of(image.shape, affine), atol=1e-9)
    grey, where = grey_level_by_voxel(image), places(affine, target)
    for index in np.ndindex(SIDE, SIDE, SIDE):
        exact = linear_by_voxel(grey, where[index])
        tie = abs(exact - math.floor(exact) - 0.5) < 1e-9  # the last bit of a sum decides, in the oracle too
        assert ours[index] == round(exact) or (tie and abs(ours[index] - exact) < 0.51), index


@ONCE
@given(image=images(), affine=affines())
def test_labels_and_their_way_back(image: np.ndarray, affine: np.ndarray) -> None:
    labels = np.abs(image).astype(np.int16)
    target = target_of(labels.shape, affine)
    ours = resample_nearest(labels, affine, target, shape=(SIDE, SIDE, SIDE))
    where = places(affine, target)
    for index in np.ndindex(SIDE, SIDE, SIDE):
        assert ours[index] == nearest_by_voxel(labels, where[index]), index
    back = labels_on_scan(ours, target, affine, shape=labels.shape)
    assert back.shape == labels.shape and set(np.unique(back)) <= {0, *np.unique(ours)}


@pytest.mark.parametrize("kind", ["permuted", "anisotropic", "oblique"])
def test_a_head_takes_less_than_five_seconds_of_one_core(kind: str) -> None:
    image = np.random.default_rng(0).integers(0, 900, (256, 256, 256), dtype=np.int16)
    affine = np.array([[0, 0, -1.0, 128], [-1, 0, 0, 128], [0, 1, 0, -128], [0, 0, 0, 1]])
    if kind == "anisotropic":
        affine[:3, :3] *= [0.94, 1.2, 1.0]
    if kind == "oblique":
        c, s = math.cos(0.1), math.sin(0.1)
        affine[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ affine[:3, :3]
    started = time.process_time()
    conform_image(Volume(image, affine, Path("x")), Grid())
    assert time.process_time() - started < 5
