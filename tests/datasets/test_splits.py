"""Splits keep official lists, and otherwise hit 60/10/30 in every group, by seed alone."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acenet.datasets import Subject, official_subjects, raw_subject
from acenet.datasets.splits import chosen_split, make_split, read_split
from acenet.errors import InputError


def child(number: int, group: str) -> Subject:
    return raw_subject("schizbull", f"{group}_{number:03}", group=group)


def test_official_lists_are_kept() -> None:
    table = make_split([raw_subject("malc", i) for i in ("1003", "1000", "1128")], seed=1)
    assert table.to_dict("list") == {"subject": ["1000", "1003", "1128"], "split": ["train", "test", "test"]}


def test_schizbull_of_the_paper() -> None:
    sizes = {"HC": 29, "BPDwithoutPsy": 35, "BPDwithPsy": 19, "SS": 20}
    table = make_split([child(i, group) for group, n in sizes.items() for i in range(n)], seed=3)
    assert Counter(table["split"]) == {"train": 62, "validation": 10, "test": 31}
    groups = table["subject"].str.rsplit("_", n=1).str[0]
    for group, n in sizes.items():
        parts = Counter(table["split"][groups == group])
        assert abs(parts["test"] - 0.3 * n) <= 1.5 and abs(parts["validation"] - 0.1 * n) <= 1.5


@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=4).filter(lambda sizes: sum(sizes) >= 3),
    seed=st.integers(0, 2**32),
)
def test_every_part_is_there_and_nothing_depends_on_the_order(sizes: list[int], seed: int) -> None:
    groups = ("HC", "BPDwithoutPsy", "BPDwithPsy", "SS")
    subjects = [child(i, group) for group, n in zip(groups, sizes, strict=False) for i in range(n)]
    table = make_split(subjects, seed=seed)
    assert set(table["split"]) == {"train", "validation", "test"}
    assert sorted(table["subject"]) == sorted(s.id for s in subjects)
    assert make_split(subjects[::-1], seed=seed).equals(table)


@given(total=st.integers(3, 40), seed=st.integers(0, 1000), test=st.integers(1, 30))
def test_as_many_are_tested_as_one_wants_up_to_half(total: int, seed: int, test: int) -> None:
    table = make_split([child(k, "HC") for k in range(total)], seed=seed, test=test)
    tested, validation = min(test, total // 2), max(1, round(0.1 * total))
    parts = {"train": total - tested - validation, "validation": validation, "test": tested}
    assert Counter(table["split"]) == parts


def test_seeds_differ() -> None:
    subjects = [child(i, "HC") for i in range(30)]
    assert not make_split(subjects, seed=1).equals(make_split(subjects, seed=2))


def test_what_cannot_be_split() -> None:
    with pytest.raises(InputError, match="at least three"):
        make_split([child(0, "HC"), child(1, "HC")], seed=1)
    with pytest.raises(InputError, match="each id once"):
        make_split([child(0, "HC")] * 3, seed=1)
    with pytest.raises(InputError, match="all or none"):
        make_split([raw_subject("malc", "1000"), child(0, "HC"), child(1, "HC")], seed=1)


def test_a_split_file_comes_back(tmp_path: Path) -> None:
    table = make_split([child(i, "HC") for i in range(10)], seed=1)
    table.to_csv(tmp_path / "s.csv", index=False)
    assert list(read_split(tmp_path / "s.csv").items()) == list(
        zip(table["subject"], table["split"], strict=True)
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "columns subject and split"),
        ("subject,part\na,train\n", "columns subject and split"),
        ("subject,split\na,train\na,test\n", "each subject once"),
        ("subject,split\na,training\n", "training for a"),
        (None, "no such file"),
    ],
)
def test_what_is_no_split_file(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "s.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        read_split(tmp_path / "s.csv")


@given(seed=st.integers(0, 10_000))
def test_scans_of_one_person_stay_together(seed: int) -> None:
    subjects = official_subjects("mindboggle")
    table = make_split(subjects, seed=seed).set_index("subject")["split"]
    for first, second in (("NKI-RS-22-3", "NKI-TRT-20-5"), ("NKI-RS-22-14", "NKI-TRT-20-14")):
        assert table[first] == table[second]
    assert table["Twins-2-1"] == table["Twins-2-2"]
    assert Counter(table) == {"train": 61, "validation": 10, "test": 30}


def test_one_person_cannot_be_split() -> None:
    with pytest.raises(InputError, match="enough persons"):
        make_split([replace(child(k, "HC"), person="she") for k in range(5)], seed=1)


def chosen(folder: Path, text: str, subjects: list[Subject]) -> dict[str, str]:
    (folder / "s.csv").write_text("subject,split\n" + text)
    table = chosen_split(subjects, folder / "s.csv")
    return dict(zip(table["subject"], table["split"], strict=True))


def test_a_split_of_ones_own(tmp_path: Path) -> None:
    subjects = [child(k, "HC") for k in range(4)]
    lines = "HC_003,test\nHC_000,train\nHC_001,unused\nHC_002,validation\n"
    assert chosen(tmp_path, lines, subjects) == {"HC_000": "train", "HC_002": "validation", "HC_003": "test"}
    with pytest.raises(InputError, match=r"s\.csv.*without files: HC_009; files without a line: HC_002"):
        chosen(tmp_path, lines.replace("HC_002", "HC_009"), subjects)
    with pytest.raises(InputError, match="no test"):
        chosen(tmp_path, lines.replace("test", "train"), subjects)
    same = [replace(subject, person="she") for subject in subjects]
    with pytest.raises(InputError, match="each person in one part; found she"):
        chosen(tmp_path, lines, same)
    with pytest.raises(InputError, match="one of train, validation, test, unused; found none for HC_003"):
        chosen(tmp_path, lines.replace("test", "none"), subjects)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "subject,split\na,train\n\na,test\n",
            "line 4, column subject: .*each subject once; found a again, as in line 2",
        ),
        ("subject,split\na,\n", "line 2, column split: expected one of train, .*found nothing for a"),
        ("subject,split\n,test\n", "line 2, column subject: expected a subject; found nothing"),
        (
            "subject;split\na;train\n",
            r"line 1: .*commas; found a header without .*\(separated by semicolons\?\)",
        ),
        ("subject,split\na,test,b\n", "line 2: expected 2 cells, as the header has; found 3"),
    ],
)
def test_mistakes_in_a_split_are_told_by_line_and_column(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(InputError, match=rf"s\.csv, {said}"):
        read_split(tmp_path / "s.csv")


def test_rows_and_letters_of_a_split(tmp_path: Path) -> None:
    """Blank rows do not count, an id may begin with #, and letters may be spelt in two ways."""
    decomposed = "De\u0301"
    (tmp_path / "s.csv").write_text(
        f'\ufeffSubject,Split,note\r\n,,\r\n#1,train,x\r\n{decomposed},test,\r\n"a,b",test\r\n'
    )
    assert read_split(tmp_path / "s.csv") == {"#1": "train", "D\u00e9": "test", "a,b": "test"}
