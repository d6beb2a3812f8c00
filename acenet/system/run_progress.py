"""How far a run of the workflow is: one line, from the events that Snakemake logs.

Events are those of its interface for loggers (`snakemake_interface_logger_plugins.common.LogEvent`), by their names. On
a terminal the line stands at the bottom; in a log it is written after a training, at most every minute.
"""

import logging
import math
import shutil
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from acenet.system.job_log import CLEAR
from acenet.system.progress import duration

TRAIN, MEASURE = "train", "measure"
FEWEST = 3  # finished trainings, before which nothing is said of the end
EVERY_LOG_S = 60.0
NARROWEST = 40  # columns
DROPPED = ("job_started", "job_finished", "progress")  # what the line says is not said twice
SELECTING = "Select jobs to execute"


@dataclass
class Trainings:
    """Which trainings of a run, each with its seed, are done and how long they took; times in seconds of any clock.

    Attributes
    ----------
    total
        Of this run.
    efforts
        What each takes next to others.
    planned
        What they are called (`malc27/quicknatv2/seed1`), where that is known.
    """

    total: int
    efforts: Mapping[str, float]
    planned: frozenset[str] = frozenset()
    begun: dict[str, float] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)
    first: float = math.nan

    def begin(self, training: str, now: float) -> None:
        """A training starts, or starts again."""
        self.begun[training] = now
        self.first = now if math.isnan(self.first) else self.first

    def end(self, training: str, now: float) -> None:
        """A training is done."""
        if (begun := self.begun.pop(training, None)) is not None:
            self.took[training] = now - begun

    def left(self, now: float) -> tuple[float, float] | None:
        """Seconds until the last training ends, at least and at most (two standard errors).

        None where it is too early to say, and in the end.
        The work that is left, at the mean rate of the finished ones, shared among as many as ran at a time on average.
        How far single trainings were from the mean rate gives the spread.
        """
        done, rest = len(self.took), self.total - len(self.took)
        if rest <= 0 or done < FEWEST or now <= self.first:
            return None
        efforts = [self.efforts.get(one, 1.0) for one in self.took]
        rates = [seconds / effort for seconds, effort in zip(self.took.values(), efforts, strict=True)]
        rate = sum(self.took.values()) / sum(efforts)
        running = sum(now - begun for begun in self.begun.values())
        at_a_time = (sum(self.took.values()) + running) / (now - self.first)
        work = max(self._effort_left(rest, efforts) * rate - running, 0.0)
        if not rate or not at_a_time:
            return None
        spread = 2 * statistics.stdev(rates) / rate * math.sqrt(1 / rest + 1 / done)
        middle = work / at_a_time
        return middle / (1 + spread), middle * (1 + spread)

    def _effort_left(self, rest: int, done: list[float]) -> float:
        open_ones = self.planned - self.took.keys()
        if len(open_ones) == rest:
            return sum(self.efforts.get(one, 1.0) for one in open_ones)
        return rest * statistics.mean(done)


def in_words(seconds: tuple[float, float] | None) -> str:
    """An estimate in words.

    >>> in_words((540.0, 725.0)), in_words((30.0, 50.0)), in_words((8000.0, 9000.0)), in_words(None)
    ('9 to 13 min left', 'under 1 min left', '2.2 to 2.5 h left', '')
    """
    if seconds is None:
        return ""
    low, high = seconds
    if high < 60:
        return "under 1 min left"
    if high < 5400:
        first, last = math.floor(low / 60), math.ceil(high / 60)
        return f"{first} to {last} min left"
    return f"{low / 3600:.1f} to {high / 3600:.1f} h left"


