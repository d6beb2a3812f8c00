"""Every network of the register under every mode, against the plain network in double precision."""

import ast
import copy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import acenet.networks
from acenet.engine import prediction
from acenet.engine.equal_pixels import EqualMaxPool
from acenet.engine.fourier_convolution import FourierConv2d, has_nnpack
from acenet.engine.head_box import HeadBox
from acenet.engine.head_only import HeadOnly, classify_part
from acenet.engine.modes import OF_NETWORKS, for_evaluation, for_prediction, for_training
from acenet.engine.operations import QuickPReLU, TrainedSE
from acenet.engine.prediction import PredictedDenseBlock
from acenet.engine.swap import Substitute
from acenet.networks import NETWORKS, NetworkSettings, build_network
from acenet.networks.blocks import MaxPool
from acenet.networks.outputs import Outputs, SegmentationNetwork
from acenet.system.device import set_deterministic

VARIANTS = [
    NetworkSettings("quicknat", 6, filters=8),
    NetworkSettings("quicknatv2", 139, filters=8),
    NetworkSettings("acenet", 6, s=2, filters=8),
    NetworkSettings("acenet", 139, s=1, skull=True, filters=8),
    NetworkSettings("acenet", 6, s=1, parallel=True, skull=True, filters=6, kernel=3),
    NetworkSettings("ffce-conv2", 6, filters=8),
    NetworkSettings("ffce-dense2", 6, filters=8),
    NetworkSettings("ffce-fused", 6, s=2, filters=8),
    NetworkSettings("sdnet", 6, filters=8),
    NetworkSettings("sdnet-small", 6, filters=8),
    NetworkSettings("unet2d", 6, filters=8),
    NetworkSettings("unet2d-literal", 6, filters=4),
    NetworkSettings("unet3d", 6, filters=4, patch=16),
]
NAMES = [f"{s.arch}{'-skull' * s.skull}{'-two' * s.parallel}" for s in VARIANTS]
MODES = {"training": for_training, "evaluation": for_evaluation, "prediction": for_prediction}
Mode = Callable[[nn.Module], AbstractContextManager[None]]

every_network = pytest.mark.parametrize("settings", VARIANTS, ids=NAMES)
every_mode = pytest.mark.parametrize("mode", MODES.values(), ids=MODES)


