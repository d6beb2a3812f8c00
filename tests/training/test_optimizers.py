"""The optimisers are torch's to the last bit, and Muon that of its page, where there is another to compare with."""

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from acenet.errors import InputError
from acenet.networks import NETWORKS, NetworkSettings, build_network
from acenet.networks.outputs import SegmentationNetwork
from acenet.training.muon import hidden_kernels, orthogonalised, spectral_scale
from acenet.training.optimizers import SGD, AdamW, Muon, Optimizer, Together, make_optimizer
from acenet.training.settings import TrainingSettings

NETWORK = NetworkSettings("acenet", 3, s=1, skull=True, filters=4, kernel=3, dropout=0)
SETTINGS = TrainingSettings(
    training="malc27/toy",
    network=NETWORK,
    epochs=1,
    batch=2,
    learning_rate=0.05,
    optimizer="sgd",
    class_weights=False,
    seed=1,
)


def parameters(seed: int = 0) -> list[nn.Parameter]:
    """Of several shapes; the third never has a gradient."""
    generator = torch.Generator().manual_seed(seed)
    shapes = [(4, 3, 5, 5), (7,), (2, 2), (1,), (16, 33)]
    return [nn.Parameter(torch.randn(shape, generator=generator)) for shape in shapes]


def give_gradients(*sets: list[nn.Parameter], step: int) -> None:
    generator = torch.Generator().manual_seed(100 + step)
    for i, first in enumerate(sets[0]):
        gradient = torch.randn(first.shape, generator=generator) * 10.0 ** (i - 2)
        for some in sets:
            some[i].grad = None if i == 2 else gradient.clone()


Build = Callable[[list[nn.Parameter]], Optimizer]
OURS: dict[str, Build] = {
    "sgd": lambda ps: SGD(ps, rate=0.3, momentum=0.9, weight_decay=1e-2),
    "adam": lambda ps: AdamW(ps, rate=0.3, betas=(0.9, 0.99), weight_decay=1e-2),
}
TORCHS: dict[str, Callable[[list[nn.Parameter]], torch.optim.Optimizer]] = {
    "sgd": lambda ps: torch.optim.SGD(ps, lr=0.3, momentum=0.9, weight_decay=1e-2, fused=True),
    "adam": lambda ps: torch.optim.AdamW(ps, lr=0.3, betas=(0.9, 0.99), weight_decay=1e-2, fused=True),
}


@pytest.mark.parametrize("name", OURS)
def test_steps_are_those_of_torchs_class_to_the_last_bit(name: str) -> None:
    ours, theirs = parameters(), parameters()
    mine, reference = OURS[name](ours), TORCHS[name](theirs)
    for step, factor in enumerate((1.0, 0.7, 0.31, 0.05, 1e-3)):
        give_gradients(ours, theirs, step=step)
        for group in reference.param_groups:
            group["lr"] = 0.3 * factor
        mine.step(factor)
        reference.step()
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert torch.equal(ours[2], parameters()[2])


@pytest.mark.parametrize("name", [*OURS, "muon"])
def test_a_state_that_was_saved_goes_on_as_if_it_had_not_been(name: str) -> None:
    build = OURS.get(name, lambda ps: Muon(ps, rate=0.1, momentum=0.7))
    some = [p for p in parameters() if p.ndim > 1]
    whole = build(some)
    for step in range(2):
        give_gradients(some, step=step)
        whole.step(0.5)
    again = [nn.Parameter(p.detach().clone()) for p in some]
    resumed = build(again)
    resumed.load_state_dict(copy.deepcopy(whole.state_dict()))
    for step in range(2, 5):
        give_gradients(some, again, step=step)
        whole.step(0.5)
        resumed.step(0.5)
    assert all(torch.equal(a, b) for a, b in zip(some, again, strict=True))


