"""Files are complete or absent."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from acenet.files.atomic import replacing, write_json


def test_the_new_content_replaces_the_old(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    for content in ("one", "two"):
        with replacing(path) as temporary:
            temporary.write_text(content)
            assert temporary != path and temporary.parent == path.parent
        assert path.read_text() == content
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("old", [None, "old"])
def test_an_error_leaves_what_was_there(tmp_path: Path, error: type[BaseException], old: str | None) -> None:
    path = tmp_path / "a.csv"
    if old:
        path.write_text(old)
    with pytest.raises(error), replacing(path) as temporary:
        temporary.write_text("half")
        raise error
    assert [p.name for p in tmp_path.iterdir()] == (["a.csv"] if old else [])
    assert not old or path.read_text() == old


@pytest.mark.parametrize("name", ["image.nii.gz", "1000_3_glm.nii.gz", "model.pt", "plain", ".hidden.csv"])
def test_the_temporary_name_keeps_the_suffixes(tmp_path: Path, name: str) -> None:
    with replacing(tmp_path / name) as temporary:
        temporary.write_bytes(b"x")
        assert temporary.name.startswith(".")
        assert "".join(temporary.suffixes) == "".join(Path(name).suffixes)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_the_file_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "a") as temporary:
            temporary.write_bytes(b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_killed_process_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    code = (
        "import os, sys; from acenet.files.atomic import replacing\n"
        "with replacing(sys.argv[1]) as t: t.write_text('half'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 9
    assert path.read_text() == "old"


def test_json_has_no_numbers_that_json_does_not_know(tmp_path: Path) -> None:
    content = {"a": float("nan"), "b": [1.5, (float("inf"), -float("inf"))], "c": {"d": None, "e": 1}}
    write_json(tmp_path / "a.json", content)

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    found = json.loads((tmp_path / "a.json").read_text(), parse_constant=refuse)
    assert found == {"a": None, "b": [1.5, [None, None]], "c": {"d": None, "e": 1}}


def test_errors_name_the_file_and_not_its_temporary_name(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError) as caught, replacing(tmp_path / "folder") as temporary:
        temporary.write_text("x")
    assert caught.value.filename == str(tmp_path / "folder")
    with (
        pytest.raises(OSError, match="too long") as too_long,
        replacing(tmp_path / f"a.{'b' * 10}" / ("c" * 300)),
    ):
        pass
    assert "c" * 300 in str(too_long.value.filename)
