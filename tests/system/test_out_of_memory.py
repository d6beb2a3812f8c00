"""Running out of memory costs slices and then the GPU; other errors stay what they are."""

import pytest
import torch

from acenet.errors import InputError
from acenet.system.out_of_memory import Workplace

CUDA, CPU = torch.device("cuda"), torch.device("cpu")


def needs(room: dict[str, int], tried: list[tuple[str, int]], error: Exception):
    """Work that fails with `error` for more slices than a device has room for."""

    def attempt(device: torch.device, batch: int) -> str:
        tried.append((device.type, batch))
        if batch > room[device.type]:
            raise error
        return f"{batch} on {device.type}"

    return attempt


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 TiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"),
        MemoryError(),
    ],
)
def test_half_the_slices_then_the_cpu(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    tried: list[tuple[str, int]] = []
    work = Workplace(CUDA, 6)
    assert work.run(needs({"cuda": 0, "cpu": 3}, tried, error)) == "3 on cpu"
    assert tried == [("cuda", 6), ("cuda", 3), ("cuda", 1), ("cpu", 6), ("cpu", 3)]
    assert [record.message.split("; ")[1] for record in caplog.records] == [
        "going on with 3 at a time on cuda",
        "going on with 1 at a time on cuda",
        "going on with 6 at a time on cpu",
        "going on with 3 at a time on cpu",
    ]
    tried.clear()
    work.run(needs({"cuda": 0, "cpu": 3}, tried, error))
    assert tried == [("cpu", 3)]  # what was too large is not tried again


def test_too_little_for_one_slice_ends() -> None:
    with pytest.raises(InputError, match="memory: expected enough for one slice"):
        Workplace(CPU, 2).run(needs({"cpu": 0}, [], MemoryError("no")))


@pytest.mark.parametrize("error", [RuntimeError("Expected 4-dimensional input"), ValueError("x")])
def test_other_errors_propagate(error: Exception) -> None:
    tried: list[tuple[str, int]] = []
    with pytest.raises(type(error), match=str(error)):
        Workplace(CPU, 4).run(needs({"cpu": 0}, tried, error))
    assert tried == [("cpu", 4)]
