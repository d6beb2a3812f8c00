"""A table of structures as people and spreadsheets write it: read, or refused with file, line and column."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acenet.errors import InputError
from acenet.protocols import Protocol, load_protocol, parse_protocol
from acenet.protocols.tables import COLUMNS, completed_table, table_lines

HEAD = "source_ids\tname\n"
GOOD = f"{HEAD}17\tLeft Hippocampus\n3,42\tCortex\n1,5-6\tbackground\n"


def read(folder: Path, table: str | bytes) -> Protocol:
    path = folder / "labels.tsv"
    path.write_bytes(table if isinstance(table, bytes) else table.encode())
    return parse_protocol("mine", completed_table(path))


def essence(protocol: Protocol) -> list[tuple[str, tuple[int, ...]]]:
    return [(one.name, one.source_ids) for one in protocol.structures]


@pytest.mark.parametrize(
    "table",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        "\ufeff" + GOOD,
        GOOD.removesuffix("\n"),
        GOOD.replace(HEAD, f"# my structures\n\n{HEAD}\t\n"),
        GOOD.replace(HEAD, "Source_IDs\tNAME\t\n"),
        GOOD.replace("3,42\tCortex", '"3, 42"\t"Cortex"'),
        GOOD.replace("5-6", "5 - 6").replace("background", "Background"),
    ],
)
def test_what_editors_and_spreadsheets_make_of_a_table_is_read(tmp_path: Path, table: str) -> None:
    protocol = read(tmp_path, table)
    assert essence(protocol) == [("Left Hippocampus", (17,)), ("Cortex", (3, 42))]
    assert protocol.background_ids == (1, 5, 6)


@pytest.mark.parametrize(
    ("rows", "place", "said"),
    [
        ("20-17\ta", "line 2, column source_ids", r"runs upwards \(17-20\); found 20-17"),
        ("17.0\ta", "line 2, column source_ids", "whole numbers such as 17 .*found '17.0'"),
        ("1\ta\n\n3-Apr\tb", "line 4, column source_ids", "found '3-Apr'"),
        ("-4\ta", "line 2, column source_ids", "found '-4'"),
        ("1,,2\ta", "line 2, column source_ids", "found '1,,2'"),
        ("\ta", "line 2, column source_ids", "found nothing"),
        ("0,1\ta", "line 2, column source_ids", "which 0 is not"),
        ("1-9999999\ta", "line 2, column source_ids", "ranges of at most"),
        ("9999999999\ta", "line 2, column source_ids", "ids up to"),
        ("1\t", "line 2, column name", "name; found nothing"),
        ("1", "line 2, column name", "name; found nothing"),
        ("1\ta\n2\tb\n1\tc", "line 4, column source_ids", "each source id once; found 1 again, as in line 2"),
        ("1,1\ta", "line 2, column source_ids", "1 again, as in line 2"),
        ("1\ta\n# no\n2\ta", "line 4, column name", "each name once; found a again, as in line 2"),
        ("1\ta\tb", "line 2", "2 cells, as the header has; found 3"),
        ('1\t"a\n2\tb', "line 2", "a row of a table; found unexpected end of data"),
        ('1\t"a\n2\tb"\n3\tc', "line 2", "line breaks.*is a quote not closed"),
        ("1\tbackground", "labels.tsv", "background only"),
    ],
)
def test_mistakes_in_rows_are_told_by_line_and_column(
    tmp_path: Path, rows: str, place: str, said: str
) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, HEAD + rows + "\n")
    assert re.search(said, str(refused.value)), refused.value
    assert str(tmp_path / "labels.tsv") in str(refused.value) and place in str(refused.value)


@pytest.mark.parametrize(
    ("column", "cell", "found"),
    [
        *((colour, cell, cell) for colour in "RGB" for cell in ("256", "-1", "1.5", "red")),
        ("hemisphere", "both", "both"),
        ("evaluated", "2", "2"),
        ("native_id", "0", "0"),
        ("native_id", "x", "x"),
        ("index", "2", "2"),
        ("index", "1.0", "1.0"),
    ],
)
def test_further_columns_hold_what_they_may(tmp_path: Path, column: str, cell: str, found: str) -> None:
    with pytest.raises(InputError, match=rf"labels\.tsv, line 2, column {column}: .*found {found}"):
        read(tmp_path, f"source_ids\tname\t{column}\n1\ta\t{cell}\n")


def test_words_for_sides_and_answers(tmp_path: Path) -> None:
    table = "source_ids\tname\themisphere\tevaluated\n1\ta\tleft\tyes\n2\tb\tRH\tFALSE\n3\tc\tm\t0\n4\tLeft d\t\t\n"
    found = [(s.hemisphere, s.evaluated) for s in read(tmp_path, table).structures]
    assert found == [("L", True), ("R", False), ("M", False), ("L", True)]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("source_ids;name", "separated by tabs; found a header without name, source_ids .*by semicolons"),
        ("source_ids,name", "separated by commas"),
        ("source_id\tname", "without source_ids in 'source_id, name'"),
        ("source_ids\tname\tevaluate", r"with evaluate \(evaluated, perhaps\)"),
        ("source_ids\tname\t\tR", "a column without a name"),
        ("source_ids\tname\tname", "each column once; found name again"),
        ("17\tLeft Hippocampus", "without name, source_ids in '17, Left Hippocampus'"),
    ],
)
def test_headers(tmp_path: Path, header: str, said: str) -> None:
    with pytest.raises(InputError, match=rf"labels\.tsv, line 1: expected .*{said}"):
        read(tmp_path, f"{header}\n1\ta\n")


def test_other_encodings(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"labels\.tsv: expected text in UTF-8 .*byte 0xe9 in line 2"):
        read(tmp_path, f"{HEAD}1\tpr\xe9cun\xe9us\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"labels\.tsv: expected text in UTF-8 .*byte 0xff in line 1"):
        read(tmp_path, GOOD.encode("utf-16"))


def test_254_structures_and_not_one_more(tmp_path: Path) -> None:
    rows = [f"{k}\ts{k}\n" for k in range(1, 256)]
    assert read(tmp_path, HEAD + "".join(rows[:254])).n_classes == 255
    with pytest.raises(InputError, match=r"line 256, column name: expected at most 254 structures"):
        read(tmp_path, HEAD + "".join(rows))


names = st.text(st.characters(blacklist_categories=("Cc", "Cs")), min_size=1).map(str.strip)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    found=st.lists(
        names.filter(lambda name: name and name.casefold() != "background"), min_size=1, unique=True
    )
)
def test_a_completed_table_reads_as_itself_whatever_the_names(tmp_path: Path, found: list[str]) -> None:
    """The workflow completes a table, writes it, and reads it again; quotes, commas and dollars stay."""
    table = table_lines([("source_ids", "name"), *((k, name) for k, name in enumerate(found, start=1))])
    protocol = read(tmp_path, "\n".join(table))
    assert [structure.name for structure in protocol.structures] == found
    (tmp_path / "again.tsv").write_text("\n".join(completed_table(tmp_path / "labels.tsv")), encoding="utf-8")
    load_protocol.cache_clear()
    assert load_protocol(str(tmp_path / "again.tsv")).structures == protocol.structures
    assert parse_protocol("mine", protocol.table()) == protocol


def test_tables_of_models_are_held_to_the_same() -> None:
    """Rows that a file of weights brings along, not a person's table."""
    good = "1\t17\t17\ta\tL\t1\t2\t3\t1\t"
    head = "\t".join(COLUMNS)
    for bad in (
        good.replace("17", "20-17", 1),
        good.replace("\t3\t", "\t300\t"),
        good.replace("\ta\t", "\t\t"),
    ):
        with pytest.raises(InputError, match="protocol mine, line 2: expected ten valid columns"):
            parse_protocol("mine", [head, bad])
    with pytest.raises(InputError, match="positive ids"):
        parse_protocol("mine", [head, good.replace("17", "0,17", 1)])
