"""Choice of device and number of threads."""

import logging
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from acenet.errors import InputError
from acenet.system.device import choose_device, device_name, limit_threads, processor_name


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A machine with two GPUs on which kernels run; the list holds what was made the current device."""
    current: list[int] = []
    zeros = torch.zeros
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "a GPU")
    monkeypatch.setattr(torch.cuda, "set_device", current.append)
    monkeypatch.setattr(torch, "zeros", lambda *size, device: zeros(*size))
    return current


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Messages of warnings alone, whatever level other tests have left the logger with."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_auto_takes_a_gpu_that_works(gpus: list[int]) -> None:
    assert choose_device("auto").type == "cuda" and choose_device("cpu").type == "cpu"
    assert choose_device("cuda:1").index == 1 and gpus == [0, 1]
    with pytest.raises(InputError, match="2 of them; cuda:2 is none"):
        choose_device("cuda:2")


def test_a_gpu_without_kernels_is_not_taken(
    gpus: list[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As of a card that is older than the build; torch counts it as available."""

    def no_kernel(*size: int, device: torch.device) -> torch.Tensor:
        raise RuntimeError("CUDA error: no kernel image is available for execution\nand so on")

    monkeypatch.setattr(torch, "zeros", no_kernel)
    monkeypatch.setattr("acenet.system.device.gpu_is_likely", lambda: True)
    assert choose_device("auto").type == "cpu" and gpus == []
    assert warnings_of(caplog) == [
        "the GPU is not used: CUDA error: no kernel image is available for execution"
    ]
    with pytest.raises(InputError, match=r"since 'cuda' was asked for; found CUDA error: no kernel image"):
        choose_device("cuda")


@pytest.mark.parametrize("name", ["cuda", "cuda:1"])
def test_a_gpu_that_is_not_there_is_not_replaced(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="expected a CUDA device"):
        choose_device(name)
    assert choose_device("auto").type == "cpu"


def test_a_driver_that_is_too_old_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr("acenet.system.device.gpu_is_likely", lambda: True)
    assert choose_device("auto").type == "cpu"
    assert warnings_of(caplog) == [
        "the GPU is not used: none that a build of torch for 13.0 can use; is the driver too old?"
    ]


def test_hardware_is_named_by_its_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"a GPU, number {device.index}")
    assert device_name(torch.device("cuda:1")) == "a GPU, number 1"
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nmodel\t\t: 1\nmodel name\t: A Processor: fast\nmodel name\t: Another\n")
    assert processor_name(info) == "A Processor: fast"
    for unnamed in ("processor : 0\n", "model name :\n"):
        info.write_text(unnamed)
        assert processor_name(info) == processor_name(tmp_path / "none") != ""


def test_threads_are_limited() -> None:
    before = torch.get_num_threads()
    try:
        limit_threads(1)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc")
def test_freed_memory_is_kept() -> None:
    """In a process of its own, since the setting lasts: what 64 MB leave behind when they are freed."""
    code = """
import sys, torch
from acenet.system.device import keep_freed_memory
if "keep" in sys.argv:
    keep_freed_memory()
resident = lambda: int(open("/proc/self/statm").read().split()[1]) * 4096
before = resident()
x = torch.ones(2**24)
del x
print((resident() - before) // 2**20)
"""
    kept, given_back = (
        int(subprocess.run([sys.executable, "-c", code, how], capture_output=True, check=True).stdout)
        for how in ("keep", "give")
    )
    assert kept >= 60 and given_back < 32
