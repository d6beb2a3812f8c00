"""Raw files are those of a record by their contents, whatever their dates; they are read only where a doubt is."""

import os
from pathlib import Path

import pytest

from acenet.conform import replaced
from acenet.conform.replaced import compared, seen_file
from acenet.files.checksums import sha256_of
from tests.support.manifests import write_for


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """conform.json of an image and labels."""
    files = {"image": Path("images/a.nii"), "labels": Path("labels/a.nii")}
    for role, path in files.items():
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(role)
    write_for(
        tmp_path,
        sha256={path.as_posix(): sha256_of(tmp_path / path) for path in files.values()},
        read={role: seen_file(tmp_path, path) for role, path in files.items()},
    )
    return tmp_path / "conform.json"


def test_untouched_files_are_not_even_read(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaced, "sha256_of", None)
    assert compared(record.parent, record.parent) == "same"


@pytest.mark.parametrize("date", [1e9, 4e9])
def test_contents_count_and_not_dates(record: Path, date: float) -> None:
    labels = record.parent / "labels/a.nii"
    os.utime(labels, (date, date))
    assert compared(record.parent, record.parent) == "same"
    labels.write_text("LABELS")  # of the same length
    os.utime(labels, (date, date))
    assert compared(record.parent, record.parent) == "replaced"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"sha256": {}, "read": {}}', '{"sha256": {}}'])
def test_without_a_record_nothing_is_known(record: Path, text: str) -> None:
    record.write_text(text)
    assert compared(record.parent, record.parent) == "unknown"


def test_a_file_that_is_not_there_is_not_replaced(record: Path) -> None:
    (record.parent / "images/a.nii").unlink()
    assert compared(record.parent, record.parent) == "unknown"
    record.unlink()
    assert compared(record.parent, record.parent) == "unknown"
