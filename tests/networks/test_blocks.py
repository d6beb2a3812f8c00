"""Blocks against torch's own layers, in value and gradient."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from acenet.networks.blocks import (
    Decoder,
    DecoderBlock,
    DenseBlock,
    Encoder,
    SpatialChannelSE,
    channel_dropout,
    unpool,
)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**31), st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_unpool_equals_torchs(seed: int, n: int, f: int, h: int, w: int) -> None:
    x = torch.randn(n, f, 2 * h, 2 * w, generator=torch.Generator().manual_seed(seed))
    pooled, indices = F.max_pool2d(x, 2, return_indices=True)
    values = torch.randn(pooled.shape, generator=torch.Generator().manual_seed(seed + 1))
    assert torch.equal(unpool(values, indices), nn.MaxUnpool2d(2)(values, indices))


def test_unpool_passes_gradients_back_to_the_maxima() -> None:
    x = torch.randn(2, 3, 4, 4)
    _, indices = F.max_pool2d(x, 2, return_indices=True)
    values = torch.randn(2, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: unpool(v, indices), (values,))


def test_of_both_gates_of_scse_the_larger_wins() -> None:
    block, x = SpatialChannelSE(6), torch.randn(2, 6, 4, 4)
    weights = torch.sigmoid(block.excite(torch.relu(block.squeeze(x.mean((2, 3))))))
    by_channel = x * weights.reshape(2, 6, 1, 1)
    by_place = x * torch.sigmoid(block.spatial(x))
    torch.testing.assert_close(block(x), torch.maximum(by_channel, by_place))


def test_a_dense_block_has_one_slope_and_feeds_each_convolution_all_features() -> None:
    block = DenseBlock(3, 5, kernel=5)
    slopes = [m for m in block.modules() if isinstance(m, nn.PReLU)]
    assert len(slopes) == 1 and slopes[0].weight.tolist() == [0.25]
    convolutions = [block.conv1, block.conv2, block.conv3]
    assert [c.in_channels for c in convolutions] == [3, 8, 13]
    assert [c.kernel_size for c in convolutions] == [(5, 5), (5, 5), (1, 1)]
    uses: list[int] = []
    block.activation.register_forward_hook(lambda *_: uses.append(1))
    assert block(torch.randn(2, 3, 8, 8)).shape == (2, 5, 8, 8) and len(uses) == 3


def test_encoder_halves_four_times() -> None:
    features = Encoder(3, 4, 3, 0.0)(torch.randn(2, 3, 32, 48))
    assert [tuple(skip.shape[1:]) for skip in features.skips] == [
        (4, 32, 48),
        (4, 16, 24),
        (4, 8, 12),
        (4, 4, 6),
    ]
    assert [tuple(i.shape[1:]) for i in features.indices] == [(4, 16, 24), (4, 8, 12), (4, 4, 6), (4, 2, 3)]
    assert features.bottleneck.shape == (2, 4, 2, 3)


def test_decoder_unpools_with_the_coarsest_features_first() -> None:
    torch.manual_seed(5)
    encoder, decoder = Encoder(1, 4, 3, 0.0), Decoder(4, 4, 3, 0.0)
    features = encoder(torch.randn(1, 1, 32, 32))
    seen: list[tuple] = []
    for block in decoder.blocks:
        block.register_forward_hook(lambda _, inputs, output: seen.append(inputs))
    assert decoder(features.bottleneck, features.skips, features.indices).shape == (1, 4, 16, 16)
    assert [inputs[1] is features.skips[i] for inputs, i in zip(seen, (3, 2, 1), strict=True)] == [True] * 3
    assert [inputs[2] is features.indices[i] for inputs, i in zip(seen, (3, 2, 1), strict=True)] == [True] * 3


def test_a_decoder_block_joins_the_skip_before_the_unpooled_features() -> None:
    block, inputs = DecoderBlock(6, 2, 3, 0.0), []
    block.dense.register_forward_hook(lambda _, given, output: inputs.append(given[0]))
    source, skip = torch.randn(1, 4, 8, 8), torch.randn(1, 2, 8, 8)
    pooled, indices = F.max_pool2d(source, 2, return_indices=True)
    block(pooled, skip, indices)
    assert torch.equal(inputs[0][:, :2], skip)
    assert torch.equal(inputs[0][:, 2:], unpool(pooled, indices))


def test_no_dropout_at_rate_zero() -> None:
    assert isinstance(channel_dropout(0), nn.Identity)
    dropout = channel_dropout(0.1)
    assert isinstance(dropout, nn.Dropout2d) and dropout.p == 0.1
