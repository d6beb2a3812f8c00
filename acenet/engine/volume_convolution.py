"""Convolutions of volumes on a CPU with the channels of a voxel side by side in memory.

oneDNN's kernels for few channels take a third to two thirds of the time so; and torch leaves batches of one volume to
kernels that are up to ten times slower than oneDNN's. Values differ by rounding.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from acenet.engine.swap import Substitute

BESIDE = torch.channels_last_3d


class ChannelsLastConv3d(Substitute, nn.Conv3d):
    """`nn.Conv3d` by oneDNN, channels last; what it gives lies so, too."""

    @classmethod
    def suits(cls, module: nn.Module) -> bool:
        """Whether oneDNN is there, and the padding is of zeros and so many on either side."""
        assert isinstance(module, nn.Conv3d)
        plain = module.padding_mode == "zeros" and not isinstance(module.padding, str)
        there: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        return plain and there

    def forward(self, x: Tensor) -> Tensor:
        """(N, c, X, Y, Z) to (N, C, X, Y, Z)."""
        x, weight = x.contiguous(memory_format=BESIDE), self.weight.contiguous(memory_format=BESIDE)
        padding, stride, dilation, groups = self.padding, self.stride, self.dilation, self.groups
        if torch.is_grad_enabled():
            return F.conv3d(x, weight, self.bias, stride, padding, dilation, groups)
        assert not isinstance(padding, str)  # see `suits`
        return torch.mkldnn_convolution(x, weight, self.bias, padding, stride, dilation, groups)
