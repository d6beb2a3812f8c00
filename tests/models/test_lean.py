"""Prediction on a CPU, against the forward pass that training uses."""

import pytest
import torch
from torch.nn import functional as F

from acenet.models import NetworkSettings, build_network, lean
from acenet.models.outputs import SegmentationNetwork

VARIANTS = [
    NetworkSettings("quicknat", 6, filters=8),
    NetworkSettings("quicknatv2", 139, filters=8),
    NetworkSettings("acenet", 6, s=2, filters=8),
    NetworkSettings("acenet", 139, s=1, skull=True, filters=8),
    NetworkSettings("acenet", 6, s=1, parallel=True, skull=True, filters=6, kernel=3),
    NetworkSettings("ffce-fused", 6, s=2, filters=8),
    NetworkSettings("ffce-dense2", 6, filters=8),
    NetworkSettings("sdnet", 6, filters=8),
    NetworkSettings("unet2d", 6, filters=8),
]


def seasoned(settings: NetworkSettings) -> SegmentationNetwork:
    torch.manual_seed(4)
    network = build_network(settings)
    with torch.no_grad():
        for _ in range(3):
            network(torch.randn(2, settings.channels, 32, 48))
    return network.eval()


@pytest.mark.parametrize("settings", VARIANTS, ids=lambda s: f"{s.arch}{'-skull' * s.skull}")
def test_every_network_predicts_what_it_was_trained_to(settings: NetworkSettings) -> None:
    network, x = seasoned(settings), torch.randn(2, settings.channels, 64, 48)
    with torch.no_grad():
        slow = network(x)
    with torch.inference_mode():
        quick, (classes, brain) = network(x), network.classify(x)
    for one, other in zip(quick, slow, strict=True):
        assert (one is None) == (other is None)
        if other is not None:
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4 * float(other.abs().max()))
    best, second = slow.structures.topk(2, dim=1).values.unbind(1)
    clear = best - second > 1e-4 * best.abs().max()
    assert torch.equal(classes[clear], slow.structures.argmax(1).byte()[clear]) and clear.float().mean() > 0.9
    assert classes.dtype == torch.uint8 and (brain is None) == (slow.skull is None)
    if brain is not None and slow.skull is not None:
        assert (brain == slow.skull.argmax(1)).float().mean() > 0.99


def test_it_is_for_prediction_alone() -> None:
    layer, x = torch.nn.Identity().eval(), torch.zeros(1, 2, 4, 4)
    assert not lean.is_lean(layer, x)
    with torch.no_grad():
        assert not lean.is_lean(layer, x)
    with torch.inference_mode():
        assert lean.is_lean(layer, x)
        assert not lean.is_lean(layer, x.double()) and not lean.is_lean(layer.train(), x)
        with torch.autocast("cpu", torch.bfloat16):
            assert not lean.is_lean(layer.eval(), x)


@pytest.mark.parametrize(("height", "width"), [(8, 8), (2, 6), (64, 100)])
def test_most_probable_is_the_first_maximum(height: int, width: int) -> None:
    """Whole numbers make ties; 6400 pixels take more than one block."""
    head = torch.nn.Conv2d(3, 9, 1)
    with torch.no_grad():
        head.weight.copy_(torch.randint(-1, 2, head.weight.shape))
        head.bias.copy_(torch.randint(-1, 2, head.bias.shape))
        features = torch.randint(-1, 2, (2, 3, height, width)).float()
        expected = head(features).argmax(1)
        assert torch.equal(lean.most_probable(torch.nn.Sequential(head), features).long(), expected)


@pytest.mark.parametrize("shape", [(2, 3, 4, 6), (1, 5, 300, 300)])
def test_larger_product_and_pooling(shape: tuple[int, ...]) -> None:
    x, c, s = torch.randn(shape), torch.rand(*shape[:2], 1, 1), torch.rand(shape[0], 1, *shape[2:])
    assert torch.equal(lean.larger_product(x, c, s), torch.maximum(x * c, x * s))
    pooled, places = F.max_pool2d(x, 2, return_indices=True)
    found, where = lean.max_pool(x, None)
    assert torch.equal(found, pooled) and torch.equal(where, places)
