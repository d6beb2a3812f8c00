"""Look-up tables hold each structure's id, name and colour in the form that each program reads."""

import re
from pathlib import Path

import pandas as pd

from acenet.protocols import load_protocol
from acenet.segmenting.lookup import write_lookups

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
