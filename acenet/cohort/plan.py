"""Which subjects the embedded cohort has and where their files lie; nothing is made here."""

from collections.abc import Mapping

from acenet.datasets import Subject, stand_ins
from acenet.errors import InputError


def plan(source: str, n: int | Mapping[str, int]) -> list[Subject]:
    """The first `n` subjects of `source`, with paths relative to its root, spread over its sets or groups.

    Where the release has lists (malc), `n` may be {"train": a, "test": b}; a plain number is divided between the
    two, training first.

    Raises
    ------
    InputError
        For an unknown source or a number the real dataset does not have.
    """
    everyone = stand_ins(source)
    lists = {subject.split for subject in everyone} - {None}
    if not lists:
        if isinstance(n, Mapping):
            raise InputError(f"subjects of {source}", expected="one number", found=f"{dict(n)}")
        return _first(everyone, n, f"subjects of {source}")
    numbers = dict(n) if isinstance(n, Mapping) else {"train": (n + 1) // 2, "test": n // 2}
    if unknown := set(numbers) - lists:
        raise InputError(f"subjects of {source}", expected="train and test", found=f"{sorted(unknown)}")
    return [
        subject
        for part in ("train", "test")
        for subject in _first(
            [one for one in everyone if one.split == part],
            numbers.get(part, 0),
            f"{part} subjects of {source}",
        )
    ]


def find_planned(source: str, subject_id: str) -> Subject:
    """The planned subject of that id; InputError when `source` has none."""
    for subject in stand_ins(source):
        if subject.id == subject_id:
            return subject
    raise InputError(f"subject of {source}", expected="an id of the embedded cohort", found=subject_id)


def _first(everyone: list[Subject], n: int, where: str) -> list[Subject]:
    if not 0 <= n <= len(everyone):
        raise InputError(
            where, expected=f"0 to {len(everyone)}, as many as the real dataset has", found=f"{n}"
        )
    return everyone[:n]
