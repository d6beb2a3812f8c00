"""The released ACEnet as docs/fidelity.md describes it, in plain torch modules with the released names.

The yardstick of tests (equal outputs for equal weights) and of benchmarks (what the authors' forward pass computes,
in the order and memory layout in which a reader of the paper would write it).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class CSE(nn.Module):
    """Gate of channels from their means."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(channels, channels // 2)
        self.fc2 = nn.Linear(channels // 2, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(N, F, H, W) to the same shape."""
        means = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return x * torch.sigmoid(self.fc2(F.relu(self.fc1(means))))[:, :, None, None]


class SSE(nn.Module):
    """Gate of pixels from a 1 x 1 convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, F, H, W) to the same shape."""
        return x * torch.sigmoid(self.conv(x))


class SELayer(nn.Module):
    """The larger of both."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.cSE, self.sSE = CSE(channels), SSE(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(N, F, H, W) to the same shape."""
        return torch.max(self.cSE(x), self.sSE(x))


class Dense(nn.Module):
    """Dense block; its SELayer is created also where nobody calls it."""

    def __init__(self, inputs: int, filters: int, kernel: int) -> None:
        super().__init__()
        self.SELayer = SELayer(filters)
        self.conv1 = nn.Conv2d(inputs, filters, kernel, padding=kernel // 2)
        self.conv2 = nn.Conv2d(inputs + filters, filters, kernel, padding=kernel // 2)
        self.conv3 = nn.Conv2d(inputs + 2 * filters, filters, 1)
        self.batchnorm1 = nn.BatchNorm2d(inputs)
        self.batchnorm2 = nn.BatchNorm2d(inputs + filters)
        self.batchnorm3 = nn.BatchNorm2d(inputs + 2 * filters)
        self.prelu = nn.PReLU()

    def dense(self, x: Tensor) -> Tensor:
        """(N, c, H, W) to (N, F, H, W)."""
        a = self.conv1(self.prelu(self.batchnorm1(x)))
        b = self.conv2(self.prelu(self.batchnorm2(torch.cat((x, a), 1))))
        return self.conv3(self.prelu(self.batchnorm3(torch.cat((x, a, b), 1))))


class Down(Dense):
    """Encoder block."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(N, c, H, W) to pooled, skip and indices."""
        skip = F.dropout2d(self.SELayer(self.dense(x)), 0.1, self.training)
        pooled, indices = F.max_pool2d(skip, 2, return_indices=True)
        return pooled, skip, indices


class Up(Dense):
    """Decoder block."""

    def forward(self, x: Tensor, skip: Tensor, indices: Tensor) -> Tensor:
        """(N, c, H, W) to (N, F, 2H, 2W)."""
        joined = torch.cat((skip, F.max_unpool2d(x, indices, 2)), 1)
        return F.dropout2d(self.SELayer(self.dense(joined)), 0.1, self.training)


class EncModule(nn.Module):
    """Context encoder."""

    def __init__(self, inputs: int, filters: int, outputs: int) -> None:
        super().__init__()
        self.encoding = nn.Sequential(
            nn.Conv2d(inputs, filters, 1, bias=False), nn.BatchNorm2d(filters), nn.ReLU()
        )
        self.fc = nn.Sequential(nn.Linear(filters, filters), nn.Sigmoid())
        self.selayer = nn.Linear(filters, outputs)

    def forward(self, bottleneck: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Gated features (N, F, H, W) and presence (N, C)."""
        vector = self.encoding(bottleneck).mean((2, 3))
        return F.relu(features + features * self.fc(vector)[:, :, None, None]), self.selayer(vector)


class ReleasedNetwork(nn.Module):
    """Outputs fused (N, C, H, W), label (N, C, H, W), skull (N, 2, H, W) and presence (N, C).

    With `parallel`, a second encoder (encode1 to encode4) sees the stack's centre slice alone.
    """

    def __init__(
        self, outputs: int, s: int, *, parallel: bool = False, filters: int = 64, kernel: int = 5
    ) -> None:
        super().__init__()
        self.s, self.parallel = s, parallel
        names = ["encode3D", "encode"] if parallel else ["encode3D"]
        for name, inputs in zip(names, (2 * s + 1, 1), strict=False):
            for level, width in enumerate((inputs, filters, filters, filters), start=1):
                setattr(self, f"{name}{level}", Down(width, filters, kernel))
        self.bottleneck3D = Dense(filters, filters, kernel)
        if parallel:
            self.bottleneck = Dense(filters, filters, kernel)
        joined = 2 * filters if parallel else filters
        self.decode4 = Up(joined + filters, filters, kernel)
        self.decode3 = Up(2 * filters, filters, kernel)
        self.decode2 = Up(2 * filters, filters, kernel)
        self.decode1 = Up(2 * filters, filters, kernel)
        self.decode0 = Up(2 * filters, filters, kernel)
        self.encmodule = EncModule(joined, filters, outputs)
        self.conv6 = nn.Sequential(nn.Dropout2d(0.1), nn.Conv2d(filters, outputs, 1))
        self.conv7 = nn.Sequential(nn.Dropout2d(0.1), nn.Conv2d(filters, 2, 1))
        self.conv8 = nn.Conv2d(filters, outputs, 1)

    def forward(self, stack: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(N, 2s+1, H, W), centre slice in channel s."""
        skips, indices, bottom = self._encode("encode3D", stack)
        bottleneck, deepest = self.bottleneck3D.dense(bottom), indices[3]
        if self.parallel:
            skips, indices, bottom = self._encode("encode", stack[:, self.s : self.s + 1])
            bottleneck = torch.cat((self.bottleneck.dense(bottom), bottleneck), 1)
            deepest = torch.cat((indices[3], deepest), 1)
        d4 = self.decode4(bottleneck, skips[3], deepest)
        d3 = self.decode3(d4, skips[2], indices[2])
        d2 = self.decode2(d3, skips[1], indices[1])
        d1 = self.decode1(d2, skips[0], indices[0])
        d0 = self.decode0(d2, skips[0], indices[0])
        gated, presence = self.encmodule(bottleneck, d1)
        return self.conv8(gated * d0), self.conv6(gated), self.conv7(d0), presence

    def _encode(self, name: str, x: Tensor) -> tuple[list[Tensor], list[Tensor], Tensor]:
        skips, indices = [], []
        for level in range(1, 5):
            x, skip, index = getattr(self, f"{name}{level}")(x)
            skips.append(skip)
            indices.append(index)
        return skips, indices, x
