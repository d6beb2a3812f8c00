"""Steps in bfloat16 against steps in float32, on the CPU, which has both."""

import math

import pytest
import torch

from acenet.inputs.stacks import Batch, normalise
from acenet.networks import NetworkSettings, build_network
from acenet.training.loop import train_step
from acenet.training.optimizers import SGD
from acenet.training.precision import choose_precision, forward

SETTINGS = NetworkSettings("acenet", 6, s=1, skull=True, filters=8, dropout=0)


def batch() -> Batch:
    draw = torch.Generator().manual_seed(0)
    sizes = {"stack": ((2, 3, 32, 32), 256), "classes": ((2, 32, 32), 6), "brain": ((2, 32, 32), 2)}
    return Batch(*(torch.randint(0, n, s, generator=draw, dtype=torch.uint8) for s, n in sizes.values()))


def test_bfloat16_takes_nearly_the_same_steps() -> None:
    losses: dict[str, list[float]] = {}
    for precision in ("float32", "bfloat16"):
        torch.manual_seed(1)
        network = build_network(SETTINGS)
        optimizer = SGD(network.parameters(), rate=0.05, momentum=0.9, weight_decay=0)
        losses[precision] = [
            train_step(network, optimizer, batch(), 1.0, None, precision=precision) for _ in range(4)
        ]
        assert all(value.dtype == torch.float32 for value in network.parameters())
        assert all(math.isfinite(float(value.sum())) for value in network.state_dict().values())
    assert losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.03)
    assert losses["bfloat16"] != losses["float32"] and losses["bfloat16"][-1] < losses["bfloat16"][0]


def test_outputs_are_float32_in_either() -> None:
    network, stack = build_network(SETTINGS).eval(), normalise(batch().stack)
    with torch.no_grad():
        exact, rough = forward(network, stack, "float32"), forward(network, stack, "bfloat16")
    for one, other in zip(exact, rough, strict=True):
        assert one is not None and other is not None and other.dtype == torch.float32
        torch.testing.assert_close(other, one, rtol=0.1, atol=0.1 * float(one.abs().max()))
    assert torch.equal(exact.structures, network(stack).structures)


@pytest.mark.parametrize(
    ("capability", "hip", "taken"),
    [
        (
            (7, 5),
            None,
            "float32",
        ),  # T4, 2080 Ti: torch emulates bfloat16 there, and says that it is supported
        ((8, 0), None, "bfloat16"),
        ((9, 0), None, "bfloat16"),
        ((0, 0), "6.2", "bfloat16"),
    ],
)
def test_a_gpu_takes_bfloat16_where_it_computes_in_it(
    capability: tuple[int, int], hip: str | None, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[torch.device] = []
    monkeypatch.setattr(
        torch.cuda, "get_device_capability", lambda device: (asked.append(device), capability)[1]
    )
    monkeypatch.setattr(torch.version, "hip", hip)
    assert choose_precision(torch.device("cuda:1")) == taken
    assert choose_precision(torch.device("cpu")) == "float32"
    assert all(device.index == 1 for device in asked)
