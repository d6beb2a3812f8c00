"""The training loop, to be read from top to bottom."""

import copy
import logging
import math
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler

from acenet.engine.modes import for_training
from acenet.inputs.stacks import Batch, Examples, ResidentSlices, normalise, resident
from acenet.networks.outputs import SegmentationNetwork
from acenet.system.device import device_name
from acenet.system.progress import Pace
from acenet.training.averaging import AveragedWeights
from acenet.training.batch_norm import count_statistics
from acenet.training.checkpoint import Checkpoints
from acenet.training.failures import diverged, require_finite
from acenet.training.losses import total_loss
from acenet.training.optimizers import Optimizer, Together, make_optimizer
from acenet.training.precision import Precision, choose_precision, forward
from acenet.training.schedule import Steps, derived_seed, rate_factor
from acenet.training.settings import TrainingSettings

logger = logging.getLogger(__name__)

LOG_FIELDS = (
    "epoch",
    "loss",
    "learning_rate",
    "validation_dice",
    "seconds",
    "cpu_seconds",
    "peak_memory_mb",
    "device",
    "threads",
)

LogRow = dict[str, float | int | str | None]
Validate = Callable[[SegmentationNetwork], float]


def train(
    network: SegmentationNetwork,
    data: Examples,
    settings: TrainingSettings,
    *,
    device: torch.device,
    checkpoints: Checkpoints,
    class_weights: Tensor | None = None,
    validate: Validate | None = None,
    workers: int = 0,
) -> list[LogRow]:
    """Train `network` in place; one row of the log per epoch.

    With `validate`, a mean Dice to be maximised, the network ends with the weights of the best epoch that was
    validated, otherwise (MALC, which has no validation scans) with those of the last. A checkpoint follows each
    epoch; a run that was cut off continues after the last one as if it had never stopped.

    Raises
    ------
    StoppedError
        The loss or a weight is no longer finite; the last checkpoint is left as it was.
    """
    network.to(device).train()
    coarse = None if settings.coarse is None else data.reduced((settings.coarse.x, settings.coarse.y))
    data, coarse = resident(data, device), None if coarse is None else resident(coarse, device)
    if isinstance(data, ResidentSlices):
        workers = 0  # other processes cannot read a device's memory
    optimizer = make_optimizer(network, settings)
    steps = Steps.of(
        settings.epochs,
        len(data),
        settings.batch,
        coarse=0.0 if settings.coarse is None else settings.coarse.share,
        averaged=settings.averaging,
    )
    average = AveragedWeights(network, first=steps.total - steps.averaged)
    log: list[LogRow] = []
    best: dict[str, Any] = {"dice": -1.0, "state": None}

    state = checkpoints.load()
    if state is not None:
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        average.load_state_dict(state["average"])
        log, best = state["log"], state["best"]

    clock = _Clock()
    pace = Pace(begun=len(log) * steps.per_epoch)
    for epoch in range(len(log), steps.epochs):
        started = time.monotonic()
        seed = derived_seed(settings.seed, settings.training, epoch)
        torch.manual_seed(seed)  # dropout
        numbers, sum_loss, factor = steps.of_epoch(epoch), 0.0, 0.0
        smaller = max(0, steps.coarse - numbers.start)  # of this epoch's first steps
        batches = epoch_batches(
            data,
            settings.batch,
            seed=seed,
            workers=workers,
            steps=len(numbers),
            coarse=coarse,
            smaller=smaller,
        )
        with for_training(network):
            for step, batch in zip(numbers, batches, strict=True):
                factor = rate_factor(
                    settings.schedule,
                    step,
                    steps.total,
                    warmup=settings.warmup,
                    lowest=settings.lowest_rate,
                )
                loss = train_step(network, optimizer, batch.to(device), factor, class_weights)
                if not math.isfinite(loss):
                    raise diverged(
                        settings,
                        checkpoints.folder,
                        epoch=epoch,
                        step=step - numbers.start,
                        loss=loss,
                        learning_rate=settings.learning_rate * factor,
                        examples=names_of_step(data, settings.batch, seed=seed, step=step - numbers.start),
                    )
                sum_loss += loss
                average.add(step)
                if pace.due():
                    logger.info(
                        "%s: epoch %d/%d, step %d/%d, loss %.3f, %s left",
                        *(settings.training, epoch + 1, steps.epochs, step + 1, steps.total, loss),
                        pace.left(step + 1, steps.total),
                    )
        last = epoch + 1 == steps.epochs
        if last:
            average.put()
        validates = validate is not None and (last or settings.validation == "each_epoch")
        if settings.norm_statistics == "training_set" and (validates or last):
            count_statistics(network, data.whole(), settings, device)
            network.train()
        require_finite(network, settings, epoch=epoch)
        dice = validate(network) if validate is not None and validates else None
        if dice is not None and dice > best["dice"]:
            best = {"dice": dice, "state": copy.deepcopy(network.state_dict())}
        row: LogRow = {
            "epoch": epoch + 1,
            "loss": sum_loss / len(numbers),
            "learning_rate": settings.learning_rate * factor,
            "validation_dice": dice,
            "seconds": time.monotonic() - started,
            **clock.read(),
            "device": device_name(device),  # a run that is resumed may go on elsewhere
            "threads": torch.get_num_threads(),
        }
        log.append(row)
        logger.debug("%s: %s", settings.training, row)
        checkpoints.save(
            {
                "epoch": epoch + 1,
                "network": network.state_dict(),
                "optimizer": optimizer.state_dict(),
                "average": average.state_dict(),
                "log": log,
                "best": best,
            }
        )
    if best["state"] is not None:
        network.load_state_dict(best["state"])
    return log


