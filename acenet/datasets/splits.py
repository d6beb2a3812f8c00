"""Training, validation and test subjects: official lists where a dataset has them, else 60/10/30 by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

import numpy as np

from acenet.datasets.listing import some
from acenet.datasets.subject import Subject
from acenet.errors import InputError
from acenet.files.csv_tables import at, read_numbered

if TYPE_CHECKING:  # a training reads splits and has no other use for pandas, which takes a while to import
    import pandas as pd

COLUMNS = ("subject", "split")
PARTS = ("train", "validation", "test")
UNUSED = "unused"
VALIDATION_SHARE, TEST_SHARE = 0.1, 0.3  # ACEnet section 4.1 (SchizBull and Mindboggle): 60/10/30


def make_split(subjects: Sequence[Subject], seed: int, *, test: int | None = None) -> pd.DataFrame:
    """Split subjects; columns subject, split (train, validation or test), sorted by subject.

    Subjects that all carry a split keep it (2012 MALC: 15/15, no validation set). Otherwise one is drawn with
    `seed`, stratified by group, with at least one subject in each part and `test` of them, at
    most half, to test (None: 30 %). The result does not depend on the order of `subjects`.

    Raises
    ------
    InputError
        When an id occurs twice, only some subjects carry a split or too few are there.
    """
    ordered = sorted(subjects, key=lambda subject: subject.id)
    ids = [subject.id for subject in ordered]
    if len(set(ids)) != len(ids):
        raise InputError("subjects to split", expected="each id once", found=f"{ids}")
    fixed = {subject.id: subject.split for subject in ordered if subject.split is not None}
    if fixed and len(fixed) != len(ids):
        raise InputError(
            "subjects to split", expected="a split for all or none", found=f"a split for {sorted(fixed)} only"
        )
    assigned = fixed or _draw(ordered, seed, test)
    return _table({subject_id: assigned[subject_id] for subject_id in ids})


def read_split(path: str | PathLike[str], parts: Sequence[str] = PARTS) -> dict[str, str]:
    """The part (train, validation or test) of each subject in a file with columns subject and split.

    Raises
    ------
    InputError
        Naming the file for other columns, another part, or a subject listed twice.
    """
    file = Path(path)
    if not file.is_file():
        found = "a folder" if file.is_dir() else "no such file"
        raise InputError(file.absolute(), expected="a split file", found=found)
    _, rows = read_numbered(file, required=COLUMNS, comments=False)
    split: dict[str, str] = {}
    lines: dict[str, int] = {}
    for row in rows:
        subject, part = (row.cells[name] for name in COLUMNS)
        subject = normalize("NFC", subject)
        if not subject:
            raise InputError(at(file, row.line, "subject"), expected="a subject", found="nothing")
        if part not in parts:
            found = f"{part or 'nothing'} for {subject}"
            raise InputError(at(file, row.line, "split"), expected=f"one of {', '.join(parts)}", found=found)
        if subject in lines:
            found = f"{subject} again, as in line {lines[subject]}"
            raise InputError(at(file, row.line, "subject"), expected="each subject once", found=found)
        split[subject], lines[subject] = part, row.line
    return split


def chosen_split(subjects: Sequence[Subject], path: str | PathLike[str]) -> pd.DataFrame:
    """The split that a file with columns subject and split gives; columns and order as of `make_split`.

    The file must list every subject, with `unused` for those to leave out.

    Raises
    ------
    InputError
        With both lists where subjects and file differ, where a person is in more than one part, or a training or test
        part is empty.
    """
    listed = read_split(path, parts=(*PARTS, UNUSED))
    people: dict[str, set[str]] = {}
    here = {subject.id: subject for subject in subjects}
    without_files, without_part = sorted(listed.keys() - here.keys()), sorted(here.keys() - listed.keys())
    if without_files or without_part:
        raise InputError(
            path,
            expected="the subjects that are there, each with a part (train, validation, test, unused)",
            found=f"listed without files: {some(without_files) or 'none'}; "
            f"files without a line: {some(without_part) or 'none'}",
        )
    used = {subject_id: part for subject_id, part in sorted(listed.items()) if part != UNUSED}
    for subject_id, part in used.items():
        people.setdefault(here[subject_id].person or subject_id, set()).add(part)
    if divided := sorted(person for person, parts in people.items() if len(parts) > 1):
        raise InputError(path, expected="each person in one part", found=f"{', '.join(divided)} in several")
    if missing := {"train", "test"} - set(used.values()):
        raise InputError(path, expected="training and test subjects", found=f"no {', '.join(missing)}")
    return _table(used)


def _table(split: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"subject": list(split), "split": list(split.values())})


def _draw(ordered: list[Subject], seed: int, test: int | None) -> dict[str, str]:
    """Spread the groups evenly along one random order and cut it into test, validation and training parts.

    Any stretch of that order holds each group in proportion, to within one subject. All scans of a person go
    into one part: the first in the order that has room for them.
    """
    total = len(ordered)
    if total < 3:
        raise InputError("subjects to split", expected="at least three", found=f"{total}")
    scans: dict[str, list[str]] = {}
    first: list[Subject] = []
    for subject in ordered:
        person = f"person {subject.person}" if subject.person else f"scan {subject.id}"
        if person not in scans:
            first.append(subject)
        scans.setdefault(person, []).append(subject.id)
    together = {ids[0]: ids for ids in scans.values()}
    validation = max(1, round(VALIDATION_SHARE * total))
    tested = max(1, round(TEST_SHARE * total)) if test is None else min(test, total // 2)
    room = {"test": tested, "validation": validation}
    room["train"] = total
    assigned: dict[str, str] = {}
    for subject_id in _shuffled(first, seed):
        members = together[subject_id]
        part = next(part for part, places in room.items() if places >= len(members))
        room[part] -= len(members)
        assigned.update(dict.fromkeys(members, part))
    if missing := sorted(set(PARTS) - set(assigned.values())):
        raise InputError("subjects to split", expected="enough persons for all parts", found=f"no {missing}")
    return assigned


def _shuffled(ordered: list[Subject], seed: int) -> list[str]:
    """Ids in a random order along which each group is spread evenly."""
    random = np.random.default_rng(np.random.SeedSequence(seed))
    places: list[tuple[float, str]] = []
    by_group = sorted(ordered, key=lambda subject: (subject.group or "", subject.id))
    for _, members in groupby(by_group, key=lambda subject: subject.group or ""):
        ids = [member.id for member in members]
        ranks = (random.permutation(len(ids)) + random.uniform()) / len(ids)
        places.extend(zip(ranks.tolist(), ids, strict=True))
    return [subject_id for _, subject_id in sorted(places)]
