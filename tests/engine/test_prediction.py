"""What blocks compute on a CPU that only predicts, against torch's own operations."""

import pytest
import torch
from torch.nn import functional as F

from acenet.engine import prediction
from acenet.engine.equal_pixels import max_pool


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