@pytest.fixture(params=["small", "large"])
def _slices(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same slices as small ones, whose blocks are left to torch, and as large ones."""
    if request.param == "large":
        monkeypatch.setattr(prediction, "LARGE_SLICE", 1)
        monkeypatch.setattr(prediction, "LARGE_BATCH", 1)


def noise(settings: NetworkSettings, *side: int) -> Tensor:
    sides = (16, 16, 16) if settings.patch else (side or (64, 48))
    return torch.randn(2, settings.channels if len(sides) == 2 else 1, *sides)


def stripped(settings: NetworkSettings) -> Tensor:
    """Constant but for a blob, as around a stripped brain: features are equal in many places."""
    x = noise(settings, 64, 96)
    around = torch.ones(x.shape[-2:], dtype=torch.bool)
    around[4:10, 3:13] = False
    if not settings.patch:
        around[16:40, 24:70] = False
    return x.masked_fill(around, -1.0)


def seasoned(settings: NetworkSettings, seed: int = 4) -> SegmentationNetwork:
    """A network in evaluation mode whose statistics have seen data."""
    torch.manual_seed(seed)
    network = build_network(settings)
    with torch.no_grad():
        for _ in range(3):
            network(noise(settings, 32, 48))
    return network.eval()


def exactly(network: SegmentationNetwork, x: Tensor) -> Outputs:
    """By the plain network in double precision."""
    with torch.no_grad():
        outputs: Outputs = copy.deepcopy(network).double()(x.double())
    return outputs


def pairs(found: Outputs, wanted: Outputs) -> Iterator[tuple[Tensor, Tensor]]:
    for one, other in zip(found, wanted, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            yield one.double(), other


def test_every_network_of_the_register_is_here() -> None:
    assert {settings.arch for settings in VARIANTS} == set(NETWORKS)
    assert set(OF_NETWORKS) <= {one.module for one in NETWORKS.values()}


@every_network
@every_mode
@pytest.mark.usefixtures("_slices")
def test_outputs_are_those_of_the_plain_network(settings: NetworkSettings, mode: Mode) -> None:
    network, x = seasoned(settings), noise(settings)
    wanted = exactly(network, x)
    with torch.inference_mode(), mode(network):
        found, (classes, brain) = network(x), network.classify(x)
    for one, other in pairs(found, wanted):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4 * float(other.abs().max()))
    best, second = wanted.structures.topk(2, dim=1).values.unbind(1)
    clear = best - second > 1e-4 * best.abs().max()
    assert (
        torch.equal(classes[clear], wanted.structures.argmax(1).byte()[clear]) and clear.float().mean() > 0.9
    )
    assert classes.dtype == torch.uint8 and (brain is None) == (wanted.skull is None)
    if brain is not None and wanted.skull is not None:
        assert (brain == wanted.skull.argmax(1)).float().mean() > 0.99


@every_network
@pytest.mark.usefixtures("_slices")
@pytest.mark.parametrize("mode", [for_evaluation, for_prediction], ids=["evaluation", "prediction"])
@pytest.mark.parametrize("without", [torch.no_grad, torch.inference_mode])
def test_rounding_does_not_decide_between_equal_values(
    settings: NetworkSettings, mode: Mode, without: Callable[[], AbstractContextManager[None]]
) -> None:
    """Whatever torch's global mode is; at most few pixels, where different values lie within rounding."""
    network = seasoned(settings, seed=2)
    x = stripped(settings)
    wanted = exactly(network, x)
    with without(), mode(network):
        found = network(x)
    for one, other in pairs(found, wanted):
        scale = float(other.abs().max())
        assert (one - other).abs().max() < 1e-2 * scale
        assert ((one - other).abs() > 1e-4 * scale).double().mean() < 2e-3


@every_network
@pytest.mark.parametrize("deterministic", [False, True])
def test_gradients_are_those_of_the_plain_network(settings: NetworkSettings, deterministic: bool) -> None:
    torch.manual_seed(4)
    network, x = build_network(settings), noise(settings)
    exact = copy.deepcopy(network).double()

    def gradients(network: SegmentationNetwork, x: Tensor) -> list[Tensor | None]:
        torch.manual_seed(9)
        sum(t.square().mean() * (i + 1) for i, t in enumerate(network(x)) if t is not None).backward()  # type: ignore[union-attr]
        return [parameter.grad for parameter in network.parameters()]

    for module in (*network.modules(), *exact.modules()):
        if isinstance(module, nn.Dropout2d):
            module.p = 0.0  # its draws depend on the precision
    set_deterministic(deterministic)
    try:
        with for_training(network):
            found = gradients(network, x)
    finally:
        set_deterministic(False)
    wanted = gradients(exact, x.double())
    largest = max(float(g.abs().max()) for g in wanted if g is not None)
    for one, other in zip(found, wanted, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            torch.testing.assert_close(one.double(), other, rtol=1e-2, atol=1e-3 * largest)


@every_network
@every_mode
def test_the_network_is_left_as_it_was(settings: NetworkSettings, mode: Mode) -> None:
    """Also where a module fails in the midst of a forward pass."""
    network, x = seasoned(settings), stripped(settings)
    kinds, state = [type(module) for module in network.modules()], network.state_dict()
    attributes = [set(module.__dict__) for module in network.modules()]

    def fail(module: nn.Module, inputs: object) -> None:
        raise ZeroDivisionError

    with torch.no_grad():
        before = network(x).structures
        with mode(network):
            found = network(x).structures
            assert any(isinstance(module, Substitute) for module in network.modules())
            assert list(network.state_dict()) == list(state)
            assert torch.equal(copy.deepcopy(network)(x).structures, found)
        last = [module for module in network.modules() if isinstance(module, MaxPool)][-1]
        with last.register_forward_pre_hook(fail), pytest.raises(ZeroDivisionError), mode(network):
            network(x)
        assert torch.equal(network(x).structures, before)
    assert [type(module) for module in network.modules()] == kinds
    assert [set(module.__dict__) for module in network.modules()] == attributes
    assert torch.equal(copy.deepcopy(network)(x).structures, before)


@every_network
def test_hooks_are_called_with_what_the_definition_says(settings: NetworkSettings) -> None:
    """In training and in evaluation; prediction, which works on whole blocks, calls fewer of them."""
    network, x = seasoned(settings), noise(settings)

    def shapes(mode: Mode | None) -> list[tuple[str, list[tuple[int, ...]]]]:
        seen: list[tuple[str, list[tuple[int, ...]]]] = []
        handles = [
            module.register_forward_pre_hook(
                lambda _, inputs, name=name: seen.append(
                    (name, [tuple(one.shape) for one in inputs if isinstance(one, Tensor)])
                )
            )
            for name, module in network.named_modules()
        ]
        with torch.no_grad():
            if mode is None:
                network(x)
            else:
                with mode(network):
                    network(x)
        for handle in handles:
            handle.remove()
        return seen

    plain = shapes(None)
    assert shapes(for_training) == plain and shapes(for_evaluation) == plain
    assert {name for name, _ in shapes(for_prediction)} <= {name for name, _ in plain}


def kinds_within(network: nn.Module, mode: Mode) -> set[type]:
    with mode(network):
        return {type(module) for module in network.modules() if isinstance(module, Substitute)}


def test_which_mode_puts_on_what() -> None:
    network = seasoned(NetworkSettings("acenet", 6, s=1, skull=True, filters=8))
    assert {FourierConv2d, QuickPReLU, TrainedSE} < kinds_within(network, for_training)
    assert {FourierConv2d, EqualMaxPool} < kinds_within(network, for_evaluation)
    assert PredictedDenseBlock not in kinds_within(network, for_evaluation)
    assert {FourierConv2d, EqualMaxPool, PredictedDenseBlock} < kinds_within(network, for_prediction)
    with torch.autocast("cpu", torch.bfloat16):
        assert not kinds_within(network, for_prediction) and not kinds_within(network, for_evaluation)
    meta = copy.deepcopy(network).to("meta")  # no CPU
    assert not kinds_within(meta, for_prediction) and not kinds_within(meta, for_evaluation)
    assert FourierConv2d not in kinds_within(meta, for_training) and TrainedSE in kinds_within(
        meta, for_training
    )
    network.double()
    assert not kinds_within(network, for_prediction) and not kinds_within(network, for_evaluation)


def test_prediction_is_for_evaluation_mode() -> None:
    network = build_network(NetworkSettings("sdnet", 6, filters=8))
    with pytest.raises(ValueError, match="evaluation mode"):
        for_prediction(network)


def test_a_network_that_saves_nothing_by_it_classifies_the_whole_for_a_part() -> None:
    settings, box = NetworkSettings("sdnet", 6, filters=8), HeadBox(8, 40, 16, 32)
    network, x = seasoned(settings), noise(settings)
    with torch.inference_mode(), for_prediction(network):
        assert not isinstance(network, HeadOnly)
        classes, brain, beyond = classify_part(network, x, box, None)
        assert torch.equal(classes, box.of(network.classify(x)[0])) and brain is beyond is None


@pytest.mark.skipif(not has_nnpack(), reason="this build of torch has no NNPACK")
def test_a_training_step_is_the_same_each_time() -> None:
    settings = NetworkSettings("acenet", 6, s=1, skull=True, filters=40)

    def weights() -> Tensor:
        torch.manual_seed(1)
        network = build_network(settings)
        optimizer = torch.optim.SGD(network.parameters(), lr=1e-2, momentum=0.9)
        x = torch.randn(1, settings.channels, 96, 96)
        with for_training(network):
            for _ in range(2):
                optimizer.zero_grad()
                network(x).structures.square().mean().backward()  # type: ignore[no-untyped-call]
                optimizer.step()
        return nn.utils.parameters_to_vector(network.parameters())

    assert torch.equal(weights(), weights())


def test_networks_know_no_engine() -> None:
    """The networks' modules import torch, each other, and of the package else only its errors and views."""
    folder = Path(acenet.networks.__file__).parent
    own = {Path(f"{name.rsplit('.', 1)[1]}.py") for name in {one.module for one in NETWORKS.values()}} | {
        Path("blocks.py"),
        Path("outputs.py"),
    }
    for path in own:
        tree = ast.parse((folder / path).read_text(encoding="utf-8"))
        imported = {
            name
            for node in ast.walk(tree)
            for name in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else []
            )
        }
        assert not {
            name for name in imported if name.startswith("acenet") and not name.startswith("acenet.networks")
        }, path
        allowed = {"acenet.networks", "acenet.networks.blocks", "acenet.networks.outputs"}
        allowed |= {one.module for one in NETWORKS.values()}
        assert {name for name in imported if name.startswith("acenet")} <= allowed, path
