"""Headers that the labels contradict are told and turned back; what labels do not tell is left alone."""

import itertools

import numpy as np
import pytest

from acenet.conform.orientation import _pairs, landmarks_of, require_sides, turn_of_labels, turned
from acenet.errors import InputError
from acenet.protocols import Protocol, load_protocol, parse_protocol

SHAPE = (60, 70, 64)
AFFINE = np.array([[-1.0, 0, 0, 30], [0, 1, 0, -35], [0, 0, 1, -32], [0, 0, 0, 1]])
PROTOCOLS = ("malc133", "mindboggle62", "schizbull32")
ROTATIONS = [
    turn
    for axes in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
    if round(np.linalg.det(turn := np.eye(3)[list(axes)] * np.array(signs)[:, None])) == 1
]


def head(name: str) -> np.ndarray:
    """Source ids at RAS places where anatomy has them: landmarks in blocks, a hippocampus or so on each side."""
    protocol, labels = load_protocol(name), np.zeros(SHAPE, np.int16)
    landmarks = landmarks_of(protocol)
    assert landmarks is not None
    side = {i: s.hemisphere for s in protocol.structures for i in s.source_ids}
    places = {"front": (0, 25, 0), "back": (0, -25, 0), "top": (0, 0, 22), "bottom": (0, 0, -22)}
    for where, centre in places.items():
        for number, one in enumerate(getattr(landmarks, where)):
            x = {"L": -12, "R": 12, "M": 0}[side[one]]
            put(labels, one, (x, centre[1] + number // 2, centre[2]))
    left = next(s for s in protocol.structures if s.hemisphere == "L" and s.source_ids[0] not in labels)
    put(labels, left.source_ids[0], (-16, 0, 0))
    right = next(s for s in protocol.structures if s.hemisphere == "R" and s.source_ids[0] not in labels)
    put(labels, right.source_ids[0], (16, 0, 0))
    return labels


def put(labels: np.ndarray, one: int, centre: tuple[int, ...]) -> None:
    """A block of 8 voxels with id `one` around a RAS place."""
    i, j, k = np.rint(np.linalg.solve(AFFINE, [*centre, 1])[:3]).astype(int)
    labels[i - 4 : i + 4, j - 4 : j + 4, k - 4 : k + 4] = one


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_right_header_is_left_as_it_is(name: str) -> None:
    turn = turn_of_labels(head(name), load_protocol(name), AFFINE)
    np.testing.assert_array_equal(turn, np.eye(3))


@pytest.mark.parametrize("wrong", ROTATIONS)
def test_every_turned_header_is_turned_back(wrong: np.ndarray) -> None:
    said = turned(AFFINE, wrong.astype(int), SHAPE)
    turn = turn_of_labels(head("mindboggle62"), load_protocol("mindboggle62"), said)
    assert turn is not None
    np.testing.assert_array_equal(turn, np.linalg.inv(wrong))
    np.testing.assert_allclose(turned(said, turn, SHAPE), AFFINE)


def test_turning_keeps_the_middle_in_its_place() -> None:
    middle = [(n - 1) / 2 for n in SHAPE] + [1]
    other = turned(AFFINE, ROTATIONS[5].astype(int), SHAPE)
    np.testing.assert_allclose(other @ middle, AFFINE @ middle)
    assert not np.allclose(other, AFFINE)


def test_labels_that_do_not_tell() -> None:
    labels, protocol = head("malc133"), load_protocol("malc133")
    assert turn_of_labels(labels * 0, protocol, AFFINE) is None
    assert turn_of_labels(np.where(np.isin(labels, (120, 121)), 0, labels), protocol, AFFINE) is None
    mirrored = AFFINE.copy()
    mirrored[0] *= -1  # no rotation makes up for a mirrored head
    assert turn_of_labels(labels, protocol, mirrored) is None
    assert landmarks_of(load_own(["1\tLeft a"])) is None


def load_own(rows: list[str]) -> Protocol:
    lines = ["index\tsource_ids\tnative_id\tname\themisphere\tR\tG\tB\tevaluated\tnote"]
    for number, row in enumerate(rows, start=1):
        one, name = row.split("\t")
        side = "L" if "Left" in name or "-lh-" in name else "R"
        lines.append(f"{number}\t{one}\t{one}\t{name}\t{side}\t1\t2\t3\t1\t")
    return parse_protocol("own", lines)


@pytest.mark.parametrize("axis", range(3))
def test_one_swapped_pair_among_many_is_named(axis: int) -> None:
    rows = [f"{number}\t{side} {name}" for number, (name, side) in enumerate(
        itertools.product(("Thalamus", "Caudate", "Putamen"), ("Left", "Right")), start=1
    )]  # fmt: skip
    protocol = load_own(rows)
    classes = np.zeros((20, 20, 20), np.uint8)
    for number in range(1, 7):
        x = slice(2, 6) if number % 2 else slice(12, 16)
        place = [slice(3 * number - 3, 3 * number), slice(4, 8)]
        place.insert(axis, x)
        classes[tuple(place)] = number
    affine = np.eye(4)
    affine[[0, axis]] = affine[[axis, 0]]
    require_sides(protocol, classes, affine=affine, where="x")
    swapped = classes.copy()
    swapped[classes == 3], swapped[classes == 4] = 4, 3
    with pytest.raises(InputError, match=r"swapped sides of Caudate$"):
        require_sides(protocol, swapped, affine=affine, where="x")
    flipped = affine.copy()
    flipped[0] *= -1
    with pytest.raises(InputError, match="sides are swapped"):
        require_sides(protocol, classes, affine=flipped, where="x")


@pytest.mark.parametrize("name", PROTOCOLS)
def test_most_paired_structures_are_told_apart_by_side_alone(name: str) -> None:
    protocol = load_protocol(name)
    sided = [s for s in protocol.structures if s.evaluated and s.hemisphere in "LR"]
    assert 2 * len(_pairs(protocol)) == len(sided)


def test_landmarks_are_structures_of_their_source() -> None:
    for name in PROTOCOLS:
        protocol = load_protocol(name)
        known = {i for s in protocol.structures for i in s.source_ids}
        landmarks = landmarks_of(protocol)
        assert landmarks is not None
        assert {i for ids in vars(landmarks).values() for i in ids} <= known
