"""Look-up tables hold each structure's id, name and colour in the form that each program reads."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd

from acenet.protocols import load_protocol
from acenet.segment.lookup_tables import as_table, for_freeview, for_itk_snap, write_lookups

PROTOCOL = load_protocol("malc27")
EXPECTED = {one.native_id: one.colour for one in PROTOCOL.structures}


def test_all_three_say_the_same(tmp_path: Path) -> None:
    write_lookups(PROTOCOL, tmp_path, table="malc27_labels.tsv")
    table = pd.read_csv(tmp_path / "malc27_labels.tsv", sep="\t")
    assert table.columns[:3].tolist() == ["index", "name", "color"]  # BIDS
    colours = {i: tuple(bytes.fromhex(c[1:])) for i, c in zip(table["index"], table["color"], strict=True)}
    assert colours == {0: (0, 0, 0)} | EXPECTED
    assert table["name"].tolist() == ["Background", *(one.name for one in PROTOCOL.structures)]

    lines = (tmp_path / "malc27_freeview.txt").read_text().splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    assert all(len(row) == 6 for row in rows)  # names without spaces
    assert {int(r[0]): tuple(map(int, r[2:5])) for r in rows[1:]} == EXPECTED

    text = (tmp_path / "malc27_itksnap.txt").read_text()
    found = re.findall(r'^ +(\d+) +(\d+) +(\d+) +(\d+) +([01]) +([01]) +([01]) +"(.+)"$', text, re.MULTILINE)
    assert found[0] == ("0", "0", "0", "0", "0", "0", "0", "Clear Label")
    assert {int(r[0]): tuple(map(int, r[1:4])) for r in found[1:]} == EXPECTED
    assert [r[7] for r in found[1:]] == [one.name for one in PROTOCOL.structures]


def test_names_do_not_break_their_files(tmp_path: Path) -> None:
    names = ('A "b" c', "tab\tand\nline", "a, b; #c", "ü 頭", "|x|", "  ")
    odd = [replace(one, name=name) for one, name in zip(PROTOCOL.structures, names, strict=False)]
    clean = ['A "b" c', "tab and line", "a, b; #c", "ü 頭", "|x|"]
    table = pd.read_csv(io.StringIO(as_table(odd)), sep="\t", keep_default_na=False)
    assert table["name"].tolist()[1:] == [*clean, ""]
    assert all(len(line.split("\t")) == 4 for line in as_table(odd).splitlines())
    assert all(len(line.split()) == 6 for line in for_freeview(odd).splitlines()[1:])
    lines = for_itk_snap(odd).splitlines()
    assert [line.split('"')[1] for line in lines[-6:-1]] == ["A 'b' c", *clean[1:]]
    assert all(line.count('"') == 2 for line in lines[-6:])


def test_names_that_would_be_alike_get_their_ids() -> None:
    names = ("Left  Hemi", "Left Hemi", "left hemi (4)", "Background", "brain mask", " ", "\t", "Left-Hemi")
    odd = [replace(one, name=name) for one, name in zip(PROTOCOL.structures, names, strict=False)]
    ids = [one.native_id for one in odd]
    table = pd.read_csv(io.StringIO(as_table(odd)), sep="\t", keep_default_na=False)["name"].tolist()
    assert table[1:3] == [f"Left Hemi ({ids[0]})", f"Left Hemi ({ids[1]})"] and table[-1] == "Left-Hemi"
    freeview = [line.split()[1] for line in for_freeview(odd).splitlines()[1:]]
    itk_snap = [line.split('"')[1] for line in for_itk_snap(odd).splitlines()[-8:]]
    for written in (table, freeview, itk_snap):
        assert len({name.casefold() for name in written}) == len(written) and "Brain mask" not in written
    assert set(map(len, (table, freeview))) == {9}
