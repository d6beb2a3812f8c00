"""Parameter counts of a small network, counted by hand."""

import torch
from torch import nn

from acenet.networks.parameters import count_parameters, used_parameters


class Network(nn.Module):
    """A layer used, one used twice, one never called."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 3, 3)  # 3 * 9 + 3 = 30
        self.twice = nn.Conv2d(3, 3, 1)  # 9 + 3 = 12
        self.unused = nn.Linear(5, 2)  # 10 + 2 = 12
        self.norm = nn.BatchNorm2d(3)  # 6
        self.norm.eval()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.norm(self.twice(self.twice(self.first(images))))


def test_all_and_used_parameters() -> None:
    model, images = Network().train(), torch.ones(1, 1, 5, 5)
    model.norm.eval()
    means = model.norm.running_mean.clone()
    assert count_parameters(model) == 60
    assert used_parameters(model, images) == 48
    assert model.training and not model.norm.training
    assert torch.equal(model.norm.running_mean, means)
    assert not any(module._forward_hooks for module in model.modules())
