"""The papers' trainings carry over to data of one's own, with what they start from."""

import pytest

from acenet.errors import InputError
from acenet.papers import get_training, own_trainings


def test_two_stages_bring_their_first() -> None:
    found = own_trainings("mine", "malc27", ["acenet-s5-skull-twostage", "quicknatv2"], n_classes=4)
    assert set(found) == {"mine/acenet-s5-skull-twostage", "mine/quicknatv2", f"mine/{first()}"}
    second = found["mine/acenet-s5-skull-twostage"]
    theirs = get_training("malc27/acenet-s5-skull-twostage")
    assert (second.init_from, second.dataset, second.out_channels) == (f"mine/{first()}", "mine", 4)
    assert (second.lr, second.batch, second.epochs, second.s) == (
        theirs.lr,
        theirs.batch,
        theirs.epochs,
        theirs.s,
    )


def first() -> str:
    start = get_training("malc27/acenet-s5-skull-twostage").init_from
    assert start is not None
    return start.split("/")[1]


def test_what_is_no_model_of_ones_own() -> None:
    with pytest.raises(InputError, match="malc27/quicknatv2"):
        own_trainings("mine", "malc27", ["quicknetv2"], n_classes=4)
    with pytest.raises(InputError, match="models without augmentation; found acenet-s5-"):
        own_trainings("mine", "malc27", ["acenet-s5-skull-twostage-aug"], n_classes=4)