def test_a_loaded_state_is_not_shared() -> None:
    first, second = (OURS["adam"](parameters()) for _ in range(2))
    give_gradients(first.parameters, second.parameters, step=0)  # type: ignore[arg-type]
    first.step(1.0)
    held = copy.deepcopy(first.state_dict())
    second.load_state_dict(first.state_dict())
    second.step(1.0)
    for i, tensors in first.state_dict()["memory"].items():
        assert all(torch.equal(tensor, held["memory"][i][name]) for name, tensor in tensors.items())


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch has its own from 2.9 on")
@pytest.mark.parametrize("shape", [(16, 40), (40, 16), (8, 8), (1, 5)])
def test_muon_is_torchs_on_matrices(shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """torch's iterates in bfloat16, ours in the weights' own precision."""
    monkeypatch.setattr(torch.Tensor, "bfloat16", lambda tensor: tensor.clone())
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(shape, generator=generator, dtype=torch.float64)
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    mine = Muon([ours], rate=0.2, momentum=0.7)
    reference = torch.optim.Muon([theirs], lr=0.2, momentum=0.7, weight_decay=0.0, ns_steps=5)
    for factor in (1.0, 0.5, 0.25, 0.1):
        gradient = torch.randn(shape, generator=generator, dtype=torch.float64)
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        reference.param_groups[0]["lr"] = 0.2 * factor
        mine.step(factor)
        reference.step()
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("shape", [(16, 3, 5, 5), (16, 48, 1, 1), (24, 2), (4, 9, 3, 3, 3), (3, 3)])
def test_singular_values_of_an_update_are_near_one(shape: tuple[int, ...]) -> None:
    """Within what the coefficients give: the page says about 0.7 to 1.2 for all that are not tiny."""
    generator = torch.Generator().manual_seed(3)
    for scale in (1e-6, 1.0, 1e5):
        (found,) = orthogonalised([torch.randn(shape, generator=generator) * scale])
        values = torch.linalg.svdvals(found.flatten(1))
        assert found.shape == shape and values.min() > 0.65 and values.max() < 1.25


def test_the_singular_vectors_stay_and_what_is_zero_stays_zero() -> None:
    generator = torch.Generator().manual_seed(4)
    u, _ = torch.linalg.qr(torch.randn(6, 6, generator=generator, dtype=torch.float64))
    v, _ = torch.linalg.qr(torch.randn(20, 6, generator=generator, dtype=torch.float64))
    strengths = torch.tensor([1.0, 0.8, 0.5, 0.3, 0.2, 0.1], dtype=torch.float64)
    found, nothing = orthogonalised([u @ strengths.diag() @ v.T, torch.zeros(6, 20, dtype=torch.float64)])
    middle = u.T @ found @ v
    torch.testing.assert_close(middle - middle.diag().diag(), torch.zeros_like(middle), atol=1e-9, rtol=0)
    assert ((middle.diag() > 0.65) & (middle.diag() < 1.25)).all() and torch.equal(nothing, nothing * 0)


def test_one_step_of_the_iteration_by_hand() -> None:
    """A matrix with one singular value is that of a number: x <- a x + b x^3 + c x^5, from 1, five times."""
    x = 1.0
    for _ in range(5):
        x = 3.4445 * x - 4.7750 * x**3 + 2.0315 * x**5
    (found,) = orthogonalised([torch.tensor([[0.0, 30.0], [0.0, 0.0]], dtype=torch.float64)])
    torch.testing.assert_close(found, torch.tensor([[0.0, x], [0.0, 0.0]], dtype=torch.float64))


def test_tall_kernels_move_further() -> None:
    assert spectral_scale(torch.zeros(16, 4)) == 2 and spectral_scale(torch.zeros(4, 2, 3, 3)) == 1


def named(network: SegmentationNetwork, kernels: list[Tensor]) -> set[str]:
    ids = {id(kernel) for kernel in kernels}
    return {name for name, parameter in network.named_parameters() if id(parameter) in ids}


@pytest.mark.parametrize("arch", NETWORKS)
def test_hidden_kernels_are_those_of_convolutions_between_features(arch: str) -> None:
    """By the names that the networks give: no head, context encoder or scSE, and no kernel on a single slice."""
    known = NETWORKS[arch]
    network = build_network(
        NetworkSettings(
            arch, 5, s=known.s, skull=known.skull, parallel=known.parallel, filters=4, kernel=3,
            patch=16 if known.sees == "patch" else None,
        )
    )  # fmt: skip
    found = named(network, hidden_kernels(network))
    apart = ("head", "context", "scse")
    expected = {
        name
        for name, parameter in network.named_parameters()
        if parameter.ndim > 2 and not any(word in name for word in apart) and parameter.shape[1] > 1
    }
    assert found == expected and found


def test_the_first_layer_of_a_stack_is_hidden_and_that_of_one_slice_is_not() -> None:
    stack, single = (build_network(NetworkSettings("acenet", 2, s=s, filters=4, kernel=3)) for s in (2, 0))
    first = "encoder.blocks.0.dense.conv1.weight"
    assert first in named(stack, hidden_kernels(stack))
    assert first not in named(single, hidden_kernels(single))


@pytest.mark.parametrize("arch", NETWORKS)
def test_the_modules_behind_outputs_are_all_named(arch: str) -> None:
    known = NETWORKS[arch]
    settings = NetworkSettings(
        arch,
        5,
        s=known.s,
        skull=known.skull,
        filters=4,
        kernel=3,
        patch=16 if known.sees == "patch" else None,
    )
    network = build_network(settings)
    shape = (2, 1, 16, 16, 16) if settings.patch else (2, settings.channels, 32, 32)
    outputs = network(torch.randn(shape))
    there = [name for name in outputs._fields if getattr(outputs, name) is not None]
    assert len(network.modules_behind(*there)) == len(there)
    assert network.modules_behind(*outputs._fields) == network.modules_behind(*there)


def kinds(optimizer: Together) -> list[type]:
    return [type(part) for part in optimizer.parts]


def test_each_parameter_is_moved_by_one_optimiser_with_the_papers_momentum_and_decay() -> None:
    network = build_network(NETWORK)
    for name, expected in (("sgd", [SGD]), ("adam", [AdamW]), ("muon", [AdamW, Muon])):
        optimizer = make_optimizer(network, replace(SETTINGS, optimizer=name, muon_rate=0.1))
        assert kinds(optimizer) == expected
        moved = [id(parameter) for part in optimizer.parts for parameter in part.parameters]
        assert sorted(moved) == sorted(map(id, network.parameters()))
        first = optimizer.parts[0]
        assert first.rate == 0.05 and first.weight_decay == 1e-4  # type: ignore[attr-defined]
        assert getattr(first, "momentum", 0.9) == 0.9 and getattr(first, "betas", (0.9, 0.99)) == (0.9, 0.99)
    assert optimizer.parts[1].rate == 0.1 and optimizer.parts[1].momentum == 0.7  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "rate"), [("lion", 0.1), ("muon", None)])
def test_what_is_no_optimiser_is_refused(name: str, rate: float | None) -> None:
    with pytest.raises(InputError, match=f"optimizer: expected sgd, adam, or muon with a rate; found {name}"):
        make_optimizer(build_network(NETWORK), replace(SETTINGS, optimizer=name, muon_rate=rate))
