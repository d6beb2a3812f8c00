"""The packaged protocols hold what the papers and the datasets say, and refuse what they do not know."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acenet.errors import InputError
from acenet.protocols import DATASETS, Protocol, load_protocol, parse_protocol

HEADER = "index\tsource_ids\tnative_id\tname\themisphere\tR\tG\tB\tevaluated\tnote"


@pytest.mark.parametrize(
    ("name", "classes", "evaluated", "left"),
    [
        ("malc27", 28, 27, 12),
        ("malc133", 139, 133, 49 + 16),
        ("schizbull32", 33, 32, 14),
        ("mindboggle62", 63, 62, 31),
    ],
)
def test_sizes(name: str, classes: int, evaluated: int, left: int) -> None:
    protocol = load_protocol(name)
    assert protocol.n_classes == classes
    assert len(protocol.evaluated) == evaluated
    sides = [structure.hemisphere for structure in protocol.structures]
    assert sides.count("L") == sides.count("R") == left


def test_fine_protocol_does_not_count_the_five_ids_left_out() -> None:
    protocol = load_protocol("malc133")
    assert {s.native_id for s in protocol.structures if not s.evaluated} == {42, 43, 63, 64, 69}


@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [
        ("malc27", 45, 1),  # left white matter comes first in the official order
        ("malc27", 207, 2),  # odd cortical ids are left
        ("malc27", 100, 4),
        ("malc27", 61, 27),
        ("malc27", 23, 0),  # accumbens is no coarse structure
        ("malc27", 126, 0),  # stray ids
        ("malc133", 15, 0),
        ("malc133", 74, 0),
        ("malc133", 4, 1),
        ("malc133", 207, 138),
        ("mindboggle62", 1002, 1),
        ("mindboggle62", 2035, 62),
        ("mindboggle62", 1033, 0),
        ("mindboggle62", 17, 0),
        ("schizbull32", 2, 1),
        ("schizbull32", 60, 32),
        ("schizbull32", 62, 0),
    ],
)
def test_known_ids(name: str, label: int, expected: int) -> None:
    assert load_protocol(name).encode(np.array([[[label]]]))[0, 0, 0] == expected


def test_coarse_cortices_have_ids_of_their_own_in_native_space() -> None:
    protocol = load_protocol("malc27")
    native = protocol.decode(protocol.encode(np.array([[[101, 207, 100, 206, 45]]])))
    np.testing.assert_array_equal(native, [[[211, 211, 210, 210, 45]]])


@pytest.mark.parametrize("name", DATASETS)
def test_decode_inverts_encode_on_native_ids(name: str) -> None:
    protocol = load_protocol(name)
    classes = np.arange(protocol.n_classes, dtype=np.uint8).reshape(1, 1, -1)
    native = protocol.decode(classes)
    assert native.dtype == np.int16
    if name != "malc27":  # its cortices are merged: 210 and 211 are no source ids
        np.testing.assert_array_equal(protocol.encode(native), classes)


@pytest.mark.parametrize("label", [-1, 209, 1000, 2**31 - 1])
def test_ids_outside_the_protocol_are_listed_with_their_voxels(label: int) -> None:
    labels = np.zeros((2, 3, 4), dtype=np.int32, order="F")
    labels[0, :2, 1] = label
    with pytest.raises(InputError, match=rf"scan\.nii: .*malc133.*{label} \(2 voxels\)"):
        load_protocol("malc133").encode(labels, "scan.nii")


@given(st.lists(st.sampled_from([0, 4, 11, 15, 45, 101, 206]), min_size=8, max_size=8), st.sampled_from("CF"))
def test_encoding_is_voxelwise_in_any_memory_order(ids: list[int], order: str) -> None:
    protocol = load_protocol("malc27")
    by_id = {i: s.index for s in protocol.structures for i in s.source_ids}
    labels = np.asarray(np.reshape(ids, (2, 2, 2)), dtype=np.int16, order=order)  # type: ignore[call-overload]
    expected = np.array([by_id.get(i, 0) for i in ids]).reshape(2, 2, 2)
    encoded = protocol.encode(labels)
    np.testing.assert_array_equal(encoded, expected)
    assert encoded.strides == np.empty((2, 2, 2), np.uint8, order=order).strides  # type: ignore[call-overload]


def test_classes_beyond_the_protocol_cannot_be_decoded() -> None:
    with pytest.raises(InputError, match="class 28"):
        load_protocol("malc27").decode(np.array([28], dtype=np.uint8))


def row(index: int, ids: str, native: int, name: str, side: str = "M") -> str:
    return f"{index}\t{ids}\t{native}\t{name}\t{side}\t0\t0\t0\t1\t"


def build(*rows: str) -> Protocol:
    return parse_protocol("test", [HEADER, *rows])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row(1, "1-3", 1, "a"), row(2, "3", 2, "b")], "3 again"),
        ([row(1, "1", 1, "a"), row(0, "1", 0, "background")], "1 again"),
        ([row(1, "1", 1, "a"), row(2, "2", 1, "b")], "native id once"),
        ([row(1, "1", 1, "a"), row(3, "2", 2, "b")], "1..C"),
        ([row(1, "1", 1, "a", "X")], "ten valid columns"),
        ([row(1, "one", 1, "a")], "ten valid columns"),
        (["1\t2"], "ten valid columns"),
        ([], "1..C"),
    ],
)
def test_malformed_protocols_are_refused(rows: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        build(*rows)


def test_ranges_of_ids() -> None:
    assert build(row(1, "1,5-7", 1, "a")).structures[0].source_ids == (1, 5, 6, 7)


def test_unknown_protocol() -> None:
    with pytest.raises(InputError, match="malc27, malc133"):
        load_protocol("malc28")


def own(folder: Path, text: str) -> Protocol:
    (folder / "mine.tsv").write_text(text, encoding="utf-8")
    load_protocol.cache_clear()
    return load_protocol(str(folder / "mine.tsv"))


def test_a_table_of_ones_own_needs_two_columns(tmp_path: Path) -> None:
    table = "source_ids\tname\n17\tLeft-Hippocampus\n53\trh hippocampus\n1,5-6\tbackground\n3,42\tCortex\n"
    protocol = own(tmp_path, table)
    assert protocol.name == "mine" and protocol.background_ids == (1, 5, 6)
    assert [(s.index, s.source_ids, s.native_id, s.hemisphere) for s in protocol.structures] == [
        (1, (17,), 17, "L"),
        (2, (53,), 53, "R"),
        (3, (3, 42), 3, "M"),
    ]
    assert protocol.evaluated == (1, 2, 3) and len({s.colour for s in protocol.structures}) == 3
    np.testing.assert_array_equal(protocol.encode(np.array([0, 53, 42, 6])), [0, 2, 3, 0])


def test_what_a_table_says_counts(tmp_path: Path) -> None:
    header = "index\tsource_ids\tname\themisphere\tnative_id\tevaluated\n"
    protocol = own(tmp_path, header + "0\t9\tvessels\t\t\t\n1\t17\tLeft a\tM\t7\t0\n2\t53\tb\t\t\t\n")
    first, second = protocol.structures
    assert (first.hemisphere, first.native_id, first.evaluated) == ("M", 7, False)
    assert (second.native_id, second.evaluated) == (53, True) and protocol.background_ids == (9,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "without name, source_ids"),
        ("source_ids\tname\n", "a row for each structure"),
        ("source_ids,name\n1,a\n", "without name, source_ids"),
        ("source_ids\tname\tcolor\n1\ta\tred\n", "with color"),
        (
            "source_ids\tname\nx\ta\n",
            r"mine\.tsv, line 2, column source_ids: expected whole numbers such as 17",
        ),
        ("source_ids\tname\n1\ta\n1\tb\n", "each source id once"),
        ("source_ids\tname\n1\ta\n2\ta\n", "each name once"),
    ],
)
def test_what_is_no_table(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        own(tmp_path, text)
    with pytest.raises(InputError, match=r"none\.tsv: expected a protocol table; found no such file"):
        load_protocol(str(tmp_path / "none.tsv"))


@pytest.mark.parametrize("name", DATASETS)
def test_the_table_of_a_protocol_reads_as_that_protocol(name: str) -> None:
    protocol = load_protocol(name)
    assert parse_protocol(name, protocol.table()) == protocol
