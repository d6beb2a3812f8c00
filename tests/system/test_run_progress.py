"""The line of a run: what it counts, and its estimates against sums by hand."""

import io
import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import pytest

from acenet.system.run_progress import RunProgress, Trainings, in_words


class Event(StrEnum):
    """As Snakemake's interface for loggers has them."""

    RUN_INFO = "run_info"
    JOB_INFO = "job_info"
    JOB_FINISHED = "job_finished"
    PROGRESS = "progress"


def record(event: Event | None, message: str | None = "text", **values: Any) -> logging.LogRecord:
    made = logging.LogRecord("snakemake", logging.INFO, "", 0, message, None, None)
    made.__dict__.update(values, event=event)
    return made


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def follow(stream: io.StringIO, clock: Callable[[], float], **scores: float) -> RunProgress:
    return RunProgress(
        stream,
        efforts=lambda: {},
        planned=frozenset,
        score=lambda training: scores.get(training.split("/")[1]),
        clock=clock,
    )


def job(progress: RunProgress, number: int, rule: str, model: str, seed: int = 1) -> None:
    values = {"dataset": "malc27", "model": model, "seed": str(seed)}
    progress.emit(record(Event.JOB_INFO, jobid=number, rule_name=rule, rule_msg="Working", wildcards=values))


def end(progress: RunProgress, number: int) -> None:
    progress.emit(record(Event.JOB_FINISHED, job_id=number))


def trainings(took: list[float], total: int, efforts: dict[str, float] | None = None) -> Trainings:
    """Some that ran one after the other."""
    found, now = Trainings(total, efforts or {}), 0.0
    for number, seconds in enumerate(took):
        found.begin(str(number), now)
        now += seconds
        found.end(str(number), now)
    return found


def test_too_early_to_say() -> None:
    assert trainings([10, 10], 5).left(20) is None
    assert trainings([10, 10, 10], 3).left(30) is None  # nothing left


def test_equal_trainings_leave_no_doubt() -> None:
    assert trainings([10, 10, 10], 5).left(30) == pytest.approx((20, 20))


def test_what_differs_is_less_sure() -> None:
    # rates 8, 10 and 12 per effort: mean 10, deviation 2; 2 of 5 left: 20 s, times or by 1 + 2 * 0.2 * sqrt(1/2 + 1/3)
    spread = 1 + 0.4 * (5 / 6) ** 0.5
    assert trainings([8, 10, 12], 5).left(30) == pytest.approx((20 / spread, 20 * spread))


def test_two_at_a_time_take_half_as_long() -> None:
    found = Trainings(7, {})
    for number in range(4):
        found.begin(str(number), 10.0 * (number // 2))
        found.end(str(number), 10.0 * (number // 2) + 10)
    assert found.left(20) == pytest.approx((15, 15))  # 3 of 10 s


def test_pauses_between_trainings_are_part_of_their_pace() -> None:
    assert trainings([10, 10, 10], 5).left(60) == pytest.approx((40, 40))  # as many seconds of other jobs


def test_what_runs_counts_in_part() -> None:
    found = trainings([10, 10, 10], 5)
    found.begin("4", 30)
    assert found.left(36) == pytest.approx((14, 14))


def test_declared_efforts_of_what_is_left_count() -> None:
    efforts = {"0": 1.0, "1": 2.0, "2": 1.0, "3": 5.0, "4": 1.0}
    found = trainings([10, 20, 10], 5, efforts)
    found.planned = frozenset(efforts)
    assert found.left(40) == pytest.approx((60, 60))
    found.planned = frozenset("01")  # not the ones of this run: as those so far
    assert found.left(40) == pytest.approx((2 * 40 / 3, 2 * 40 / 3))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        ((540.0, 725.0), "9 to 13 min left"),
        ((5400.0, 7200.0), "1.5 to 2.0 h left"),
        ((1.0, 59.0), "under 1 min left"),
    ],
)
def test_estimates_in_words(seconds: tuple[float, float], words: str) -> None:
    assert in_words(seconds) == words


def test_a_log_has_a_line_after_a_training_at_most_every_minute() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = follow(stream, clock, a=0.5, b=0.25)
    progress.emit(record(Event.RUN_INFO, stats={"train": 4, "measure": 4}))
    for number, model in enumerate("abcd"):
        job(progress, number, "train", model)
        clock.now += 40
        end(progress, number)
        job(progress, 10 + number, "measure", model)
        end(progress, 10 + number)
    assert stream.getvalue().splitlines() == [
        "trainings 1/4, 40 s elapsed",
        "trainings 3/4, 2 min 0 s elapsed, under 1 min left, best on malc27 0.500 a",
        "trainings 4/4, 2 min 40 s elapsed, best on malc27 0.500 a",
    ]


def test_seeds_of_a_network_are_trainings_of_their_own() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = follow(stream, clock, a=0.5)
    progress.emit(record(Event.RUN_INFO, stats={"train": 2}))
    for seed in (1, 2):
        job(progress, seed, "train", "a", seed)
    for seed in (1, 2):
        clock.now += 30
        end(progress, seed)
    assert progress.trainings is not None
    assert progress.trainings.took == {"malc27/a/seed1": 30, "malc27/a/seed2": 60}


def test_a_run_without_trainings_says_nothing() -> None:
    stream = io.StringIO()
    progress = follow(stream, Clock())
    progress.emit(record(Event.RUN_INFO, stats={"table": 4}))
    job(progress, 1, "measure", "a")
    end(progress, 1)
    assert stream.getvalue() == ""


TRAINING = {"dataset": "malc27", "model": "acenet", "seed": "1"}


def test_a_terminal_has_one_line_below_jobs_of_one_line() -> None:
    stream, clock = Terminal(), Clock()
    logger = logging.Logger("like Snakemake's")
    logger.addHandler(logging.StreamHandler(stream))
    progress = follow(stream, clock)
    logger.addHandler(progress)
    progress.shorten(logger)
    for one in (
        record(Event.RUN_INFO, "Job stats", stats={"train": 2}),
        record(None, "Select jobs to execute..."),
        record(Event.JOB_INFO, jobid=1, rule_name="train", rule_msg="Training it", wildcards=TRAINING),
        record(Event.JOB_FINISHED, "Finished jobid: 1", job_id=1),
        record(Event.PROGRESS, None, done=1, total=2),
    ):  # fmt: skip
        logger.handle(one)
    progress.close_line()
    logger.handle(record(None, "Complete log(s): x"))
    shown: list[str] = []
    for line in stream.getvalue().split("\n"):
        shown.append(line.split("\x1b[2K")[-1].strip("\r"))
    assert (
        shown[0] == "Job stats"
        and shown[1].endswith(" Training it")
        and shown[2:] == ["Complete log(s): x", ""]
    )
    assert "trainings 1/2" in stream.getvalue()


def test_whatever_is_odd_does_not_stop_the_run() -> None:
    stream = io.StringIO()
    progress = follow(stream, Clock())
    progress.emit(record(Event.RUN_INFO, stats={"train": "many"}))
    progress.emit(record(Event.JOB_INFO))
    assert stream.getvalue() == ""


def test_the_events_are_snakemakes_own() -> None:
    from snakemake_interface_logger_plugins.common import LogEvent

    for one in Event:
        assert LogEvent[one.name].value == one.value
