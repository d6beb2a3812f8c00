import subprocess
import sys

import pytest

from acenet.cohort import plan
from acenet.cohort.plan import find_planned
from acenet.errors import InputError


def test_malc_follows_the_official_lists():
    subjects = plan("malc", {"train": 15, "test": 15})
    assert [s.id for s in subjects[:3]] == ["1000", "1001", "1002"]
    assert [s.split for s in subjects] == ["train"] * 15 + ["test"] * 15
    assert not {"1023", "1024", "1025", "1038", "1039"} & {s.id for s in subjects}
    assert len({s.id for s in subjects}) == 30


def test_malc_plain_number_has_both_splits():
    assert [s.split for s in plan("malc", 5)] == ["train"] * 3 + ["test"] * 2


@pytest.mark.parametrize(("source", "total", "groups"), [("mindboggle", 101, 5), ("schizbull", 103, 4)])
def test_groups_are_taken_in_turn_and_nobody_twice(source, total, groups):
    subjects = plan(source, total)
    assert len({s.id for s in subjects}) == total
    assert len({s.group for s in subjects[:groups]}) == groups
    assert plan(source, 7) == subjects[:7]


@pytest.mark.parametrize(
    ("source", "n"),
    [
        ("malc", {"train": 16, "test": 1}),
        ("malc", {"train": 1, "test": 16}),
        ("malc", {"validation": 1}),
        ("mindboggle", 102),
        ("schizbull", 104),
        ("adni", 21),
        ("adni", -1),
        ("schizbull", {"train": 1}),
        ("nowhere", 1),
    ],
)
def test_impossible_numbers_are_refused(source, n):
    with pytest.raises(InputError, match="expected"):
        plan(source, n)


def test_targets_have_neither_labels_nor_mask():
    assert all(s.labels is None and s.mask is None for s in plan("adni", 3))


def test_find_planned():
    assert find_planned("schizbull", "SS_103").group == "SS"
    with pytest.raises(InputError, match="9999"):
        find_planned("malc", "9999")


def test_planning_imports_nothing_heavy():
    code = (
        "import sys; from acenet.cohort import plan; plan('malc', 4); plan('adni', 2); "
        "print([m for m in ('torch', 'scipy', 'nibabel', 'pandas', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
