"""Fair comparisons: the contestants in turn, in one process, and the ratio of what is paired."""

import argparse
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import torch

from acenet.system.device import choose_device, device_name, limit_threads


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


def command_line(description: str | None, *, rounds: int) -> argparse.ArgumentParser:
    """Options of every benchmark that can run on any device."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    return parser


def begin(options: argparse.Namespace) -> torch.device:
    """Keep to the threads asked for, choose the device, and print the machine."""
    limit_threads(options.threads)
    device = choose_device(options.device)
    print(machine(device))
    return device


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
    timed = {name: partial(_seconds, run, device) for name, run in contestants.items()}
    return _rounds(timed, rounds=rounds, warm_up=warm_up)


def in_turn_apart(
    contestants: Mapping[str, Callable[..., Callable[[], object]]],
    *arguments: Any,
    rounds: int,
    device: torch.device | None = None,
) -> dict[str, Timing]:
    """As `in_turn`, each contestant in a process of its own, so that none gains by the other's settings.

    A contestant is a function of a module, which takes the arguments, sets its process up and returns what is timed.
    """
    spawning, timed = get_context("spawn"), {}
    for name, prepare in contestants.items():
        pipe, end = spawning.Pipe()
        spawning.Process(target=_serve, args=(end, device, prepare, *arguments), daemon=True).start()
        end.close()  # so that a contestant that fails is not waited for
        timed[name] = partial(_ask, pipe)
    return _rounds(timed, rounds=rounds, warm_up=True)


def _ask(pipe: Connection) -> float:
    pipe.send(None)
    seconds: float = pipe.recv()
    return seconds


def _serve(
    pipe: Connection,
    device: torch.device | None,
    prepare: Callable[..., Callable[[], object]],
    *arguments: Any,
) -> None:
    run = prepare(*arguments)
    with suppress(EOFError):  # nobody asks any more
        while True:
            pipe.recv()
            pipe.send(_seconds(run, device))


def _rounds(timed: Mapping[str, Callable[[], float]], *, rounds: int, warm_up: bool) -> dict[str, Timing]:
    """Each contestant's own seconds, once a round and in turn."""
    if warm_up:
        for once in timed.values():
            once()
    seconds = [{name: once() for name, once in timed.items()} for _ in range(rounds)]
    return {name: Timing(tuple(one[name] for one in seconds)) for name in timed}


def _seconds(run: Callable[[], object], device: torch.device | None) -> float:
    alone = torch.get_num_threads() == 1 and (device is None or device.type == "cpu")
    clock = time.process_time if alone else time.perf_counter
    _finish(device)
    started = clock()
    run()
    _finish(device)
    return clock() - started


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