def epoch_batches(
    data: Examples,
    batch: int,
    *,
    seed: int,
    workers: int,
    steps: int | None = None,
    coarse: Examples | None = None,
    smaller: int = 0,
) -> Iterator[Batch]:
    """An epoch's examples once each; `seed` alone decides their order and, of patches, their places.

    Parameters
    ----------
    steps
        How many batches there are where the epoch ends early.
    smaller
        How many of them, the first, are made of the examples of `coarse`, which are those of `data` in fewer pixels.
    """
    order = list(_order(data, batch, seed))[:steps]
    if coarse is None or smaller == 0:
        return iter(_loader(data.for_epoch(seed), order, workers))
    first = _loader(coarse.for_epoch(seed), order[:smaller], workers)
    return chain(first, _loader(data.for_epoch(seed), order[smaller:], workers))


def _loader(data: Examples, order: Sequence[list[int]], workers: int) -> "DataLoader[Batch]":
    return DataLoader(
        data,
        sampler=order,
        batch_size=None,  # the dataset makes the batches itself, one call each
        num_workers=workers,
    )


def names_of_step(data: Examples, batch: int, *, seed: int, step: int) -> list[str]:
    """The examples that step number `step`, from 0, of the epoch with this seed sees."""
    return data.names(next(islice(_order(data, batch, seed), step, None)))


def _order(data: Examples, batch: int, seed: int) -> BatchSampler:
    order = RandomSampler(data, generator=torch.Generator().manual_seed(seed))
    return BatchSampler(order, batch, drop_last=False)


def train_step(
    network: nn.Module,
    optimizer: Optimizer | Together,
    batch: Batch,
    factor: float,
    class_weights: Tensor | None,
    *,
    precision: Precision | None = None,
) -> float:
    """One step on one batch, at `factor` times the highest rate; returns the batch's loss before it.

    Parameters
    ----------
    precision
        None for what suits the device.
    """
    precision = precision or choose_precision(batch.stack.device)
    loss = total_loss(forward(network, normalise(batch.stack), precision), batch, class_weights)
    network.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step(factor)
    return loss.item()


class _Clock:
    """CPU seconds between readings, of this process and those that it waited for, and the peak of its memory.

    The first reading of a process counts from its start: what it took to import and read the data is in it.
    """

    def __init__(self) -> None:
        self.before = 0.0

    def read(self) -> LogRow:
        usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        now = sum(one.ru_utime + one.ru_stime for one in usage)
        spent, self.before = now - self.before, now
        in_mb = 2**20 if sys.platform == "darwin" else 2**10
        return {"cpu_seconds": spent, "peak_memory_mb": usage[0].ru_maxrss / in_mb}
