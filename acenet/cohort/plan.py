"""Which subjects the embedded cohort has and where their files lie; nothing is made here."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain, zip_longest
from typing import TypeVar

from acenet.datasets import Subject, mindboggle, raw_subject, schizbull
from acenet.datasets.malc import official_split
from acenet.errors import InputError

Item = TypeVar("Item")

ADNI_TARGETS = tuple(f"synthetic_{k:03d}" for k in range(1, 21))  # the paper warps to 20 scans


def plan(source: str, n: int | Mapping[str, int]) -> list[Subject]:
    """The first `n` subjects of `source`, with paths relative to its root, spread over its sets or groups.

    For malc, `n` may be {"train": a, "test": b}; a plain number is divided between the two, training first.
    Raises InputError for an unknown source or a number the real dataset does not have.
    """
    if source == "malc":
        numbers = dict(n) if isinstance(n, Mapping) else {"train": (n + 1) // 2, "test": n // 2}
        if unknown := set(numbers) - {"train", "test"}:
            raise InputError("subjects of malc", expected="train and test", found=f"{sorted(unknown)}")
        return [
            raw_subject(source, scan)
            for part in ("train", "test")  # without the re-scans, as in the papers
            for scan in _first(_listed(part), numbers.get(part, 0), f"{part} subjects of malc")
        ]
    if isinstance(n, Mapping):
        raise InputError(f"subjects of {source}", expected="one number", found=f"{dict(n)}")
    where = f"subjects of {source}"
    if source == "mindboggle":
        return [
            raw_subject(source, k, group=group) for k, group in _first(_in_turn(mindboggle.SETS), n, where)
        ]
    if source == "schizbull":
        return [
            raw_subject(source, k, group=group) for k, group in _first(_in_turn(schizbull.SETS), n, where)
        ]
    if source == "adni":
        return [replace(raw_subject(source, k), mask=None) for k in _first(ADNI_TARGETS, n, where)]
    raise InputError("source", expected="malc, mindboggle, schizbull or adni", found=source)


def find_planned(source: str, subject_id: str) -> Subject:
    """The planned subject of that id; InputError when `source` has none."""
    everyone = {"malc": 30, "mindboggle": 101, "schizbull": 103, "adni": len(ADNI_TARGETS)}
    for subject in plan(source, everyone.get(source, 0)):
        if subject.id == subject_id:
            return subject
    raise InputError(f"subject of {source}", expected="an id of the embedded cohort", found=subject_id)


def _listed(part: str) -> tuple[str, ...]:
    """MALC scans of one of the challenge's lists, in its order."""
    return tuple(scan for scan, listed in official_split().items() if listed == part)


def _first(items: tuple[Item, ...], n: int, where: str) -> tuple[Item, ...]:
    if not 0 <= n <= len(items):
        raise InputError(where, expected=f"0 to {len(items)}, as many as the real dataset has", found=f"{n}")
    return items[:n]


def _in_turn(groups: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    """(id, group) taken from the groups in turn, so that a small cohort has some of each."""
    columns = ([(k, group) for k in ids] for group, ids in groups.items())
    return tuple(item for item in chain.from_iterable(zip_longest(*columns)) if item is not None)
