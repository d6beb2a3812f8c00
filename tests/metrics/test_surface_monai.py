"""Surface metrics against MONAI's, an implementation of others that measures by distance transforms.

Without sub-voxels its surfaces are ours and the values agree to its single precision. With them it follows
DeepMind's `surface-distance`: surface elements between the corners of voxels, weighted by their area. These are
other numbers for the same maps, which the last test states.
"""

import numpy as np
import pytest
import torch
from monai.metrics import (
    compute_average_surface_distance,
    compute_hausdorff_distance,
    compute_surface_dice,
)
from scipy import ndimage

from acenet.metrics.surface import SurfaceDistances, surface_distances

SPACINGS = [(1.0, 1.0, 1.0), (1.0, 2.0, 0.5)]
pytestmark = pytest.mark.filterwarnings("ignore:.*always_return_as_numpy:FutureWarning")  # MONAI's own
Pair = tuple[np.ndarray, np.ndarray]


def blobs(seed: int) -> Pair:
    """Two smooth masks (24, 26, 28) that agree for the most part, one of them touching the border."""
    noise = np.random.default_rng(seed).normal(size=(2, 24, 26, 28))
    smooth = ndimage.gaussian_filter(noise, (0, 3, 3, 3))
    return smooth[0] > 0.02, smooth[0] + 0.4 * smooth[1] > 0.02


def measured(pair: Pair, spacing: tuple[float, ...]) -> SurfaceDistances:
    return surface_distances(*pair, spacing)


def tensors(pair: Pair) -> dict[str, torch.Tensor]:
    """As MONAI wants them: (batch, channel, X, Y, Z)."""
    reference, prediction = (torch.from_numpy(one)[None, None].float() for one in pair)
    return {"y_pred": prediction, "y": reference}


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("seed", range(4))
def test_equal_to_monai(seed: int, spacing: tuple[float, ...]) -> None:
    ours, maps = measured(blobs(seed), spacing), tensors(blobs(seed))
    average = compute_average_surface_distance(
        **maps, symmetric=True, spacing=spacing, include_background=True
    )
    assert ours.average == pytest.approx(average.item(), rel=1e-5)
    for tolerance in (0.5, 1.0, 2.0):
        dice = compute_surface_dice(
            **maps, class_thresholds=[tolerance], spacing=spacing, include_background=True
        )
        assert ours.surface_dice(tolerance) == pytest.approx(dice.item(), rel=1e-5)
    largest = compute_hausdorff_distance(**maps, spacing=spacing, include_background=True)
    assert ours.hausdorff == pytest.approx(largest.item(), rel=1e-5)
    robust = compute_hausdorff_distance(**maps, percentile=95, spacing=spacing, include_background=True)
    assert ours.hausdorff95 == pytest.approx(robust.item(), rel=1e-5)
    directed = compute_hausdorff_distance(
        y_pred=maps["y"], y=maps["y_pred"], directed=True, spacing=spacing, include_background=True
    )
    assert ours.reference_to_prediction == pytest.approx(directed.item(), rel=1e-5)


def test_surfels_are_another_definition() -> None:
    """Two cubes, one moved by two voxels, do not score the same."""
    cube = np.zeros((12, 12, 12), bool)
    cube[3:9, 3:9, 3:9] = True
    pair = cube, np.roll(cube, 2, axis=0)
    ours = measured(pair, (1, 1, 1)).surface_dice(1.0)
    surfels = compute_surface_dice(
        **tensors(pair),
        class_thresholds=[1.0],
        include_background=True,
        use_subvoxels=True,
        spacing=(1, 1, 1),
    ).item()
    assert ours != pytest.approx(surfels, abs=0.01)
