"""The second opinion: the majority of the others, counted by hand."""

from pathlib import Path

import numpy as np
import pytest

from acenet.augmentation.consensus import agreements
from tests.support.head_shapes import write_maps

A, B = 1, 2


def test_three_warps_each_against_what_the_two_others_agree_on(tmp_path: Path) -> None:
    """Six voxels of class A, four of B; the third warp shifts the border by two."""
    maps = {"one": [A] * 6 + [B] * 4, "two": [A] * 6 + [B] * 4, "three": [A] * 8 + [B] * 2}
    warps = [write_maps(tmp_path / name, values) for name, values in maps.items()]
    target = tmp_path / "target"
    target.mkdir()
    one, two, three = agreements(warps, target, protocol="malc27", n_classes=28)
    assert one == two and (one.opinions, one.brain) == (2, 1.0)
    assert three.labels == pytest.approx((2 * 6 / 14 + 2 * 2 / 6) / 2)
    # For `one`, the others disagree on two voxels; such ties go to the lower class, here A.
    assert one.labels == pytest.approx((2 * 6 / 14 + 2 * 2 / 6) / 2)


def test_the_targets_own_mask_has_a_vote_on_the_brain_only(tmp_path: Path) -> None:
    warp = write_maps(tmp_path / "one", [A] * 8 + [0, 0])
    target = write_maps(tmp_path / "target", [A] * 4 + [0] * 6)
    (found,) = agreements([warp], target, protocol="malc27", n_classes=28)
    assert found.opinions == 0 and found.brain == pytest.approx(2 * 4 / 12) and np.isnan(found.labels)


def test_a_single_warp_without_a_second_opinion_has_none(tmp_path: Path) -> None:
    (found,) = agreements([write_maps(tmp_path / "one", [A] * 10)], tmp_path, protocol="malc27", n_classes=28)
    assert np.isnan(found.brain) and np.isnan(found.labels)


def test_a_label_map_that_is_shifted_stands_out(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    truth = np.sort(random.integers(0, 28, 200))
    maps = [np.where(random.random(200) < 0.05, 0, truth) for _ in range(4)] + [np.roll(truth, 12)]
    warps = [write_maps(tmp_path / str(k), values) for k, values in enumerate(maps)]
    scores = [found.labels for found in agreements(warps, tmp_path, protocol="malc27", n_classes=28)]
    assert min(scores[:4]) > 0.9 > 0.5 > scores[4]
