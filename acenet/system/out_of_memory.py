"""Work that may need more memory than there is: fewer slices at a time, then the CPU; other errors stay errors."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch

from acenet.errors import InputError

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
WORDINGS = (  # of the plain RuntimeErrors that torch and its libraries raise
    "DefaultCPUAllocator",
    "CUDA out of memory",
    "CUDA error: out of memory",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "can't allocate memory",
    "Cannot allocate memory",
    "could not create a memory object",
    "std::bad_alloc",
)


@dataclass
class Workplace:
    """Where the network runs and how many slices at a time; what turned out too large is not tried again.

    Attributes
    ----------
    fast
        On a CPU, air may be left out (`acenet.engine.head_only`).
    """

    device: torch.device
    batch: int
    fast: bool = False

    def run(self, attempt: Callable[[torch.device, int], Result]) -> Result:
        """What `attempt` gives, called anew with half the slices, and at last on the CPU, while memory runs out.

        Raises
        ------
        InputError
            If there is not enough for one slice on the CPU.
        """
        full = self.batch
        while True:
            try:
                return attempt(self.device, self.batch)
            except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            # Outside the handler: the error keeps the frames, and with them the tensors, alive.
            self._retreat(full, reason)

    def _retreat(self, full: int, reason: str) -> None:
        if self.batch > 1:
            self.batch //= 2
        elif self.device.type != "cpu":
            self.device, self.batch = torch.device("cpu"), full
        else:
            raise InputError("memory", expected="enough for one slice at a time on the CPU", found=reason)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        logger.warning(
            "out of memory (%s); going on with %d at a time on %s", reason, self.batch, self.device
        )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory, of a GPU or of the machine, did not suffice."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in WORDINGS)
