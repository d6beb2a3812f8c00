"""Dropout at test time, and agreement of samples by hand."""

import numpy as np
import pytest
import torch

from acenet.errors import InputError
from acenet.networks import NetworkSettings, build_network
from acenet.segment.uncertainty import compare_samples, seeded, with_dropout


def test_samples_by_hand() -> None:
    """Class 1: 4, 2 and 0 voxels; class 2: none; class 3: 2, 2, 2, of which the last lies elsewhere."""
    samples = [
        np.array([1, 1, 1, 1, 3, 3, 0, 0], np.uint8).reshape(2, 2, 2),
        np.array([1, 1, 0, 0, 3, 3, 0, 0], np.uint8).reshape(2, 2, 2),
        np.array([0, 0, 0, 0, 0, 0, 3, 3], np.uint8).reshape(2, 2, 2),
    ]
    found = compare_samples(samples, 4)
    np.testing.assert_allclose(found.volume_cv[1:], [2 / 2, np.nan, 0])
    np.testing.assert_allclose(found.agreement[1:], [(4 / 6 + 0 + 0) / 3, np.nan, (1 + 0 + 0) / 3])


def test_pairs_without_the_structure_do_not_count() -> None:
    empty, there = np.zeros((2, 2, 2), np.uint8), np.ones((2, 2, 2), np.uint8)
    assert compare_samples([empty, empty, there], 2).agreement[1] == 0
    assert compare_samples([there, there], 2).agreement[1] == 1


def test_one_sample_says_nothing() -> None:
    with pytest.raises(InputError, match="at least 2 samples"):
        compare_samples([np.zeros((2, 2, 2), np.uint8)], 2)


def test_dropout_stays_on_in_a_copy_alone() -> None:
    torch.manual_seed(0)
    network = build_network(
        NetworkSettings("acenet", 4, s=1, skull=True, filters=4, kernel=3, dropout=0.3)
    ).eval()
    sampling, seen = with_dropout(network).eval(), torch.randn(1, 3, 16, 16)
    with torch.inference_mode():
        samples = [sampling(seen).structures for _ in range(6)]  # two may drop all that makes them differ
        assert not all(torch.equal(sample, samples[0]) for sample in samples)
        assert torch.equal(network(seen).structures, network(seen).structures)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert all(torch.equal(value, sampling.state_dict()[name]) for name, value in before.items())


def test_networks_without_dropout_cannot_be_asked() -> None:
    network = build_network(NetworkSettings("acenet", 4, filters=4, kernel=3, dropout=0.0))
    with pytest.raises(InputError, match="trained with dropout"):
        with_dropout(network)


def test_seeds_reach_the_device_in_use_and_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a GPU's memory does not suffice, samples are drawn on the CPU, by the same seed."""
    entered: list[object] = []

    class Current:
        def __init__(self, device: torch.device) -> None:
            self.device = device

        def __enter__(self) -> None:
            entered.append(self.device)

        def __exit__(self, *_: object) -> None:
            entered.append("left")

    monkeypatch.setattr(torch.cuda, "device", Current)
    monkeypatch.setattr(torch.cuda, "manual_seed", entered.append)
    drawn = []
    for device in ("cpu", "cuda:1"):
        with torch.random.fork_rng(devices=[]):
            seeded(7, torch.device(device))
            drawn.append(torch.rand(3))
    assert torch.equal(*drawn)
    assert entered == [torch.device("cuda:1"), 7, "left"]
