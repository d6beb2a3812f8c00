"""A failure of the data or of ANTs leaves its reason; one of the machine ends the job."""

import errno
import faulthandler
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from acenet.augmentation.failures import PairError, failure, in_a_child, recording, require_usable
from acenet.errors import InputError


@pytest.mark.parametrize(
    "error",
    [InputError("t1.nii", expected="contrast", found="none"), RuntimeError("ITK says no"), PairError("x")],
)
def test_a_reason_takes_the_place_of_what_was_half_done(tmp_path: Path, error: Exception) -> None:
    out = tmp_path / "1000_T"
    with recording(out, "exclude"):
        (out / "image.nii").write_text("half")
        raise error
    assert [path.name for path in out.iterdir()] == ["failed.json"] and failure(out) == str(error)
    with pytest.raises(PairError, match="target T: "):
        require_usable(out, "target T")


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("error", [FULL, MemoryError(), KeyboardInterrupt()])
def test_what_the_pair_cannot_help_ends_the_job(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)), recording(tmp_path / "pair", "exclude"):
        raise error
    assert not failure(tmp_path / "pair")


def test_stop_raises_and_a_later_success_forgets_the_failure(tmp_path: Path) -> None:
    with recording(tmp_path, "exclude"):
        raise RuntimeError("once")
    assert failure(tmp_path) == "once"
    with pytest.raises(RuntimeError), recording(tmp_path, "stop"):
        raise RuntimeError("twice")
    with recording(tmp_path, "stop"):
        (tmp_path / "image.nii").touch()
    assert failure(tmp_path) == "" and (tmp_path / "image.nii").exists()
    with pytest.raises(InputError, match="exclude or stop"), recording(tmp_path, "ignore"):
        pass


def ending_by(number: signal.Signals) -> Callable[[], None]:
    """What ends its own process, without pytest's report of the stack."""

    def end() -> None:
        faulthandler.disable()
        os.kill(os.getpid(), number)

    return end


def test_a_crash_fails_its_pair_alone(tmp_path: Path) -> None:
    out = tmp_path / "pair"
    out.mkdir()
    (out / "image.nii").touch()
    in_a_child(ending_by(signal.SIGSEGV), out, "exclude")
    assert failure(out) == "the registration crashed (SIGSEGV)" and not (out / "image.nii").exists()
    with pytest.raises(RuntimeError, match="SIGSEGV"):
        in_a_child(ending_by(signal.SIGSEGV), out, "stop")


def test_a_killed_or_failing_job_is_no_failed_pair(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RuntimeError, match="SIGKILL"):
        in_a_child(ending_by(signal.SIGKILL), tmp_path / "pair", "exclude")

    def full() -> None:
        raise FULL

    with pytest.raises(RuntimeError, match="status 1"), caplog.at_level(logging.ERROR):
        in_a_child(full, tmp_path / "pair", "exclude")
    assert not failure(tmp_path / "pair")


def test_work_in_a_child_leaves_its_files(tmp_path: Path) -> None:
    in_a_child((tmp_path / "made").touch, tmp_path, "exclude")
    assert (tmp_path / "made").exists()
