"""Whole networks: sizes, shapes, and how the parts are wired."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from torch import nn

from acenet.errors import InputError
from acenet.inputs.stacks import Batch
from acenet.networks import NETWORKS, NetworkSettings, build_network
from acenet.networks.acenet import ACENet
from acenet.networks.parameters import count_parameters, used_parameters
from acenet.training.losses import total_loss

SMALL = {"filters": 8, "kernel": 3, "dropout": 0.0}
OUTPUTS = (28, 33, 63, 139)

# Parameters at the papers' 64 filters and 5 x 5 kernels, counted in the released code's networks.
COUNTS = {
    ("quicknat", 0, False, False): (3_516_971, 3_517_296, 3_519_246, 3_524_186),
    ("quicknatv2", 0, False, False): (3_555_284, 3_555_609, 3_557_559, 3_562_499),
    ("acenet", 0, False, False): (3_565_488, 3_566_138, 3_570_038, 3_579_918),
    ("acenet", 5, False, False): (3_598_188, 3_598_838, 3_602_738, 3_612_618),
    ("acenet", 5, False, True): (4_134_124, 4_135_099, 4_140_949, 4_155_769),
    ("acenet", 5, True, False): (5_229_084, 5_229_734, 5_233_634, 5_243_514),
    ("acenet", 5, True, True): (5_765_020, 5_765_995, 5_771_845, 5_786_665),
    ("acenet", 1, False, True): (4_107_964,),
    ("acenet", 3, False, True): (4_121_044,),
    ("acenet", 7, False, True): (4_147_204,),
    ("acenet", 9, False, True): (4_160_284,),
    # Counted by hand from the layers; where the papers print counts, docs/fidelity.md compares.
    ("ffce-conv2", 0, False, False): (1_942_312,),
    ("ffce-dense2", 0, False, False): (2_288_236,),
    ("ffce-fused", 5, False, False): (5_242_519, 5_243_169, 5_247_069, 5_256_949),
    ("sdnet", 0, False, False): (1_812_643,),
    ("sdnet-small", 0, False, False): (566_235,),
    ("unet2d", 0, False, False): (5_178_172,),
    ("unet2d-literal", 0, False, False): (31_032_348,),
}
CONTEXT = ("acenet", "ffce-conv2", "ffce-dense2", "ffce-fused")  # archs with a context encoder
COMPETITORS = [(arch, s) for arch, s, _, _ in COUNTS if arch not in ("quicknat", "quicknatv2", "acenet")]


@pytest.mark.parametrize(("variant", "counts"), COUNTS.items(), ids=lambda part: "-".join(map(str, part)))
def test_parameters_at_the_papers_size(variant: tuple[str, int, bool, bool], counts: tuple[int, ...]) -> None:
    arch, s, parallel, skull = variant
    for n_classes, count in zip(OUTPUTS, counts, strict=False):
        with torch.device("meta"):
            network = build_network(NetworkSettings(arch, n_classes, s, parallel=parallel, skull=skull))
        assert count_parameters(network) == count


@pytest.mark.parametrize(
    ("arch", "s", "unused"),
    [
        ("quicknat", 0, 0),
        ("quicknatv2", 0, 4257),
        ("acenet", 0, 4257),
        ("ffce-conv2", 0, 4257),
        ("ffce-dense2", 0, 4257),
        ("ffce-fused", 5, 2 * 4257),
        ("sdnet", 0, 0),
        ("unet2d", 0, 0),
    ],
)
def test_only_the_bottlenecks_scse_is_never_run(arch: str, s: int, unused: int) -> None:
    settings = NetworkSettings(arch, 28, s)
    network = build_network(settings)
    example = torch.zeros(1, settings.channels, 16, 16)
    assert count_parameters(network) - used_parameters(network, example) == unused


@pytest.mark.parametrize(("arch", "s"), COMPETITORS)
def test_each_further_output_costs_a_row_of_each_head(arch: str, s: int) -> None:
    counts = []
    for n_classes in (28, 139):
        with torch.device("meta"):
            counts.append(count_parameters(build_network(NetworkSettings(arch, n_classes, s))))
    width = {"sdnet-small": 50, "unet2d": 96}.get(arch, 64)  # of the features that the label head reads
    row = (width + 1) + (65 if arch in CONTEXT else 0)
    assert counts[1] - counts[0] == 111 * row


def test_published_count_of_the_baseline() -> None:
    network = build_network(NetworkSettings("quicknatv2", 28))
    assert used_parameters(network, torch.zeros(1, 1, 16, 16)) == 3_551_027


VARIANTS = [
    ("quicknat", 0, False, False), ("quicknatv2", 0, False, False),
    ("acenet", 0, False, False), ("acenet", 2, False, False), ("acenet", 2, True, False),
    ("acenet", 0, False, True), ("acenet", 2, False, True), ("acenet", 2, True, True),
    ("ffce-conv2", 0, False, False), ("ffce-dense2", 0, False, False), ("ffce-fused", 5, False, False),
    ("sdnet", 0, False, False), ("sdnet-small", 0, False, False),
    ("unet2d", 0, False, False), ("unet2d-literal", 0, False, False),
]  # fmt: skip


def variant(arch: str, s: int, parallel: bool, skull: bool) -> NetworkSettings:
    return NetworkSettings(arch, 5, s, parallel=parallel, skull=skull, **SMALL)


@pytest.mark.parametrize(("arch", "s", "parallel", "skull"), VARIANTS)
def test_shapes_of_all_heads(arch: str, s: int, parallel: bool, skull: bool) -> None:
    settings = variant(arch, s, parallel, skull)
    network = build_network(settings)
    out = network(torch.randn(2, settings.channels, 32, 48))
    context, branch = arch in CONTEXT, skull
    assert out.label.shape == (2, 5, 32, 48)
    assert (out.presence.shape if out.presence is not None else None) == ((2, 5) if context else None)
    assert (out.skull.shape if out.skull is not None else None) == ((2, 2, 32, 48) if branch else None)
    assert (out.fused.shape if out.fused is not None else None) == ((2, 5, 32, 48) if branch else None)
    assert out.structures is (out.fused if branch else out.label)


@pytest.mark.parametrize(("arch", "s", "parallel", "skull"), VARIANTS)
def test_a_slices_labels_do_not_depend_on_its_batch(arch: str, s: int, parallel: bool, skull: bool) -> None:
    torch.manual_seed(5)
    settings = variant(arch, s, parallel, skull)
    network, stack = build_network(settings), torch.randn(3, settings.channels, 32, 32)
    network(stack)  # running statistics other than the initial ones
    network.eval()
    with torch.no_grad():
        together, alone = network(stack), network(stack[1:2])
    for a, b in zip(together, alone, strict=True):
        assert (a is None) == (b is None)
        if a is not None and b is not None:
            torch.testing.assert_close(a[1:2], b, atol=1e-5, rtol=1e-4)


def record(module: nn.Module, calls: dict[str, list[tuple[tuple, object]]], name: str) -> None:
    """Keep the arguments and the result of every call of a module."""
    module.register_forward_hook(
        lambda _, inputs, output: calls.setdefault(name, []).append((inputs, output))
    )


def test_the_context_gates_the_decoder_and_the_skull_branch_multiplies() -> None:
    torch.manual_seed(1)
    network = build_network(NetworkSettings("acenet", 4, 1, skull=True, **SMALL)).eval()
    calls: dict[str, list] = {}
    for name in ("decode1", "decode0", "context", "label_head", "fused_head", "skull_head", "decoder"):
        record(getattr(network, name), calls, name)
    network(torch.randn(2, 3, 32, 32))
    gates, _ = calls["context"][0][1]
    d1, d0, d2 = calls["decode1"][0][1], calls["decode0"][0][1], calls["decoder"][0][1]
    assert gates.min() > 0 and gates.max() < 1
    gated = torch.clamp(d1 * (1 + gates.reshape(2, 8, 1, 1)), min=0)
    torch.testing.assert_close(calls["label_head"][0][0][0], gated)
    torch.testing.assert_close(calls["fused_head"][0][0][0], gated * d0)
    torch.testing.assert_close(calls["skull_head"][0][0][0], d0)
    assert calls["decode1"][0][0][0] is d2 and calls["decode0"][0][0][0] is d2


def test_two_encoders_join_at_the_bottleneck_and_the_skips_are_the_slices_own() -> None:
    torch.manual_seed(2)
    network = build_network(NetworkSettings("acenet", 4, 2, parallel=True, **SMALL)).eval()
    assert isinstance(network, ACENet) and network.slice_encoder is not None
    calls: dict[str, list] = {}
    for name in ("encoder", "slice_encoder", "decoder", "decode1"):
        record(getattr(network, name), calls, name)
    stack = torch.randn(1, 5, 32, 32)
    network(stack)
    around, centre = calls["encoder"][0][1], calls["slice_encoder"][0][1]
    assert torch.equal(calls["slice_encoder"][0][0][0], stack[:, 2:3])
    bottleneck, skips, indices = calls["decoder"][0][0]
    assert torch.equal(bottleneck, torch.cat((centre.bottleneck, around.bottleneck), 1))
    assert torch.equal(indices[3], torch.cat((centre.indices[3], around.indices[3]), 1))
    assert all(a is b for a, b in zip(skips, centre.skips, strict=True))
    assert all(a is b for a, b in zip(indices[:3], centre.indices[:3], strict=True))
    assert calls["decode1"][0][0][1] is centre.skips[0]


@pytest.mark.parametrize(("arch", "s", "parallel", "skull"), VARIANTS)
def test_gradients_reach_every_parameter_in_use(arch: str, s: int, parallel: bool, skull: bool) -> None:
    torch.manual_seed(3)
    # narrow squeezes (filters / 2 ReLUs) may all be off at the start
    settings = replace(variant(arch, s, parallel, skull), filters=24)
    network = build_network(settings)
    stack = torch.randn(3, settings.channels, 32, 32)
    batch = Batch(stack, torch.randint(5, (3, 32, 32)), torch.randint(2, (3, 32, 32)))
    total_loss(network(stack), batch).backward()
    for name, parameter in network.named_parameters():
        if "unused_scse" in name:
            assert parameter.grad is None, name
        else:
            assert parameter.grad is not None and parameter.grad.isfinite().all(), name
            if parameter.ndim > 1:  # a bias before batch normalisation rightly has none
                assert parameter.grad.abs().max() > 0, name


def test_a_seed_decides_the_weights() -> None:
    def weights(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        network = build_network(NetworkSettings("acenet", 4, 1, skull=True, **SMALL))
        return nn.utils.parameters_to_vector(network.parameters())

    assert torch.equal(weights(1), weights(1)) and not torch.equal(weights(1), weights(2))


def test_dropout_acts_in_training_only() -> None:
    torch.manual_seed(4)
    network = build_network(NetworkSettings("acenet", 4, filters=8, kernel=3, dropout=0.5))
    stack = torch.randn(2, 1, 16, 16)
    network.eval()
    assert torch.equal(network(stack).label, network(stack).label)
    network.train()
    assert not torch.equal(network(stack).label, network(stack).label)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (NetworkSettings("resnet", 28), "quicknat, quicknatv2, acenet.*resnet"),
        (NetworkSettings("acenet", 1), "at least 2 classes"),
        (NetworkSettings("acenet", 28, s=-1), "s >= 0"),
        (NetworkSettings("ffce-fused", 28), "ffce-fused: s >= 1"),
        (NetworkSettings("acenet", 28, kernel=4), "odd kernel"),
        (NetworkSettings("acenet", 28, filters=1), "filters"),
        (NetworkSettings("quicknatv2", 28, skull=True), "skull with acenet only"),
        (NetworkSettings("ffce-fused", 28, 5, parallel=True), "parallel with acenet only"),
        (NetworkSettings("unet2d", 28, skull=True), "skull with acenet only"),
    ],
)
def test_impossible_settings_are_refused(settings: NetworkSettings, message: str) -> None:
    with pytest.raises(InputError, match=message):
        build_network(settings)


def test_the_register_imports_no_torch() -> None:
    code = "import sys; from acenet.networks import NETWORKS; print(len(NETWORKS), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(NETWORKS)), "False"]
