"""The training loop, to be read from top to bottom."""

import copy
import logging
import math
import time
from collections.abc import Callable
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler

from acenet.engine.modes import for_training
from acenet.errors import InputError
from acenet.inputs.stacks import Batch, Examples, ResidentSlices, normalise, resident
from acenet.networks.outputs import SegmentationNetwork
from acenet.system.device import device_name
from acenet.training.batch_norm import count_statistics
from acenet.training.checkpoint import Checkpoints
from acenet.training.failures import diverged, require_finite
from acenet.training.losses import total_loss
from acenet.training.precision import Precision, choose_precision, forward
from acenet.training.schedule import derived_seed, poly_learning_rate
from acenet.training.settings import TrainingSettings

logger = logging.getLogger(__name__)

LOG_FIELDS = ("epoch", "loss", "learning_rate", "validation_dice", "seconds", "device", "threads")
REPORT_EVERY = 30.0  # seconds between progress lines

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

    With `validate`, a mean Dice to be maximised, the network ends with the weights of its best epoch,
    otherwise (MALC, which has no validation scans) with those of the last. A checkpoint follows each epoch;
    a run that was cut off continues after the last one as if it had never stopped.

    Raises
    ------
    StoppedError : the loss or a weight is no longer finite; the last checkpoint is left as it was.
    """
    network.to(device).train()
    data = resident(data, device)
    workers = (
        0 if isinstance(data, ResidentSlices) else workers
    )  # other processes cannot read a device's memory
    optimizer = make_optimizer(network, settings)
    steps_per_epoch = math.ceil(len(data) / settings.batch)
    total_steps = settings.epochs * steps_per_epoch
    log: list[LogRow] = []
    best: dict[str, Any] = {"dice": -1.0, "state": None}

    state = checkpoints.load()
    if state is not None:
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        log, best = state["log"], state["best"]

    progress = _Progress(settings.training, first=len(log), last=settings.epochs, steps=steps_per_epoch)
    for epoch in range(len(log), settings.epochs):
        started = time.monotonic()
        seed = derived_seed(settings.seed, settings.training, epoch)
        torch.manual_seed(seed)  # dropout
        sum_loss, rate = 0.0, 0.0
        with for_training(network):
            for i, batch in enumerate(epoch_batches(data, settings.batch, seed=seed, workers=workers)):
                rate = poly_learning_rate(settings.learning_rate, epoch * steps_per_epoch + i, total_steps)
                loss = train_step(network, optimizer, batch.to(device), rate, class_weights)
                if not math.isfinite(loss):
                    raise diverged(
                        settings,
                        checkpoints.folder,
                        epoch=epoch,
                        step=i,
                        loss=loss,
                        learning_rate=rate,
                        examples=names_of_step(data, settings.batch, seed=seed, step=i),
                    )
                sum_loss += loss
                progress.step(epoch, i, loss)
        if settings.norm_statistics == "training_set" and (validate or epoch + 1 == settings.epochs):
            count_statistics(network, data, settings, device)
            network.train()
        require_finite(network, settings, epoch=epoch)
        dice = None if validate is None else validate(network)
        if dice is not None and dice > best["dice"]:
            best = {"dice": dice, "state": copy.deepcopy(network.state_dict())}
        row: LogRow = {
            "epoch": epoch + 1,
            "loss": sum_loss / steps_per_epoch,
            "learning_rate": rate,
            "validation_dice": dice,
            "seconds": time.monotonic() - started,
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
                "log": log,
                "best": best,
            }
        )
    if best["state"] is not None:
        network.load_state_dict(best["state"])
    return log


def make_optimizer(network: nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
    """SGD with momentum, the papers' choice, or Adam; both with the papers' weight decay on all weights."""
    if settings.optimizer == "sgd":
        return torch.optim.SGD(
            network.parameters(),
            lr=settings.learning_rate,
            momentum=settings.momentum,
            weight_decay=settings.weight_decay,
            fused=True,
        )
    if settings.optimizer == "adam":  # averages over 100 steps, not 1000: a short run has no more
        return torch.optim.AdamW(
            network.parameters(),
            lr=settings.learning_rate,
            betas=(settings.momentum, 0.99),
            weight_decay=settings.weight_decay,
            fused=True,
        )
    raise InputError("optimizer", expected="sgd or adam", found=settings.optimizer)


def epoch_batches(data: Examples, batch: int, *, seed: int, workers: int) -> "DataLoader[Batch]":
    """An epoch's examples once each; `seed` alone decides their order and, of patches, their places."""
    data = data.for_epoch(seed)
    return DataLoader(
        data,
        sampler=_order(data, batch, seed),
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
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    learning_rate: float,
    class_weights: Tensor | None,
    *,
    precision: Precision | None = None,
) -> float:
    """One step of gradient descent on one batch; returns its loss before the step. None: as the device suits."""
    precision = precision or choose_precision(batch.stack.device)
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
    loss = total_loss(forward(network, normalise(batch.stack), precision), batch, class_weights)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return loss.item()


class _Progress:
    """Reports where a run stands every half minute, with the time it will still take."""

    def __init__(self, name: str, *, first: int, last: int, steps: int) -> None:
        self.name, self.first, self.last, self.steps = name, first, last, steps
        self.started = self.reported = time.monotonic()

    def step(self, epoch: int, i: int, loss: float) -> None:
        now = time.monotonic()
        if now - self.reported < REPORT_EVERY:
            return
        self.reported = now
        done = (epoch - self.first) * self.steps + i + 1
        left = ((self.last - self.first) * self.steps - done) * (now - self.started) / done
        logger.info(
            "%s: epoch %d/%d, step %d/%d, loss %.3f, %d:%02d left",
            *(self.name, epoch + 1, self.last, i + 1, self.steps, loss, left // 60, left % 60),
        )
