"""Which scans are warped onto which."""

import pytest

from acenet.augmentation import Pair, Registration, choose_atlases, plan_pairs
from acenet.errors import InputError


def test_every_atlas_goes_onto_every_target_and_ids_are_unique() -> None:
    pairs = plan_pairs([str(1000 + k) for k in range(15)], [f"{k:03d}_S_0001" for k in range(20)])
    assert len(pairs) == 300 == len({pair.id for pair in pairs})
    assert pairs[1] == Pair("1001", "000_S_0001") and pairs[1].id == "1001_000_S_0001"


def test_atlases_are_the_first_of_the_list_or_all() -> None:
    assert choose_atlases(["a", "b", "c"], 2) == ["a", "b"]
    assert choose_atlases(["a", "b", "c"], None) == ["a", "b", "c"]
    for n in (0, 4):
        with pytest.raises(InputError, match="1 to 3"):
            choose_atlases(["a", "b", "c"], n)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"transform": "Affine"}, "transform"),
        ({"labels": "linear"}, "labels"),
        ({"spacing_mm": 0}, "spacing_mm"),
    ],
)
def test_settings_that_make_no_registration_are_refused(wrong: dict, named: str) -> None:
    with pytest.raises(InputError, match=f"augmentation, {named}"):
        Registration(**wrong)
