"""Where a job's messages go, and how it ends."""

import logging
from pathlib import Path

import pytest

from acenet.errors import InputError
from acenet.system.job_log import logged


def test_details_go_to_the_file_and_news_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new" / "job.log"
    with logged(path):
        logging.getLogger("acenet.x").debug("a detail")
        logging.getLogger("acenet.x").info("some news")
        logging.getLogger("elsewhere").warning("not ours")
    text, terminal = path.read_text(), capsys.readouterr().err
    assert "DEBUG a detail" in text and "INFO some news" in text
    assert "some news" in terminal and "a detail" not in terminal
    assert "not ours" not in text


def test_bad_input_ends_the_job_with_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, logged(tmp_path / "job.log"):
        raise InputError("scan.nii.gz", expected="an image", found="an empty file")
    assert ended.value.code == 1
    for text in ((tmp_path / "job.log").read_text(), capsys.readouterr().err):
        assert "ERROR scan.nii.gz: expected an image; found an empty file" in text
        assert "Traceback" not in text and len(text.splitlines()) == 1


def test_any_other_error_leaves_its_traceback(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended, logged(tmp_path / "job.log"):
        raise ZeroDivisionError("by nothing")
    assert ended.value.code == 1
    text = (tmp_path / "job.log").read_text()
    assert "Traceback" in text and "ZeroDivisionError: by nothing" in text


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    package = logging.getLogger("acenet")
    before = list(package.handlers)
    for n in range(2):
        with logged(tmp_path / f"{n}.log"):
            package.info("line %d", n)
    with pytest.raises(SystemExit), logged(tmp_path / "2.log"):
        raise ValueError
    assert package.handlers == before
    assert (tmp_path / "1.log").read_text().count("line") == 1
