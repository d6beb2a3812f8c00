"""Trainings that are cut off in the middle, or fail there."""

import pytest

from acenet.training import loop


class CutError(Exception):
    """Stands for the power cut."""


def fail_at(monkeypatch: pytest.MonkeyPatch, step: int, error: BaseException | None = None) -> None:
    """Let training step number `step` (of the whole run, from 0) fail, with a cut if no other error is given."""
    original, steps = loop.train_step, iter(range(10**6))

    def train_step(*arguments: object) -> float:
        if next(steps) == step:
            raise CutError if error is None else error
        return original(*arguments)

    monkeypatch.setattr(loop, "train_step", train_step)
