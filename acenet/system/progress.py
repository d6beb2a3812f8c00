"""How far the work has come and how long it will take, on one line of a terminal or in a few lines of a log.

`Pace` is behind every such report: those of trainings, of downloads and of the segmentation of scans.
"""

import time
from typing import TextIO

from acenet.system.terminal import printable

EVERY_TERMINAL_S, EVERY_LOG_S = 0.5, 30.0


class Pace:
    """When it is time to report again, and how long the rest of a work takes at the pace so far.

    Parameters
    ----------
    begun
        How much was done before, by an earlier sitting; of the unit that `left` is asked in.
    every
        Seconds between two reports.
    """

    def __init__(self, *, begun: float = 0, every: float = EVERY_LOG_S) -> None:
        self.begun, self.every = begun, every
        self.started = self.reported = time.monotonic()

    def due(self) -> bool:
        """Whether to report now; the next report is then due `every` seconds later."""
        now = time.monotonic()
        if now - self.reported < self.every:
            return False
        self.reported = now
        return True

    def left(self, done: float, total: float) -> str:
        """The time that is left, in words, once `done` of `total` is done; '?' where that is not known yet."""
        gained = done - self.begun
        passed = time.monotonic() - self.started
        return duration((total - done) * passed / gained if gained > 0 else float("nan"))


class Progress:
    """Progress of one scan after the other.

    Attributes
    ----------
    stream
        Where it is written; a terminal has its last line overwritten. None: nowhere.
    """

    def __init__(self, scans: int, stream: TextIO | None) -> None:
        self.scans, self.stream = scans, stream
        self.live = stream is not None and stream.isatty()
        self.done, self.name = 0, ""
        self.started = self.scan_started = time.monotonic()
        self.reports = Pace(every=EVERY_TERMINAL_S if self.live else EVERY_LOG_S)
        self.network_pass = Pace()

    def scan(self, name: str) -> None:
        """The next scan begins."""
        self.name, self.scan_started = printable(name).replace("\n", "\\n"), time.monotonic()

    def begin(self) -> None:
        """The next pass of the network over this scan begins."""
        self.network_pass = Pace()

    def show(self, what: str, fraction: float) -> None:
        """The pass called `what` has come to `fraction` (0..1); written every so often only."""
        if self.stream is None or not self.reports.due():
            return
        left = self.network_pass.left(fraction, 1)
        line = f"scan {self.done + 1}/{self.scans} {self.name}: {what} {fraction:4.0%}, {left} left"
        if self.done and (others := self.scans - self.done - 1):
            each = (self.scan_started - self.started) / self.done
            line += f", {duration(others * each)} for the other {others}"
        self._write(line)

    def finish(self) -> None:
        """The scan is through, well or not."""
        self.done += 1
        if self.live:
            self._write("")

    def _write(self, line: str) -> None:
        if self.stream is None:
            return
        try:
            encoding = self.stream.encoding or "utf-8"
            line = line.encode(encoding, "backslashreplace").decode(encoding)
            self.stream.write(f"\r\x1b[2K{line}" if self.live else f"{line}\n")
            self.stream.flush()
        except (OSError, ValueError):  # nobody reads it any more
            self.stream = None


def duration(seconds: float) -> str:
    """A time in words.

    >>> duration(8), duration(95), duration(3720)
    ('8 s', '1 min 35 s', '1 h 2 min')
    """
    if seconds != seconds:  # not known yet
        return "?"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
