"""Classes put on and taken off: the same objects, whatever happens within the block."""

import copy

import pytest
import torch
from torch import Tensor, nn

from acenet.engine.swap import Substitute, plain_class, substituted


class Doubled(Substitute, nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * super().forward(x)


class Trebled(Substitute, nn.Linear):
    @classmethod
    def suits(cls, module: nn.Module) -> bool:
        return isinstance(module, nn.Linear) and module.bias is None

    def forward(self, x: Tensor) -> Tensor:
        return 3 * super().forward(x)


class OwnLinear(nn.Linear):
    """Of a class that no table knows."""


def small() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2), OwnLinear(2, 2))


def kinds(network: nn.Module) -> list[type[nn.Module]]:
    return [type(module) for module in network.modules()]


PLAIN = [nn.Sequential, nn.Linear, nn.Linear, OwnLinear]


def test_weights_names_and_hooks_stay_and_the_forward_pass_is_the_substitutes() -> None:
    network, x, seen = small(), torch.randn(3, 2), []
    first = network[0](x)
    before = network.state_dict()
    network[0].register_forward_hook(lambda module, inputs, output: seen.append(type(module)))
    with substituted(network, {nn.Linear: Doubled}):
        assert kinds(network) == [nn.Sequential, Doubled, Doubled, OwnLinear]
        assert torch.equal(network[0](x), 2 * first)
        assert list(network.state_dict()) == list(before)
        assert all(
            tensor is before[name] or torch.equal(tensor, before[name])
            for name, tensor in network.state_dict().items()
        )
    assert kinds(network) == PLAIN and torch.equal(network[0](x), first)
    assert seen == [Doubled, nn.Linear]


def test_what_a_substitute_does_not_suit_stays_as_it_is() -> None:
    network = small()
    with substituted(network, {nn.Linear: Trebled}):
        assert kinds(network) == [nn.Sequential, Trebled, nn.Linear, OwnLinear]


def test_the_inner_of_two_blocks_counts_alone() -> None:
    network = small()
    with substituted(network, {nn.Linear: Doubled}):
        with substituted(network, {nn.Linear: Trebled}):
            assert kinds(network) == [nn.Sequential, Trebled, nn.Linear, OwnLinear]
            assert [plain_class(module) for module in network.modules()] == PLAIN
        assert kinds(network) == [nn.Sequential, Doubled, Doubled, OwnLinear]
        with substituted(network, {}):
            assert kinds(network) == PLAIN
    assert kinds(network) == PLAIN


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_classes_are_back_after_an_error(error: type[BaseException]) -> None:
    network = small()
    with pytest.raises(error), substituted(network, {nn.Linear: Doubled}):
        raise error
    assert kinds(network) == PLAIN


def test_a_substitute_that_fails_to_be_put_on_leaves_no_other_behind() -> None:
    class Stubborn(Doubled):
        @classmethod
        def suits(cls, module: nn.Module) -> bool:
            assert isinstance(module, nn.Linear)
            if module.bias is not None:
                raise ValueError
            return True

    network = small()
    with pytest.raises(ValueError), substituted(network, {nn.Linear: Stubborn}):
        pass
    assert kinds(network) == PLAIN


def test_a_network_can_be_copied_within_and_without() -> None:
    network, x = small(), torch.randn(3, 2)
    plain = network(x)
    with substituted(network, {nn.Linear: Doubled}):
        within, expected = copy.deepcopy(network), network(x)
    assert torch.equal(within(x), expected) and torch.equal(copy.deepcopy(network)(x), plain)
    with substituted(within, {}):
        assert torch.equal(within(x), plain)
