"""Where tensors live and how many cores they may use."""

import ctypes
import logging
import os
import platform
from pathlib import Path

import torch

from acenet.errors import InputError
from acenet.system.gpu_lease import gpu_is_likely

logger = logging.getLogger(__name__)

NO_CUDA = "none; use 'auto' or 'cpu' (this build of torch is for CPUs)"
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # of glibc's malloc.h


def choose_device(name: str = "auto") -> torch.device:
    """'auto' takes CUDA where a device works, else the CPU; 'cpu' and 'cuda' (or 'cuda:1') insist.

    A device works when it has computed something: a build may lack kernels for an old card, and a driver may be too
    old for the build. What is there and is not used is a warning.
    """
    insists = name != "auto"
    device = torch.device("cuda" if name == "auto" else name)
    if device.type == "cuda":
        reason = _unusable(device)
        if reason and insists:
            raise InputError("device", expected=f"a CUDA device, since {name!r} was asked for", found=reason)
        if reason:
            if gpu_is_likely():
                logger.warning("the GPU is not used: %s", reason)
            device = torch.device("cpu")
        else:
            torch.cuda.set_device(device.index or 0)  # what asks for no device in particular means this one
    logger.info("device: %s", device_name(device))
    return device


def _unusable(device: torch.device) -> str:
    """Why nothing can be computed on a CUDA device; '' where something was."""
    if not torch.cuda.is_available():
        build = torch.version.cuda or torch.version.hip
        return f"none that a build of torch for {build} can use; is the driver too old?" if build else NO_CUDA
    if (device.index or 0) >= torch.cuda.device_count():
        return f"{torch.cuda.device_count()} of them; {device} is none"
    try:
        torch.zeros(1, device=device).add_(1).item()
    except Exception as error:  # of torch, CUDA or the driver, in words of their own
        return str(error).splitlines()[0] if str(error) else repr(error)
    return ""


def device_name(device: torch.device) -> str:
    """The model of the GPU or of the processor, for tables that name their hardware."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else processor_name()


def processor_name(path: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's model as the system names it; its architecture ('x86_64') where it does not."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return next(filter(None, names), platform.processor() or platform.machine() or "unknown processor")


def set_deterministic(wanted: bool) -> None:
    """Whether the same work on the same device gives the same bits; on a CPU it does anyway (docs/reliability.md).

    To be called before anything is computed: cuBLAS reads its setting when it is first used. Where torch has no
    deterministic way, it raises an error instead of going on.
    """
    if wanted:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    if (
        torch.are_deterministic_algorithms_enabled() != wanted
    ):  # setting it imports torch's compiler, for a second
        torch.use_deterministic_algorithms(wanted)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.deterministic = wanted
    torch.backends.cudnn.benchmark = False


def limit_threads(threads: int) -> None:
    """Keep torch within the cores the workflow reserved; one training per core beats many cores per training.

    Large tensors take large pages where the system offers them: filling pages of 4 kB with zeros takes more time than
    what a CPU computes in them. Torch asks for the setting once, when it first makes a tensor.
    """
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    torch.set_num_threads(threads)


def keep_freed_memory() -> None:
    """Have the C library keep what is freed, for the next step of a training, which needs the same again.

    glibc gives large blocks back to the system at once; a training step on a CPU then spends up to a third of its time
    on fresh pages. Costs up to a third more memory. Where there is no such library, nothing happens.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(M_MMAP_MAX, 0)
    mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
