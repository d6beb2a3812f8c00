"""Training, validation and test subjects: official lists where a dataset has them, else 60/10/30 by group."""

import csv
from collections.abc import Sequence
from itertools import groupby
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from acenet.datasets.subject import Subject
from acenet.errors import InputError

PARTS = ("train", "validation", "test")
VALIDATION_SHARE, TEST_SHARE = 0.1, 0.3  # ACEnet section 4.1 (SchizBull and Mindboggle): 60/10/30


def make_split(subjects: Sequence[Subject], seed: int) -> pd.DataFrame:
    """Split subjects; columns subject, split (train, validation or test), sorted by subject.

    Subjects that all carry a split keep it (2012 MALC: 15/15, no validation set). Otherwise one is drawn with
    `seed`, stratified by group, with at least one subject in each part. The result does not depend on the
    order of `subjects`.

    Raises InputError when an id occurs twice, only some subjects carry a split or fewer than three are there.
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
    assigned = fixed or _draw(ordered, seed)
    return pd.DataFrame({"subject": ids, "split": [assigned[subject_id] for subject_id in ids]})


def read_split(path: str | PathLike[str]) -> dict[str, str]:
    """The part (train, validation or test) of each subject in a file with columns subject and split.

    Raises InputError naming the file for other columns, another part, or a subject listed twice.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(file, expected="a split file", found="no such file")
    with file.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        if not {"subject", "split"} <= set(reader.fieldnames or ()):
            raise InputError(file, expected="columns subject and split", found=f"{reader.fieldnames}")
        rows = [(row["subject"], row["split"]) for row in reader]
    split = dict(rows)
    if len(split) != len(rows):
        raise InputError(
            file, expected="each subject once", found=f"{len(rows)} rows of {len(split)} subjects"
        )
    for subject, part in rows:
        if part not in PARTS:
            raise InputError(file, expected=f"one of {', '.join(PARTS)}", found=f"{part} for {subject}")
    return split


def _draw(ordered: list[Subject], seed: int) -> dict[str, str]:
    """Spread the groups evenly along one random order and cut it into test, validation and training parts.

    Any stretch of that order holds each group in proportion, to within one subject.
    """
    total = len(ordered)
    tests, validations = max(1, round(TEST_SHARE * total)), max(1, round(VALIDATION_SHARE * total))
    if total < 3:
        raise InputError("subjects to split", expected="at least three", found=f"{total}")
    random = np.random.default_rng(np.random.SeedSequence(seed))
    places: list[tuple[float, str]] = []
    by_group = sorted(ordered, key=lambda subject: (subject.group or "", subject.id))
    for _, members in groupby(by_group, key=lambda subject: subject.group or ""):
        ids = [member.id for member in members]
        ranks = (random.permutation(len(ids)) + random.uniform()) / len(ids)
        places.extend(zip(ranks.tolist(), ids, strict=True))
    order = [subject_id for _, subject_id in sorted(places)]
    parts = ["test"] * tests + ["validation"] * validations + ["train"] * (total - tests - validations)
    return dict(zip(order, parts, strict=True))
