"""Prediction that leaves out air, against the whole."""

import numpy as np
import pytest
import torch

from acenet.engine import head_only, prediction
from acenet.engine.head_box import HeadBox, head_boxes, otsu_threshold
from acenet.engine.head_only import classify_part
from acenet.engine.modes import for_prediction
from acenet.inference.volume import segment_volume
from acenet.inputs.stacks import Window, normalise
from acenet.networks import NetworkSettings, build_network
from acenet.networks.outputs import SegmentationNetwork

CPU = torch.device("cpu")
SHAPE = (64, 80, 32)
VARIANTS = [
    NetworkSettings("quicknat", 6, filters=8),
    NetworkSettings("quicknatv2", 6, filters=8),
    NetworkSettings("acenet", 6, s=1, filters=8),
    NetworkSettings("acenet", 6, s=1, skull=True, filters=8),
    NetworkSettings("acenet", 6, s=1, parallel=True, skull=True, filters=8, kernel=3),
]


@pytest.fixture(autouse=True)
def _large_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that blocks work as on slices of the papers' size."""
    monkeypatch.setattr(prediction, "LARGE_SLICE", 1)
    monkeypatch.setattr(prediction, "LARGE_BATCH", 1)


def ball() -> np.ndarray:
    """Where the head is: an ellipsoid that leaves air on all sides."""
    x, y, z = np.meshgrid(*(np.arange(n) for n in SHAPE), indexing="ij")
    inside: np.ndarray = ((x - 30) / 16) ** 2 + ((y - 44) / 20) ** 2 + ((z - 7) / 5) ** 2 < 1
    return inside


def head() -> np.ndarray:
    """Noisy air and noisy tissue, uint8 in Fortran order."""
    random = np.random.default_rng(0)
    air = np.abs(random.normal(0, 4, SHAPE))
    return np.asfortranarray(
        np.where(ball(), random.normal(140, 30, SHAPE), air).clip(0, 255).astype(np.uint8)
    )


def seasoned(settings: NetworkSettings) -> SegmentationNetwork:
    """A network whose statistics have seen the head, with heads that prefer no class."""
    torch.manual_seed(4)
    network = build_network(settings)
    middle = [head()[:, :, k : k + settings.channels] for k in (3, 6, 9)]
    seen = normalise(torch.from_numpy(np.stack(middle).transpose(0, 3, 1, 2)))
    with torch.no_grad():
        for _ in range(5):
            network(seen)
        outputs = network.eval()(seen)
        for name, logits in (("fused_head", outputs.fused), ("label_head", outputs.label)):
            if logits is not None:
                layer = getattr(network, name)
                layer = layer[-1] if isinstance(layer, torch.nn.Sequential) else layer
                spread = logits.std((0, 2, 3))
                layer.bias.sub_(logits.mean((0, 2, 3))).div_(spread)
                layer.weight.div_(spread[:, None, None, None])
    return network


def test_boxes_hold_the_head_and_leave_out_air() -> None:
    boxes, inside = head_boxes(head()), ball()
    for k in range(SHAPE[2]):
        if k not in boxes:
            assert not inside[:, :, k].any()
            continue
        box = boxes[k]
        assert not inside[: box.top, :, k].any() and not inside[box.bottom :, :, k].any()
        assert not inside[:, : box.left, k].any() and not inside[:, box.right :, k].any()
        assert 0 <= box.top < box.bottom <= SHAPE[0] and 0 <= box.left < box.right <= SHAPE[1]
    assert min(boxes) == 0 and max(boxes) == 15  # z from 3 to 11, in blocks of 4 with a rim of 1
    assert min((b.bottom - b.top) * (b.right - b.left) for b in boxes.values()) < 64 * 80 / 2


def test_specks_in_the_air_are_no_head() -> None:
    image = head()
    image[56:60, 4:8, 28:32] = 250
    assert head_boxes(image) == head_boxes(head())
    assert head_boxes(np.zeros((32, 32, 8), np.uint8)) == {}


@pytest.mark.parametrize("groups", [((10, 500), (100, 300)), ((0, 10), (1, 10)), ((5, 1), (250, 1000))])
def test_otsus_threshold_divides_two_groups(groups: tuple[tuple[int, int], tuple[int, int]]) -> None:
    histogram = np.zeros(256, np.int64)
    for grey, count in groups:
        histogram[grey] = count
    assert groups[0][0] <= otsu_threshold(histogram) < groups[1][0]


@pytest.mark.parametrize(
    "settings", VARIANTS, ids=lambda s: f"{s.arch}{'-skull' * s.skull}{'-2' * s.parallel}"
)
def test_a_part_is_what_the_whole_says_there(settings: NetworkSettings) -> None:
    network, box = seasoned(settings), HeadBox(8, 40, 16, 64)
    stack = torch.randn(1, settings.channels, 48, 80)
    with torch.inference_mode(), for_prediction(network):
        classes, brain = network.classify(stack)
        first, first_brain, beyond = classify_part(network, stack, box, None)
        again, again_brain, unchanged = classify_part(network, stack, box, beyond)
    assert torch.equal(first, box.of(classes)) and (brain is None) == (first_brain is None)
    assert (again == first).float().mean() > 0.999 and unchanged is not None and beyond is not None
    torch.testing.assert_close(unchanged, beyond)
    if brain is not None and first_brain is not None and again_brain is not None:
        assert torch.equal(first_brain, box.of(brain)) and (again_brain == first_brain).float().mean() > 0.999


@pytest.mark.parametrize(
    "settings", [VARIANTS[1], VARIANTS[3], NetworkSettings("sdnet", 6, filters=8)], ids=lambda s: s.arch
)
def test_hardly_a_voxel_of_the_head_changes(settings: NetworkSettings) -> None:
    network, image, passed = seasoned(settings), head(), []
    view = settings.window
    whole = segment_volume(network, image, view=view, batch=1, device=CPU)
    quickly = segment_volume(network, image, view=view, batch=1, device=CPU, quick=True, passed=passed.append)
    boxes = head_boxes(image)
    inside = np.zeros(SHAPE, bool)
    for k, box in boxes.items():
        inside[box.top : box.bottom, box.left : box.right, k] = True
    assert (whole.classes == quickly.classes)[inside].mean() > 0.99
    assert len(np.unique(whole.classes[ball()])) > 2
    assert not quickly.classes[~inside].any() and quickly.classes.flags.f_contiguous
    assert (whole.brain is None) == (quickly.brain is None)
    assert passed[-1] == range(SHAPE[2]) and len(passed) == len(boxes)


def test_with_every_slice_looked_at_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_only, "EVERY", 1)
    network, image = seasoned(VARIANTS[3]), head()
    whole = segment_volume(network, image, view=Window(1, 1), batch=1, device=CPU)
    with torch.inference_mode(), for_prediction(network.eval()):
        classes, brain = head_only.classify_head(network, image, window=Window(1, 1))
    assert brain is not None and whole.brain is not None
    for k, box in head_boxes(image).items():
        part = np.s_[box.top : box.bottom, box.left : box.right]
        np.testing.assert_array_equal(classes[k][part], whole.classes[:, :, k][part])
        np.testing.assert_array_equal(brain[k][part], whole.brain[:, :, k][part])
