"""Names of results: distinct for structures of any names, and stable."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from acenet.protocols import load_protocol
from acenet.segment.find_scans import ScanFile
from acenet.segment.result_names import bids_label, file_label, result_names, slugs_of

STRUCTURES = load_protocol("malc27").structures


def slugs(*names: str) -> list[str]:
    return list(slugs_of([replace(one, name=n) for one, n in zip(STRUCTURES, names, strict=False)]).values())


def test_by_hand() -> None:
    assert slugs("Left WM", "Côté 3", "Левый", "Правый") == [
        "LeftWM",
        "Cote3",
        "structureId44",
        "structureId210",
    ]
    assert slugs("Area 1+", "Area 1-", "area1", "B") == ["Area1Id45", "Area1Id211", "area1Id44", "B"]
    assert slugs("A", "a", "AId45") == ["AId45x", "aId211", "AId45"]


@given(st.lists(st.text(max_size=80), min_size=1, max_size=len(STRUCTURES)))
def test_no_two_are_alike_and_all_are_labels(names: list[str]) -> None:
    found = slugs(*names)
    assert len({one.lower() for one in found}) == len(names)
    assert all(one.isascii() and one.isalnum() and len(one) < 80 for one in found)


@given(st.text(max_size=80))
def test_protocols_of_any_name_stay_within_the_folder(name: str) -> None:
    assert "/" not in file_label(name) and file_label(name) not in ("", ".", "..")
    assert bids_label(name).isalnum() and bids_label(name).isascii()


def test_braces_in_a_scans_name_are_no_template() -> None:
    names = result_names(ScanFile(Path("{}{a}.nii"), "{}{a}"), "malc27", STRUCTURES)
    assert names.probability(STRUCTURES[0]) == Path("{}{a}_probability-LeftWM.nii.gz")
