"""Fair comparisons: the contestants in turn, in one process, and the ratio of what is paired."""

import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import torch

from acenet.device import device_name


@dataclass(frozen=True)
class Timing:
    """Seconds of one contestant, one for each round."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one, in seconds."""
        return statistics.median(self.seconds)

    def times_faster_than(self, other: "Timing") -> str:
        """How often it fits into the other's time: median of the rounds' ratios, and their range."""
        ratios = sorted(theirs / ours for ours, theirs in zip(self.seconds, other.seconds, strict=True))
        return f"{statistics.median(ratios):.2f} x ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def in_turn(
    contestants: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    device: torch.device | None = None,
    warm_up: bool = True,
) -> dict[str, Timing]:
    """Time each contestant once a round; a first round to `warm_up`, which fills caches, does not count.

    One thread of a CPU is timed by its own clock, which other programs do not slow; anything else by the wall's.
    """
    alone = torch.get_num_threads() == 1 and (device is None or device.type == "cpu")
    clock = time.process_time if alone else time.perf_counter
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(0 if warm_up else 1, rounds + 1):
        for name, run in contestants.items():
            _finish(device)
            started = clock()
            run()
            _finish(device)
            if turn:
                seconds[name].append(clock() - started)
    return {name: Timing(tuple(values)) for name, values in seconds.items()}


def in_turn_apart(
    contestants: Mapping[str, Callable[..., Callable[[], object]]], *arguments: Any, rounds: int
) -> dict[str, Timing]:
    """As `in_turn`, each contestant in a process of its own, so that none gains by the other's settings.

    A contestant is a function of a module, which takes the arguments, sets its process up and returns what is timed.
    """
    spawning, pipes = get_context("spawn"), {}
    for name, prepare in contestants.items():
        pipes[name], end = spawning.Pipe()
        spawning.Process(target=_serve, args=(prepare, arguments, end), daemon=True).start()
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        for name, pipe in pipes.items():
            pipe.send(None)
            taken = pipe.recv()
            if turn:
                seconds[name].append(taken)
    return {name: Timing(tuple(values)) for name, values in seconds.items()}


def _serve(
    prepare: Callable[..., Callable[[], object]], arguments: tuple[Any, ...], pipe: Connection
) -> None:
    run = prepare(*arguments)
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    while True:
        pipe.recv()
        started = clock()
        run()
        pipe.send(clock() - started)


def _finish(device: torch.device | None) -> None:
    if device is not None and device.type == "cuda":
        torch.cuda.synchronize(device)


def machine(device: torch.device) -> str:
    """What everything was measured on, for the first line of a benchmark's output."""
    threads = torch.get_num_threads()
    return (
        f"{device_name(device)}, {threads} thread{'s' * (threads > 1)}, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}"
    )


def show(timings: Mapping[str, Timing], *, against: str, per: int = 1, unit: str = "s") -> None:
    """One line per contestant: seconds per `unit`, and how much faster than the one called `against`."""
    for name, timing in timings.items():
        ratio = (
            "" if name == against else f", {timing.times_faster_than(timings[against])} faster than {against}"
        )
        print(f"  {name}: {timing.median / per:.3f} s per {unit}{ratio}", flush=True)
