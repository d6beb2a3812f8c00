"""FFCE's networks: where their decoders stand and what the fused encoders see."""

import numpy as np
import pytest
import torch
from torch import nn

from acenet.inputs.stacks import Window, extract_stacks, normalise
from acenet.networks import NetworkSettings, build_network
from acenet.networks.acenet import ACENet
from acenet.networks.ffce import FusedFFCE, TwoLayerFFCE, upsample


def small(arch: str, s: int = 0) -> nn.Module:
    torch.manual_seed(0)
    return build_network(NetworkSettings(arch, 4, s, filters=8, kernel=3, dropout=0.0)).eval()


def calls(network: nn.Module, *names: str) -> dict[str, tuple]:
    """Inputs and output of each named part's next call."""
    seen: dict[str, tuple] = {}
    for name in names:
        network.get_submodule(name).register_forward_hook(
            lambda _, inputs, output, name=name: seen.update({name: (*inputs, output)})
        )
    return seen


@pytest.mark.parametrize("arch", ["ffce-conv2", "ffce-dense2"])
def test_two_decoder_blocks_stand_at_a_sixteenth_and_a_quarter(arch: str) -> None:
    network = small(arch)
    assert isinstance(network, TwoLayerFFCE)
    seen = calls(network, "encoder", "context", "decode2", "decode1", "label_head")
    with torch.no_grad():
        out = network(torch.randn(2, 1, 48, 32))
    features = seen["encoder"][-1]
    assert seen["decode2"][0] is features.bottleneck and seen["context"][0] is features.bottleneck
    assert features.bottleneck.shape == (2, 8, 3, 2)
    skip, raised = seen["decode1"][0].split(8, dim=1)
    assert torch.equal(skip, features.skips[2]) and skip.shape == (2, 8, 12, 8)
    torch.testing.assert_close(raised, upsample(seen["decode2"][-1]))
    gates, presence = seen["context"][-1]
    d1 = upsample(seen["decode1"][-1])
    assert d1.shape == (2, 8, 48, 32)
    torch.testing.assert_close(seen["label_head"][0], torch.clamp(d1 + d1 * gates.view(2, 8, 1, 1), min=0))
    assert out.presence is presence and out.skull is None and out.fused is None


def test_upsampling_by_four_is_linear_between_the_centres() -> None:
    # Voxel centres of the coarse grid lie at 1.5, 5.5, ... of the fine one; beyond the outer ones it is constant.
    coarse = torch.tensor([0.0, 4.0, 8.0]).expand(1, 1, 2, 3)
    fine = torch.tensor([0, 0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8, 8])
    torch.testing.assert_close(upsample(coarse), fine.expand(1, 1, 8, 12))


def test_one_arch_has_dense_blocks_with_scse_and_the_other_pairs_of_convolutions() -> None:
    dense, plain = small("ffce-dense2"), small("ffce-conv2")
    for name in ("decode2", "decode1"):
        assert hasattr(dense.get_submodule(name), "scse")
        assert [type(layer).__name__ for layer in plain.get_submodule(name)] == [
            "Conv2d",
            "BatchNorm2d",
            "ReLU",
        ] * 2


def test_the_fused_features_are_recalibrated_before_context_and_decoder() -> None:
    network = small("ffce-fused", 5)
    assert isinstance(network, FusedFFCE)
    seen = calls(network, "encoder", "slice_encoder", "fused_scse", "context", "decoder")
    with torch.no_grad():
        network(torch.randn(2, 10, 32, 32))
    around, centre = seen["encoder"][-1], seen["slice_encoder"][-1]
    joined, recalibrated = seen["fused_scse"]
    assert torch.equal(joined, torch.cat((centre.bottleneck, around.bottleneck), dim=1))
    assert joined.shape == (2, 16, 2, 2) and not torch.equal(joined, recalibrated)
    bottleneck, skips, indices, _ = seen["decoder"]
    assert bottleneck is recalibrated and seen["context"][0] is recalibrated
    assert all(a is b for a, b in zip(skips, centre.skips, strict=True))  # the slice's own
    assert torch.equal(indices[3], torch.cat((centre.indices[3], around.indices[3]), dim=1))


def test_the_slice_encoder_sees_the_slice_that_is_labelled() -> None:
    network, window = small("ffce-fused", 5), Window(5, 4)
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 14), dtype=np.uint8)
    seen = calls(network, "encoder", "slice_encoder")
    slices = [0, 6, 13]  # both ends, where neighbours are missing
    stack = normalise(torch.from_numpy(extract_stacks(image, slices, window=window)))
    with torch.no_grad():
        network(stack)
    own = normalise(torch.from_numpy(np.moveaxis(image[:, :, slices], 2, 0).copy()))
    assert torch.equal(seen["slice_encoder"][0][:, 0], own)
    assert torch.equal(
        seen["encoder"][0][1], normalise(torch.from_numpy(image[:, :, 1:11].transpose(2, 0, 1).copy()))
    )


def test_but_for_the_recalibration_it_is_acenet_with_two_encoders() -> None:
    fused = small("ffce-fused", 5)
    assert isinstance(fused, ACENet)
    extra = {name for name in fused.state_dict() if name.startswith("fused_scse.")}
    parallel = build_network(NetworkSettings("acenet", 4, 5, parallel=True, filters=8, kernel=3))
    assert set(fused.state_dict()) - extra == set(parallel.state_dict())