class RunProgress(logging.Handler):
    """Follows the records of Snakemake's logger and writes the line.

    Parameters
    ----------
    stream
        Where to; None for nowhere.
    efforts
        Asked once, when the run is known: what each training takes next to others.
    planned
        Asked at the same time: those that are not made yet.
    score
        How good a training is that was measured; None where that is not known.
    """

    def __init__(
        self,
        stream: TextIO | None,
        efforts: Callable[[], Mapping[str, float]],
        planned: Callable[[], frozenset[str]],
        score: Callable[[str], float | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(logging.INFO)
        self.stream, self.efforts, self.planned, self.score, self.clock = (
            stream,
            efforts,
            planned,
            score,
            clock,
        )
        self.live = stream is not None and stream.isatty()
        self.trainings: Trainings | None = None
        self.jobs: dict[Any, tuple[str, str]] = {}
        self.best: dict[str, tuple[float, str]] = {}
        self.last_measured, self.written, self.started = "", -math.inf, clock()
        self.shown = self.closed = False

    def emit(self, record: logging.LogRecord) -> None:
        """Count one event; whatever is odd about it, the run goes on."""
        try:
            if self._count(record):
                self._write()
            elif self.live:
                self._draw()
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Say nothing any more; a line less is no reason to stop."""
        self.stream, self.live = None, False

    def _count(self, record: logging.LogRecord) -> bool:
        """Take one event; whether a training has ended."""
        what, now = event_of(record), self.clock()
        if what == "run_info" and self.trainings is None:
            total = int(getattr(record, "stats", {}).get(TRAIN, 0))
            if total:
                self.trainings = Trainings(total, self.efforts(), self.planned())
                self.started = now
        elif what == "job_info":
            values = getattr(record, "wildcards", None) or {}
            training = f"{values.get('dataset')}/{values.get('model')}/seed{values.get('seed')}"
            name = str(getattr(record, "rule_name", ""))
            self.jobs[getattr(record, "jobid", None)] = name, training
            if name == TRAIN and self.trainings is not None:
                self.trainings.begin(training, now)
        elif what == "job_finished":
            name, training = self.jobs.pop(getattr(record, "job_id", None), ("", ""))
            if name == TRAIN and self.trainings is not None:
                self.trainings.end(training, now)
                return True
            if name == MEASURE:
                self._measured(training)
        return False

    def _measured(self, training: str) -> None:
        score, dataset = self.score(training), training.split("/")[0]
        if score is not None:
            self.last_measured = dataset
            self.best[dataset] = max(self.best.get(dataset, (-math.inf, "")), (score, training))

    def line(self) -> str:
        """What is to be said now; '' before anything is known."""
        if self.trainings is None:
            return ""
        now = self.clock()
        parts = [
            f"trainings {len(self.trainings.took)}/{self.trainings.total}",
            f"{duration(now - self.started)} elapsed",
            in_words(self.trainings.left(now)),
        ]
        if self.last_measured:
            score, training = self.best[self.last_measured]
            parts.append(f"best on {self.last_measured} {score:.3f} {training.split('/')[1]}")
        return ", ".join(filter(None, parts))

    def _write(self) -> None:
        """After a training: draw, or write into a log what is due."""
        if self.live:
            self._draw()
        elif self.stream is not None and self.trainings is not None:
            ended = len(self.trainings.took) == self.trainings.total
            if ended or self.clock() - self.written >= EVERY_LOG_S:
                self.written = self.clock()
                self.stream.write(self.line() + "\n")
                self.stream.flush()

    def _draw(self) -> None:
        if self.stream is None or self.trainings is None or self.closed:
            return
        width = max(shutil.get_terminal_size().columns - 1, NARROWEST)
        self.stream.write(f"{CLEAR}{self.line()[:width]}\r")
        self.stream.flush()
        self.shown = True

    def close_line(self) -> None:
        """The run has ended: take the line away for good."""
        self.clear()
        self.closed = True

    def clear(self) -> None:
        """Take the line away, before something else is written."""
        if self.shown and self.stream is not None:
            self.stream.write(CLEAR)
            self.stream.flush()
        self.shown = False

    def shorten(self, logger: logging.Logger) -> None:
        """From now on, let what Snakemake writes to the terminal say each job in one line, above ours."""
        for handler in logger.handlers:
            plain = isinstance(handler, logging.StreamHandler) and not isinstance(
                handler, logging.FileHandler
            )
            if plain and handler is not self:
                handler.addFilter(self._above)
                handler.setFormatter(_OneLine(handler.formatter))

    def _above(self, record: logging.LogRecord) -> bool:
        """A filter of a handler, which comes before it writes; our line says what is dropped."""
        said = event_of(record) in DROPPED or str(record.msg).startswith(SELECTING)
        if self.trainings is not None and said and not self.closed:
            return False
        self.clear()
        return True


class _OneLine(logging.Formatter):
    """Says a job that has a message in one line, and all else as Snakemake does."""

    def __init__(self, others: logging.Formatter | None) -> None:
        super().__init__()
        self.others = others or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        """The text of a record."""
        if event_of(record) == "job_info" and (said := getattr(record, "rule_msg", None)):
            return f"{time.strftime('%H:%M:%S')} {said}"
        return self.others.format(record)


def event_of(record: logging.LogRecord) -> str:
    """The name of the event that a record tells of; '' for others."""
    event = getattr(record, "event", None)
    return str(getattr(event, "value", event or "")).lower()
