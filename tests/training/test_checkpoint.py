"""States of unfinished runs: resumed by the very same run only."""

import logging
from pathlib import Path

import pytest
import torch

from acenet.training.checkpoint import Checkpoints, run_identity


def state(epoch: int = 2) -> dict[str, object]:
    return {"epoch": epoch, "network": {"w": torch.arange(3.0)}, "log": [{"epoch": 1, "loss": 0.5}]}


def test_a_state_comes_back(tmp_path: Path) -> None:
    here = Checkpoints(tmp_path / "run", "id")
    assert here.load() is None
    here.save(state())
    loaded = here.load()
    assert loaded is not None and loaded["epoch"] == 2 and loaded["log"] == state()["log"]
    assert torch.equal(loaded["network"]["w"], torch.arange(3.0))
    here.clear()
    here.clear()
    assert here.load() is None and list((tmp_path / "run").iterdir()) == []


def spoil(path: Path, how: str) -> None:
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:-100])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "foreign":
        torch.save(torch.arange(3), path)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("other", "other settings or data"),
        ("truncated", "cannot be read"),
        ("empty", "cannot be read"),
        ("foreign", "other settings or data"),
    ],
)
def test_a_state_that_does_not_fit_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, how: str, reason: str
) -> None:
    Checkpoints(tmp_path, "other" if how == "other" else "this").save(state())
    spoil(tmp_path / "last.pt", how)
    before = (tmp_path / "last.pt").read_bytes()
    with caplog.at_level(logging.WARNING, "acenet"):
        assert Checkpoints(tmp_path, "this").load() is None
    assert reason in caplog.text and "set-aside.pt" in caplog.text and "last.pt" in caplog.text
    assert (tmp_path / "set-aside.pt").read_bytes() == before
    assert not (tmp_path / "last.pt").exists()


def test_identity_is_of_settings_and_data(tmp_path: Path) -> None:
    manifests = [tmp_path / name for name in ("a.json", "b.json")]
    for path in manifests:
        path.write_text(path.name)
    one = run_identity({"seed": 1, "lr": 0.1}, manifests)
    assert one == run_identity({"lr": 0.1, "seed": 1}, manifests)
    assert one != run_identity({"lr": 0.2, "seed": 1}, manifests)
    assert one != run_identity({"lr": 0.1, "seed": 1}, manifests[:1])
    manifests[1].write_text("changed")
    assert one != run_identity({"lr": 0.1, "seed": 1}, manifests)
