"""Cases 31 to 39 of docs/reliability.md: what befalls a training."""

import errno
import io
import logging
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from acenet.errors import InputError, StoppedError, explanation
from acenet.files.atomic import replacing
from acenet.files.sealed import MARK
from acenet.inputs.stacks import Batch
from acenet.models.model_file import load_model
from acenet.networks import NetworkSettings, build_network
from acenet.system.job_log import logged
from acenet.training.losses import total_loss
from acenet.training.run import TrainingFiles, run_training
from tests.support.cuts import CutError, fail_at
from tests.training.test_run import settings, subject

REPO = Path(__file__).parents[2]
EPOCHS = 3


@pytest.fixture
def files(tmp_path: Path) -> TrainingFiles:
    return TrainingFiles(
        train=[subject(tmp_path / "a", 0), subject(tmp_path / "b", 1)],
        validation=[],
        model=tmp_path / "out" / "model.pt",
        log=tmp_path / "out" / "log.csv",
        checkpoints=tmp_path / "checkpoints",
    )


def train(files: TrainingFiles) -> bytes:
    """Three epochs of three steps; returns the model file."""
    run_training(replace(settings("quicknatv2"), epochs=EPOCHS), files, device="cpu")
    return files.model.read_bytes()


def test_31_killed_at_random_instants() -> None:
    """The tool does this more often; it kills within the writing of a checkpoint, too."""
    command = [
        sys.executable,
        "-m",
        "tools.kill_trainings",
        "--kills",
        "3",
        "--workers",
        "0",
        "--models",
        "acenet-s5-stage1",
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=REPO,
        env={**os.environ, "PYTHONPATH": str(REPO)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    kills, writing, different = map(int, re.findall(r"^(\d+) kills \((\d+) .*differ: (\d+)", done.stdout)[0])
    assert kills >= 3 and writing >= 1 and different == 0


def test_32_a_damaged_state_costs_an_epoch_and_changes_nothing(
    files: TrainingFiles,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    flip: Callable[[Path, int], None],
    tmp_path: Path,
) -> None:
    whole = train(replace(files, checkpoints=tmp_path / "whole"))
    with monkeypatch.context() as patch, pytest.raises(CutError):
        fail_at(patch, 7, CutError())
        train(files)
    flip(files.checkpoints / "last.pt", 8 * 1000 + 3)
    with caplog.at_level(logging.INFO, "acenet"):
        assert train(files) == whole
    assert "last.pt is not resumed: it is damaged" in caplog.text and "resuming after epoch 1" in caplog.text


class Malicious:
    """Unpickling it creates a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("how", ["torch", "pickle"])
def test_34_code_in_a_state_is_not_run(files: TrainingFiles, tmp_path: Path, how: str) -> None:
    """Even if it has the right checksum."""
    import hashlib

    content = {"epoch": 1, "network": Malicious(tmp_path / "traces")}
    buffer = io.BytesIO()
    if how == "torch":
        torch.save(content, buffer)
    else:
        pickle.dump(content, buffer)
    payload = buffer.getvalue()
    files.checkpoints.mkdir()
    seal = MARK + hashlib.sha256(payload).hexdigest().encode() + b"\n"
    (files.checkpoints / "last.pt").write_bytes(payload + seal)
    train(files)
    assert not (tmp_path / "traces").exists() and (files.checkpoints / "set-aside-last.pt").exists()


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_36_out_of_memory_is_advice_and_no_smaller_batch(
    files: TrainingFiles, monkeypatch: pytest.MonkeyPatch, error: BaseException, tmp_path: Path
) -> None:
    with monkeypatch.context() as patch:
        fail_at(patch, 4, error)
        with pytest.raises(
            StoppedError, match=r"out of memory on cpu with 3 examples a step.*not changed for you"
        ) as said:
            train(files)
    assert "batch in config.yaml lower than 3" in str(said.value) and not files.model.exists()
    model = train(files)  # with memory enough, from the epoch that was finished
    assert model == train(replace(files, checkpoints=tmp_path / "whole"))
    assert load_model(files.model).card["settings"]["batch"] == 3


def test_36_other_errors_of_torch_stay_what_they_are(
    files: TrainingFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_at(monkeypatch, 1, RuntimeError("shape mismatch"))
    with pytest.raises(RuntimeError, match="shape mismatch") as said:
        train(files)
    assert not isinstance(said.value, StoppedError)


def test_37_a_full_disk_leaves_the_old_file_and_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "result.csv"
    path.write_text("old")
    with pytest.raises(SystemExit), logged(tmp_path / "log"), replacing(path) as temporary:
        with Path("/dev/full").open("w") as full:  # every write to it finds the disk full
            full.write("x" * 10**6)
        temporary.write_text("new")
    said = capsys.readouterr().err
    assert f"{path}: No space left on device. Make room there, then run the same command again" in said
    assert "Traceback" not in said and len(said.splitlines()) == 1
    assert path.read_text() == "old" and {one.name for one in tmp_path.iterdir()} == {"result.csv", "log"}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_37_what_cannot_be_written_stops_a_training_that_then_goes_on(
    files: TrainingFiles, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int
) -> None:
    """The disk is full when the second epoch's state is written."""
    calls, original = iter(range(10**6)), os.fsync

    def fsync(handle: int) -> None:
        if next(calls) == 2:  # file and folder of the first state come before
            raise OSError(code, os.strerror(code), str(files.checkpoints))
        original(handle)

    with monkeypatch.context() as patch, pytest.raises(OSError) as said:
        patch.setattr(os, "fsync", fsync)
        train(files)
    message = explanation(said.value)
    assert message is not None and str(files.checkpoints) in message and len(message.splitlines()) == 1
    assert {path.name for path in files.checkpoints.iterdir()} == {"last.pt"} and not files.model.exists()
    assert train(files) == train(replace(files, checkpoints=tmp_path / "whole"))


@pytest.mark.parametrize("arch", ["acenet", "unet2d"])
def test_38_classes_that_are_absent_and_slices_of_background_only(arch: str) -> None:
    torch.manual_seed(0)
    network = build_network(NetworkSettings(arch, 5, skull=arch == "acenet", filters=4, kernel=3))
    stack, nothing = torch.zeros(2, 1, 32, 32), torch.zeros(2, 32, 32, dtype=torch.uint8)
    loss = total_loss(network(stack), Batch(stack, nothing, nothing), torch.tensor([1.0, 2, 0, 0, 0]))
    loss.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(loss)
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in network.parameters())


def test_39_a_last_batch_of_one_slice(files: TrainingFiles, tmp_path: Path) -> None:
    run_training(replace(settings("quicknatv2"), epochs=1, batch=7), files, device="cpu")  # 8 slices
    assert files.model.exists()
    small = replace(
        files, train=[subject(tmp_path / "c", 0, shape=(16, 16, 4))], checkpoints=tmp_path / "small"
    )
    with pytest.raises(InputError, match=r"no slice alone: .*found 4 slices of 16 x 16 in batches of 3"):
        run_training(replace(settings("quicknatv2"), batch=3), small, device="cpu")
    run_training(replace(settings("quicknatv2"), epochs=1, batch=2), small, device="cpu")
