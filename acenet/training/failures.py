"""What stops a training that is sound in itself, in words that say what to do."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

from acenet.errors import StoppedError
from acenet.files.atomic import write_json
from acenet.system.out_of_memory import is_out_of_memory
from acenet.training.settings import TrainingSettings

LOWER_RATE = "A lower rate usually helps: training, learning_rate or learning_rate_factor in config.yaml"
KEPT = "The state after the epoch before is kept"


def diverged(
    settings: TrainingSettings,
    folder: Path,
    *,
    epoch: int,
    step: int,
    loss: float,
    learning_rate: float,
    examples: Sequence[str],
) -> StoppedError:
    """The error for a loss that is no number; `folder`/diverged.json names the examples of that step.

    epoch and step count from 0.
    """
    record = folder / "diverged.json"
    facts = {
        "training": settings.training,
        "epoch": epoch + 1,
        "step": step + 1,
        "loss": str(loss),
        "learning_rate": learning_rate,
        "examples": list(examples),
    }
    write_json(record, facts)
    shown = ", ".join(examples[:4]) + (", ..." if len(examples) > 4 else "")
    return StoppedError(
        f"{settings.training}: the loss is {loss} in epoch {epoch + 1}, step {step + 1} (examples {shown}; "
        f"all of them in {record})",
        f"{LOWER_RATE}. {KEPT}, and no model was written",
    )


def require_finite(network: nn.Module, settings: TrainingSettings, *, epoch: int) -> None:
    """Raise StoppedError if a weight is no longer a number, which the last step's loss cannot show.

    A state with such weights would be resumed from, and a model with them would segment nothing.
    """
    bad = [name for name, tensor in network.state_dict().items() if not torch.isfinite(tensor).all()]
    if bad:
        raise StoppedError(
            f"{settings.training}: weights that are no numbers after epoch {epoch + 1} ({', '.join(bad[:3])})",
            f"{LOWER_RATE}. {KEPT}",
        )


@contextmanager
def advice_on_memory(settings: TrainingSettings, device: torch.device) -> Iterator[None]:
    """Turn a lack of memory into a StoppedError; the batch is never made smaller on the quiet, as results change."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        kind = str(error)
        if "DataLoader worker" in kind:
            raise StoppedError(
                f"{settings.training}: a process that reads ahead was ended ({kind.splitlines()[0]})",
                "The memory, or that of /dev/shm, is used up: set training, workers to 0 in config.yaml. "
                "The results stay the same, and finished epochs are kept",
            ) from error
        if not is_out_of_memory(error):
            raise
        what = "patch_batch" if settings.network.patch is not None else "batch"
        raise StoppedError(
            f"{settings.training}: out of memory on {device} with {settings.batch} examples a step",
            f"Take a device with more memory (or `device: cpu`), or set training, {what} in config.yaml lower than "
            f"{settings.batch}, which changes the training and starts it anew. It was not changed for you. Finished "
            f"epochs are kept. The message was: {kind.splitlines()[0] if kind else type(error).__name__}",
        ) from error
