"""Progress with the time left, on terminals and in logs."""

import io

import pytest

from acenet.system.progress import Pace, Progress, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("acenet.system.progress.time.monotonic", lambda: now[0])
    return now


def two_scans(progress: Progress, clock: list[float]) -> None:
    for start in (0.0, 100.0):
        clock[0] = start
        progress.scan(f"scan at {start:.0f}")
        progress.begin()
        for step in range(1, 5):
            clock[0] = start + 25 * step
            progress.show("segmenting", step / 4)
        progress.finish()


def test_on_a_terminal_one_line_is_overwritten(clock: list[float]) -> None:
    stream = Terminal()
    two_scans(Progress(3, stream), clock)
    lines = stream.getvalue().split("\r\x1b[2K")
    assert lines[1] == "scan 1/3 scan at 0: segmenting  25%, 1 min 15 s left"
    assert lines[6] == "scan 2/3 scan at 100: segmenting  25%, 1 min 15 s left, 1 min 40 s for the other 1"
    assert lines[-1] == "" and "\n" not in stream.getvalue()


def test_in_a_log_there_are_few_lines(clock: list[float]) -> None:
    stream = io.StringIO()
    two_scans(Progress(2, stream), clock)
    lines = stream.getvalue().splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "scan 1/2 scan at 0: segmenting  50%",
        "scan 1/2 scan at 0: segmenting 100%",
        "scan 2/2 scan at 100: segmenting  50%",
        "scan 2/2 scan at 100: segmenting 100%",
    ]


def test_nowhere(clock: list[float]) -> None:
    two_scans(Progress(2, None), clock)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (7320, "2 h 2 min")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_the_pace_of_what_was_done_here_tells_the_rest(clock: list[float]) -> None:
    pace = Pace(begun=40, every=10)
    assert not pace.due() and pace.left(40, 100) == "?"
    clock[0] = 10.0
    assert pace.due() and not pace.due()
    assert pace.left(50, 100) == "50 s"  # 10 in 10 s; the 40 of an earlier sitting took none of them
