"""Leases of GPUs: each process its own, given back when the process ends, however it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from acenet.errors import InputError
from acenet.system import gpu_lease
from acenet.system.gpu_lease import VISIBLE, gpu_is_likely, own_device, visible_devices

HOLDER = """
import os, sys
from pathlib import Path
from acenet.system.gpu_lease import own_device
with own_device("auto", folder=Path(sys.argv[1])):
    print(os.environ["CUDA_VISIBLE_DEVICES"], flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def no_slurm(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLURM_JOB_ID", VISIBLE):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def holders(tmp_path: Path) -> Iterator["list[subprocess.Popen[str]]"]:
    """Two processes on a machine whose visible devices are 3 and 5."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started = [subprocess.Popen(command, env={**os.environ, VISIBLE: "3,5"}, **pipes) for _ in range(2)]
    yield started
    for one in started:
        one.kill()
        one.communicate()


def test_two_trainings_at_a_time_get_different_devices(
    holders: "list[subprocess.Popen[str]]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = {one.stdout.readline().strip(): one for one in holders if one.stdout is not None}
    assert set(held) == {"3", "5"}
    # a third one waits until a device is free, also when its holder was killed
    monkeypatch.setenv(VISIBLE, "3,5")
    looks: list[float] = []

    def kill_and_wait(seconds: float) -> None:
        looks.append(seconds)
        held["5"].send_signal(signal.SIGKILL)
        held["5"].wait()

    monkeypatch.setattr(gpu_lease.time, "sleep", kill_and_wait)
    with own_device("cuda", folder=tmp_path) as found:
        assert (found, os.environ[VISIBLE]) == ("5", "5") and len(looks) == 1
    assert os.environ[VISIBLE] == "3,5"


def test_a_device_is_free_again_after_the_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VISIBLE, "0,1")
    for _ in range(2):
        with pytest.raises(ValueError), own_device("auto", folder=tmp_path) as found:
            assert found == "0"
            raise ValueError


@pytest.mark.parametrize(
    ("device", "environment"),
    [
        ("cpu", {VISIBLE: "0,1"}),
        ("cuda:1", {VISIBLE: "0,1"}),
        ("auto", {VISIBLE: "2"}),
        ("auto", {VISIBLE: ""}),
        ("auto", {"PATH": ""}),
    ],
    ids=str,
)
def test_nothing_is_leased_where_there_is_nothing_to_choose(
    device: str, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with own_device(device, folder=tmp_path) as found:
        assert found is None and os.environ.get(VISIBLE) == environment.get(VISIBLE)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the program, on a machine with two GPUs."""
    program = tmp_path / "nvidia-smi"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --query-gpu=uuid ] || exit 9\n'
        "case \"$3\" in --id=0) echo GPU-a1;; --id=1) echo GPU-b2;; '') printf 'GPU-a1\\nGPU-b2\\n';;"
        " *) echo 'No devices were found'; exit 6;; esac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return program


def test_without_a_choice_of_the_users_all_gpus_count(nvidia_smi: Path) -> None:
    assert visible_devices() == ["GPU-a1", "GPU-b2"]
    nvidia_smi.write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed'; exit 9\n")
    assert visible_devices() == []


@pytest.mark.usefixtures("nvidia_smi")
def test_a_gpu_has_one_name_whoever_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By number or not, within an allocation or not: two runs of one user never take the same."""
    for named in ("0,1", " 0, 1 ", "GPU-a1,GPU-b2"):
        monkeypatch.setenv(VISIBLE, named)
        assert visible_devices() == ["GPU-a1", "GPU-b2"]
    with own_device("auto", folder=tmp_path) as first:
        monkeypatch.delenv(VISIBLE)
        monkeypatch.setenv("SLURM_JOB_ID", "7")
        with own_device("cuda", folder=tmp_path) as second:
            assert (first, second) == ("GPU-a1", "GPU-b2")
        monkeypatch.setenv(VISIBLE, first)


def test_names_that_nvidia_smi_does_not_know_stay(nvidia_smi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VISIBLE, "7,MIG-c3")
    assert visible_devices() == ["7", "MIG-c3"]
    nvidia_smi.unlink()
    monkeypatch.setenv(VISIBLE, "1,3")
    assert visible_devices() == ["1", "3"]


@pytest.mark.parametrize(
    ("build", "visible", "files", "likely"),
    [
        ("2.13.0+cpu", None, ["nvidiactl"], False),
        ("2.13.0+cu130", None, ["nvidiactl"], True),
        ("2.13.0", None, ["nvidiactl"], True),
        ("2.13.0+cu130", None, [], False),
        ("2.13.0+cu130", "", ["nvidiactl"], False),
        ("2.13.0+cu130", "-1", ["nvidiactl"], False),
        ("2.13.0+cu130", "1", ["nvidiactl"], True),
        ("2.13.0+rocm6.2", None, ["kfd"], True),
        ("2.13.0+rocm6.2", None, ["nvidiactl"], False),
        ("2.13.0+cu130", None, ["dxg"], True),
    ],
)
def test_a_gpu_is_likely_by_build_and_driver(
    build: str,
    visible: str | None,
    files: list[str],
    likely: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gpu_lease, "version", lambda package: build)
    if visible is not None:
        monkeypatch.setenv(VISIBLE, visible)
    for name in files:
        (tmp_path / name).touch()
    assert gpu_is_likely(tmp_path) is likely


def test_the_folder_of_locks_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_lease.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv(VISIBLE, "0,1")
    name = f"acenet-gpus-{os.getuid()}"
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="somebody else's"), own_device("auto"):
        pass
    (tmp_path / name).unlink()
    with own_device("auto"):
        assert (tmp_path / name / "0.lock").is_file()
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o700
