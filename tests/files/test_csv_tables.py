"""Tables that people write, and what editors make of them."""

from pathlib import Path

import pytest

from acenet.datasets.splits import read_split
from acenet.errors import InputError
from acenet.files.csv_tables import read_rows, read_text
from acenet.protocols.tables import completed_table


def test_marks_line_ends_and_missing_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeffname,side\r\nHöhle,L\r\n"a,b"\r\n'.encode())
    assert read_rows(path) == (
        ["name", "side"],
        [{"name": "Höhle", "side": "L"}, {"name": "a,b", "side": None}],
    )
    path.write_bytes(b"")
    assert read_rows(path) == ([], [])


def test_other_encodings_are_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("name\nHöhle\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"a\.csv: expected text in UTF-8 .*found byte 0xf6 in line 2"):
        read_text(path)
    path.write_bytes("subject,split\n".encode("utf-16-le"))
    with pytest.raises(InputError, match="a binary file, or text in UTF-16"):
        read_text(path)


@pytest.mark.parametrize("read", [read_split, completed_table])
def test_splits_and_protocols_are_read_so(tmp_path: Path, read: object) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("source_ids\tname\n1\tHöhle\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"table\.csv: expected text in UTF-8"):
        read(path)  # type: ignore[operator]


def test_rows_that_are_no_table_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n"' + "x" * 200_000 + '",1\n')
    with pytest.raises(InputError, match=r"a\.csv: expected a table; found field larger than field limit"):
        read_rows(path)
