"""Convolutions and their gradients by FFT against torch's direct ones, in turn on the same numbers.

    python -m benchmarks.convolution [--rounds 5] [--threads 1]

Errors are root mean squares, relative to the exact values, which come from torch in double precision. Shapes are those
of the networks: slices, channels, filters, side, kernel. What `acenet.engine` leaves to torch is marked.
"""

import argparse
import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from acenet.engine.fourier_convolution import fourier_convolution, suits_nnpack
from acenet.engine.fourier_weight_gradient import fourier_weight_gradient, suits_fourier
from acenet.system.device import keep_freed_memory, limit_threads
from benchmarks.measuring import in_turn, machine

SHAPES = [
    (2, 64, 64, 128, 5),
    (2, 192, 64, 128, 5),
    (1, 64, 64, 256, 5),
    (2, 64, 64, 64, 5),
    (2, 64, 64, 32, 5),
    (4, 32, 32, 96, 5),
    (2, 11, 64, 128, 5),
    (2, 64, 64, 128, 7),
]


def main() -> None:
    """Print the machine and two lines for each shape."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=1)
    options = arguments.parse_args()
    limit_threads(options.threads)
    keep_freed_memory()
    print(machine(torch.device("cpu")))
    for shape in SHAPES:
        n, channels, filters, side, kernel = shape
        torch.manual_seed(0)
        x, upstream = torch.randn(n, channels, side, side), torch.randn(n, filters, side, side)
        weight = torch.randn(filters, channels, kernel, kernel) / math.sqrt(channels * kernel**2)
        print(f"{n} x {channels} to {filters}, {side} x {side}, kernel {kernel}:")
        contest(
            "forward", direct_forward, fourier_forward, (x, weight),
            chosen=suits_nnpack(x, weight), rounds=options.rounds,
        )  # fmt: skip
        contest(
            "to the weights", direct_gradient, fourier_gradient, (x, upstream, weight),
            chosen=suits_fourier(x, upstream), rounds=options.rounds,
        )  # fmt: skip


def contest(
    what: str,
    direct: Callable[..., Tensor],
    fourier: Callable[..., Tensor],
    given: tuple[Tensor, ...],
    *,
    chosen: bool,
    rounds: int,
) -> None:
    """Print seconds, ratio and errors of both ways."""
    timings = in_turn({"direct": lambda: direct(*given), "fourier": lambda: fourier(*given)}, rounds=rounds)
    exact = direct(*(tensor.double() for tensor in given))
    scale = exact.square().mean()
    errors = [float(((way(*given) - exact).square().mean() / scale).sqrt()) for way in (direct, fourier)]
    print(
        f"  {what}: direct {timings['direct'].median * 1e3:.1f} ms, FFT {timings['fourier'].median * 1e3:.1f} ms, "
        f"{timings['fourier'].times_faster_than(timings['direct'])}; errors {errors[0]:.1e} and {errors[1]:.1e}"
        + ("" if chosen else "; left to torch")
    )


def direct_forward(x: Tensor, weight: Tensor) -> Tensor:
    """By torch."""
    return F.conv2d(x, weight, padding=weight.shape[2] // 2)


def fourier_forward(x: Tensor, weight: Tensor) -> Tensor:
    """By NNPACK."""
    return fourier_convolution(x, weight, None)


def direct_gradient(x: Tensor, upstream: Tensor, weight: Tensor) -> Tensor:
    """By torch."""
    padding = [weight.shape[2] // 2] * 2
    mask = [False, True, False]
    found: Tensor = torch.ops.aten.convolution_backward(
        upstream, x, weight, [0], [1, 1], padding, [1, 1], False, [0, 0], 1, mask
    )[1]
    return found


def fourier_gradient(x: Tensor, upstream: Tensor, weight: Tensor) -> Tensor:
    """By tiles."""
    return fourier_weight_gradient(x, upstream, weight.shape[2])


if __name__ == "__main__":
    main()
