"""First biases: closed forms, and nothing else touched."""

import pytest
import torch

from acenet.networks import NETWORKS, NetworkSettings, build_network
from acenet.training.initial import set_initial_biases

COUNTS = torch.tensor([900, 80, 0])


def expected() -> torch.Tensor:
    logs = torch.tensor([910.0, 90.0, 10.0]).double().log()
    return (logs - logs.mean()).float()


@pytest.mark.parametrize("arch", NETWORKS)
def test_the_heads_of_structures_start_from_frequencies_and_nothing_else_changes(arch: str) -> None:
    known = NETWORKS[arch]
    network = build_network(
        NetworkSettings(
            arch, 3, s=known.s, skull=known.skull, filters=4, kernel=3,
            patch=16 if known.sees == "patch" else None,
        )
    )  # fmt: skip
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    set_initial_biases(network, COUNTS)
    changed = {name for name, tensor in network.state_dict().items() if not torch.equal(tensor, before[name])}
    heads = {"unet3d": {"head.bias"}, "acenet": {"label_head.1.bias", "fused_head.bias"}}
    if arch.startswith("ffce"):
        heads[arch] = {"label_head.1.bias"}
    assert changed == heads.get(arch, {"label_head.bias"})
    for name in changed:
        torch.testing.assert_close(network.state_dict()[name], expected())


def test_probabilities_without_any_evidence_are_the_frequencies() -> None:
    network = build_network(NetworkSettings("quicknatv2", 3, filters=4, kernel=3))
    set_initial_biases(network, COUNTS)
    (head,) = network.modules_behind("label")
    found = head.bias.softmax(0)  # type: ignore[union-attr,operator]
    torch.testing.assert_close(found, torch.tensor([910.0, 90.0, 10.0]) / 1010)


def test_a_class_that_never_occurs_has_a_bias_that_is_a_number() -> None:
    network = build_network(NetworkSettings("quicknatv2", 3, filters=4, kernel=3))
    set_initial_biases(network, torch.tensor([10**12, 0, 0]))
    assert all(torch.isfinite(parameter).all() for parameter in network.parameters())
