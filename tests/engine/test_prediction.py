"""What blocks compute on a CPU that only predicts, against torch's own operations."""

import pytest
import torch
from torch.nn import functional as F

from acenet.engine import prediction
from acenet.engine.equal_pixels import max_pool
from acenet.networks.blocks import DenseBlock, SpatialChannelSE


@pytest.mark.parametrize(("height", "width"), [(8, 8), (2, 6), (64, 100)])
def test_most_probable_is_the_first_maximum(height: int, width: int) -> None:
    """Whole numbers make ties; 6400 pixels take more than one block."""
    head = torch.nn.Conv2d(3, 9, 1)
    with torch.no_grad():
        head.weight.copy_(torch.randint(-1, 2, head.weight.shape))
        head.bias.copy_(torch.randint(-1, 2, head.bias.shape))
        features = torch.randint(-1, 2, (2, 3, height, width)).float()
        expected = head(features).argmax(1)
        assert torch.equal(prediction.most_probable(torch.nn.Sequential(head), features).long(), expected)


@pytest.mark.parametrize("shape", [(2, 3, 4, 6), (1, 5, 300, 300)])
def test_larger_product_and_pooling(shape: tuple[int, ...]) -> None:
    x, c, s = torch.randn(shape), torch.rand(*shape[:2], 1, 1), torch.rand(shape[0], 1, *shape[2:])
    assert torch.equal(prediction.larger_product(x, c, s), torch.maximum(x * c, x * s))
    pooled, places = F.max_pool2d(x, 2, return_indices=True)
    found, where = max_pool(x, None)
    assert torch.equal(found, pooled) and torch.equal(where, places)


@pytest.mark.parametrize("parts", [(3,), (3, 4)])
@pytest.mark.parametrize(("side", "large"), [((16, 24), 1), ((16, 24), 1 << 19), ((300, 40), 1)])
def test_a_dense_block_of_parts_is_that_of_the_joined_features(
    parts: tuple[int, ...], side: tuple[int, int], large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slice by slice and all at once, against double precision."""
    monkeypatch.setattr(prediction, "LARGE_SLICE", large)
    torch.manual_seed(0)
    block = prediction.PredictedDenseBlock(sum(parts), 5, kernel=5)
    features = [torch.randn(2, channels, *side) for channels in parts]
    with torch.no_grad():
        DenseBlock.forward(
            block, torch.cat(features, dim=1) * 2 + 1
        )  # statistics other than the initial ones
        block.eval()
        found = block(*features)
        wanted = DenseBlock.forward(block.double(), torch.cat(features, dim=1).double())
    torch.testing.assert_close(found.double(), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("large", [1, 1 << 18])
def test_scse_is_the_same_bits_either_way(large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prediction, "LARGE_BATCH", large)
    torch.manual_seed(0)
    block, x = prediction.PredictedSE(6), torch.randn(2, 6, 12, 10)
    with torch.no_grad():
        assert torch.equal(block(x), SpatialChannelSE.forward(block, x))
        inside = block(x[..., :5].contiguous(), x.mean((2, 3)))
        torch.testing.assert_close(inside, block(x)[..., :5], rtol=1e-6, atol=1e-6)
