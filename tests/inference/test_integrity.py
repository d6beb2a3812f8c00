"""Segmentations are measured as they were written, or not at all."""

from collections.abc import Callable
from pathlib import Path

import pytest

from acenet.errors import InputError
from acenet.inference.integrity import SEGMENTED, record_segmented, require_segmented


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Ann_classes.nii.gz", "Ann_brainmask.nii.gz", "times.csv"):
        (tmp_path / name).write_text(name)
    record_segmented(tmp_path)
    return tmp_path


def test_untouched_segmentations_and_those_without_a_record_pass(folder: Path) -> None:
    require_segmented(folder)
    (folder / "times.csv").write_text("a note")  # no segmentation
    require_segmented(folder)
    (folder / "Ann_classes.nii.gz").write_text("edited")
    (folder / SEGMENTED).unlink()
    require_segmented(folder)


@pytest.mark.parametrize(
    ("change", "name", "said"),
    [
        (Path.unlink, "Ann_classes.nii.gz", "no such file"),
        (lambda path: path.write_text(""), "Ann_brainmask.nii.gz", "it is damaged or was changed"),
        (lambda path: path.write_text("edited"), "Ann_classes.nii.gz", "it is damaged or was changed"),
        (lambda path: path.write_text("{"), SEGMENTED, "something else"),
        (lambda path: path.write_text("3"), SEGMENTED, "something else"),
    ],
)
def test_what_was_changed_is_refused_with_the_remedy(
    folder: Path, change: Callable[[Path], object], name: str, said: str
) -> None:
    change(folder / name)
    with pytest.raises(InputError) as refused:
        require_segmented(folder)
    assert str(refused.value).startswith(f"{folder / name}: ")
    assert said in str(refused.value) and f"delete the folder {folder} and run" in str(refused.value)
