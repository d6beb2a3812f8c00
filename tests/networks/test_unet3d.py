"""3D U-Net: counts, shapes, wiring."""

import pytest
import torch
from torch import nn

from acenet.errors import InputError
from acenet.inputs.patches import Patch
from acenet.inputs.stacks import Window
from acenet.networks import NETWORKS, NetworkSettings, build_network
from acenet.networks.parameters import count_parameters, used_parameters

COUNTS = {28: 6_443_868, 33: 6_448_193, 63: 6_474_143, 134: 6_535_558, 139: 6_539_883}


@pytest.mark.parametrize(("n_classes", "count"), COUNTS.items())
def test_parameters_at_the_papers_size(n_classes: int, count: int) -> None:
    with torch.device("meta"):
        network = build_network(NetworkSettings("unet3d", n_classes, patch=96))
    assert count_parameters(network) == count
    widths = [module.out_channels for module in network.modules() if isinstance(module, nn.Conv3d)]
    assert max(widths) == 256  # "at most 256 filters"


def test_every_parameter_is_used() -> None:
    network = build_network(NetworkSettings("unet3d", 28, patch=96))
    assert used_parameters(network, torch.zeros(1, 1, 8, 8, 8)) == COUNTS[28]


def by_hand(base: int, n_classes: int) -> int:
    """Weights, biases and the two numbers per channel of batch normalisation, layer by layer."""

    def conv(a: int, b: int) -> int:
        return 27 * a * b + b

    def pair(a: int, b: int) -> int:
        return conv(a, b) + 2 * b + conv(b, b) + 2 * b

    down = sum(pair(a * base or 1, b * base) for a, b in ((0, 1), (1, 2), (2, 4), (4, 8)))
    up = sum(conv(2 * b * base, b * base) + pair(2 * b * base, b * base) for b in (4, 2, 1))
    return down + up + conv(base, n_classes)


@pytest.mark.parametrize(("filters", "n_classes"), [(64, 28), (16, 28), (17, 5), (2, 139)])
def test_half_of_the_preset_s_filters_is_the_finest_width(filters: int, n_classes: int) -> None:
    network = build_network(NetworkSettings("unet3d", n_classes, filters=filters, patch=8))
    assert count_parameters(network) == by_hand(filters // 2, n_classes)


@pytest.mark.parametrize("shape", [(8, 8, 8), (16, 8, 24)])
def test_logits_have_the_patch_s_sides(shape: tuple[int, ...]) -> None:
    network = build_network(NetworkSettings("unet3d", 5, filters=4, patch=8)).eval()
    out = network(torch.randn(2, 1, *shape))
    assert out.label.shape == (2, 5, *shape) and out.structures is out.label
    assert out.presence is out.skull is out.fused is None


def test_skips_come_first_and_from_the_same_level() -> None:
    torch.manual_seed(0)
    network = build_network(NetworkSettings("unet3d", 3, filters=4, patch=8)).eval()
    seen: dict[str, torch.Tensor] = {}
    for name, module in network.named_modules():
        if name.split(".")[0] in ("encoders", "ups") and name.count(".") == 1:
            module.register_forward_hook(lambda _, __, output, name=name: seen.__setitem__(name, output))
        if name.split(".")[0] == "decoders" and name.count(".") == 1:
            module.register_forward_pre_hook(lambda _, given, name=name: seen.__setitem__(name, given[0]))
    network(torch.randn(1, 1, 16, 16, 16))
    for i in range(3):
        joined = torch.cat((seen[f"encoders.{2 - i}"], seen[f"ups.{i}"]), dim=1)
        assert torch.equal(seen[f"decoders.{i}"], joined)


def test_the_register_says_what_a_network_sees() -> None:
    assert [name for name, known in NETWORKS.items() if known.sees == "patch"] == ["unet3d"]
    assert NetworkSettings("unet3d", 28, patch=96).view == Patch(96)
    assert NetworkSettings("acenet", 28, s=5).view == Window(5, 5)
    for settings in (NetworkSettings("unet3d", 28), NetworkSettings("acenet", 28, patch=96)):
        with pytest.raises(InputError, match=f"network {settings.arch}"):
            build_network(settings)
