"""States of unfinished runs: resumed by the very same run only, and whole whenever the run is killed."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from acenet.files.sealed import read_sealed, write_sealed
from acenet.training.checkpoint import Checkpoints, differences, identity_digest, run_identity

THIS = {"epochs": "3", "seed": "1"}


def state(epoch: int = 2) -> dict[str, object]:
    log = [{"epoch": k + 1, "loss": 0.5} for k in range(epoch)]
    best = {"dice": -1.0, "state": None}
    return {
        "epoch": epoch,
        "network": {"w": torch.arange(3.0) + epoch},
        "optimizer": {},
        "average": {},
        "log": log,
        "best": best,
    }


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_state_comes_back(tmp_path: Path) -> None:
    here = Checkpoints(tmp_path / "run", THIS)
    assert here.load() is None
    here.save(state())
    loaded = here.load()
    assert loaded is not None and loaded["epoch"] == 2 and loaded["log"] == state()["log"]
    assert torch.equal(loaded["network"]["w"], torch.arange(3.0) + 2)
    here.clear()
    here.clear()
    assert here.load() is None and files(tmp_path / "run") == set()


def test_the_last_two_states_are_kept(tmp_path: Path) -> None:
    here = Checkpoints(tmp_path, THIS)
    for epoch in (1, 2, 3):
        here.save(state(epoch))
    assert files(tmp_path) == {"last.pt", "previous.pt"}
    assert [read_sealed(path).content["epoch"] for path in (here.path, here.previous)] == [3, 2]


def spoil(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how == "truncated":
        path.write_bytes(content[:-100])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "flipped":
        path.write_bytes(content[:500] + bytes([content[500] ^ 1]) + content[501:])
    elif how == "foreign":
        write_sealed(path, torch.arange(3))
    elif how == "unsealed":
        torch.save({"identity": THIS, **state()}, path)


@pytest.mark.parametrize("how", ["truncated", "empty", "flipped", "foreign", "unsealed"])
def test_a_damaged_state_is_set_aside_and_the_previous_one_resumed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    here = Checkpoints(tmp_path, THIS)
    here.save(state(1))
    here.save(state(2))
    spoil(here.path, how)
    before = here.path.read_bytes()
    with caplog.at_level(logging.INFO, "acenet"):
        loaded = here.load()
    assert (
        loaded is not None
        and loaded["epoch"] == 1
        and torch.equal(loaded["network"]["w"], torch.arange(3.0) + 1)
    )
    assert (
        "last.pt is not resumed: it is damaged or no state" in caplog.text
        and "trying previous.pt" in caplog.text
    )
    assert "resuming after epoch 1" in caplog.text
    assert (tmp_path / "set-aside-last.pt").read_bytes() == before
    here.save(state(2))
    assert files(tmp_path) == {"last.pt", "previous.pt", "set-aside-last.pt"}


def test_without_any_whole_state_the_run_starts_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    here = Checkpoints(tmp_path, THIS)
    here.save(state(1))
    here.save(state(2))
    for path in (here.path, here.previous):
        spoil(path, "truncated")
    with caplog.at_level(logging.WARNING, "acenet"):
        assert here.load() is None
    assert "starting anew" in caplog.text and files(tmp_path) == {
        "set-aside-last.pt",
        "set-aside-previous.pt",
    }


def test_another_runs_state_is_refused_with_what_differs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = Checkpoints(tmp_path, {"epochs": "5", "seed": "1", "network.filters": "4"})
    other.save(state(1))
    other.save(state(2))
    with caplog.at_level(logging.WARNING, "acenet"):
        assert Checkpoints(tmp_path, THIS).load() is None
    assert "it was made with other epochs (5, now 3), network.filters (4, now none); moved to" in caplog.text
    assert "seed" not in caplog.text and files(tmp_path) == {"set-aside-last.pt", "set-aside-previous.pt"}


def test_every_flipped_bit_of_a_state_is_noticed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    here, random = Checkpoints(tmp_path, THIS), np.random.default_rng(0)
    here.save(state(1))
    good = here.path.read_bytes()
    bits = {*random.choice(8 * len(good), 200, replace=False), *(8 * len(good) - 1 - np.arange(0, 640, 16))}
    caplog.set_level(logging.CRITICAL, "acenet")
    for bit in map(int, bits):
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        here.path.write_bytes(bytes(flipped))
        assert here.load() is None, bit
    here.path.write_bytes(good)
    assert here.load() is not None


KILLED = """
import os, signal, sys, torch
from pathlib import Path
from acenet.training.checkpoint import Checkpoints
from tests.training.test_checkpoint import THIS, die_at, state
here = Checkpoints(Path(sys.argv[1]), THIS)
here.save(state(1)); here.save(state(2))
for number in range(int(sys.argv[3])):
    pid = os.fork()
    if pid == 0:
        die_at(sys.argv[2], number)
        here.save(state(3))
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL, number
    print(here.load()["epoch"], *sorted(path.name for path in here.folder.iterdir()))
    here.clear(); here.save(state(1)); here.save(state(2))
"""


def die_at(name: str, number: int) -> None:
    """Kill this process before (even numbers) or after (odd) the (number // 2)-th call of what writes a state."""
    owner: object = {"fsync": os, "write_bytes": Path, "replace": Path}[name]
    original: Callable[..., object] = getattr(owner, name)
    calls = iter(range(10**6))

    def deadly(*arguments: object) -> object:
        here = next(calls) == number // 2
        if here and name == "write_bytes":  # half of it
            original(arguments[0], bytes(arguments[1])[: 500 if number % 2 else 0])  # type: ignore[call-overload]
        if here and number % 2 == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        done = None if here and name == "write_bytes" else original(*arguments)
        if here:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(owner, name, deadly)


@pytest.mark.parametrize(
    ("name", "epochs"),
    [
        ("write_bytes", [2, 2]),  # nothing and half of the new state is written
        ("fsync", [2, 2, 3, 3]),  # its file; its folder, after it got its name
        ("replace", [2, 3, 3, 3, 3, 3]),  # to new.pt; last.pt to previous.pt; new.pt to last.pt
    ],
)
def test_killed_while_a_state_is_written(tmp_path: Path, name: str, epochs: list[int]) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path / "run"), name, str(len(epochs))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [int(line[0]) for line in lines] == epochs
    assert all(
        set(line[1:]) <= {"last.pt", "previous.pt", "new.pt"} for line in lines
    )  # no half-written rest


def test_identity_is_of_settings_and_data(tmp_path: Path) -> None:
    manifests = [tmp_path / name / "conform.json" for name in ("a", "b")]
    for path in manifests:
        path.parent.mkdir()
        path.write_text(path.parent.name)
    one = run_identity({"seed": 1, "network": {"filters": 4}}, manifests)
    assert {"seed": "1", "network.filters": "4"}.items() <= one.items() and {"data a", "data b"} <= one.keys()
    assert one == run_identity({"network": {"filters": 4}, "seed": 1}, manifests)
    assert identity_digest(one) == identity_digest(dict(reversed(one.items())))
    assert differences(one, run_identity({"seed": 2, "network": {"filters": 4}}, manifests)) == [
        "seed (1, now 2)"
    ]
    fewer = run_identity({"seed": 1, "network": {"filters": 4}}, manifests[:1])
    assert [text.split(" (")[0] for text in differences(one, fewer)] == ["data b"]
    manifests[1].write_text("changed")
    assert identity_digest(one) != identity_digest(
        run_identity({"seed": 1, "network": {"filters": 4}}, manifests)
    )
    assert run_identity({}, [], {"code": "ab"}) == {"code": "ab"}
