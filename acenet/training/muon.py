"""Muon's update: momentum whose directions all count the same.

The kernel of a convolution, flattened, is a matrix: from the pixels of a patch to features. A few directions of its
gradient are much stronger than all others, and plain descent moves along these alone. Muon (Jordan, Jin, Boza, You,
Cesista, Newhouse and Bernstein: Muon, an optimizer for hidden layers in neural networks, 2024) takes the nearest matrix
with equal singular values in its place: U V^T for U S V^T. Newton and Schulz's iteration finds it by products alone,
and with the coefficients of that page ends with singular values between about 0.7 and 1.2, which is near enough.

It is for hidden layers. The kernels here are those that map several features to several, outside of the modules
behind a network's outputs; biases, slopes, normalisation, scSE, context encoder and heads are Adam's.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from acenet.networks.outputs import Outputs, SegmentationNetwork

STEPS = 5
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of that page: steep at 0, within 0.7..1.2 at 1
SMALLEST = 1e-14  # square of the norm below which a gradient counts as none

Convolution = nn.Conv2d | nn.Conv3d | nn.ConvTranspose2d | nn.ConvTranspose3d


def hidden_kernels(network: SegmentationNetwork) -> list[Tensor]:
    """Kernels of convolutions with more than one input and output, outside of the modules behind outputs."""
    behind_outputs = {
        id(module) for head in network.modules_behind(*Outputs._fields) for module in head.modules()
    }
    return [
        module.weight
        for module in network.modules()
        if isinstance(module, Convolution)
        and id(module) not in behind_outputs
        and min(module.in_channels, module.out_channels) > 1
    ]


def orthogonalised(matrices: Sequence[Tensor]) -> list[Tensor]:
    """Each tensor (n, ...), seen as a matrix of n rows, with singular values near 1; zero stays zero.

    With X = Q G, the iteration X <- (a + b X X^T + c (X X^T)^2) X never needs more than products of Gram matrices,
    which are small: those of one size are multiplied at once.
    """
    found = [matrix.flatten(1) for matrix in matrices]
    wide = [matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T for matrix in found]
    by_size: dict[int, list[int]] = {}
    for i, matrix in enumerate(wide):
        by_size.setdefault(matrix.shape[0], []).append(i)
    for numbers in by_size.values():
        factors = _whitening(torch.stack([wide[i] @ wide[i].T for i in numbers]))
        for i, factor in zip(numbers, factors, strict=True):
            wide[i] = factor @ wide[i]
    turned = zip(found, wide, matrices, strict=True)
    return [(new if old.shape == new.shape else new.T).reshape(shape.shape) for old, new, shape in turned]


def _whitening(gram: Tensor) -> Tensor:
    """Q (N, n, n) of Newton-Schulz for Gram matrices X X^T (N, n, n): Q X has singular values near 1."""
    a, b, c = COEFFICIENTS
    one = torch.eye(gram.shape[1], dtype=gram.dtype, device=gram.device)
    square = gram.diagonal(dim1=1, dim2=2).sum(1).clamp(min=SMALLEST)[:, None, None]  # of Frobenius' norm
    gram, factor = gram / square, one
    for _ in range(STEPS):
        step = a * one + b * gram + c * (gram @ gram)
        factor, gram = step @ factor, step @ gram @ step
    return factor / square.sqrt()


def spectral_scale(kernel: Tensor) -> float:
    """sqrt(max(1, rows / columns)): changes of features count the same whatever the kernel's shape (same source)."""
    rows = kernel.shape[0]
    return math.sqrt(max(1.0, rows * rows / kernel.numel()))
