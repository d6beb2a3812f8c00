"""Controls of equal budget: networks trained for as many epochs as what the papers compare them with. Ours, not theirs.

Two stages of 100 epochs against one training of 100 compare two things at once, a network and a budget. A control is
the same network and data with as many epochs as the other had (controls.csv); none stands in a cell of the papers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from acenet.errors import InputError
from acenet.papers.claims import Claim, Contrast, load_claims
from acenet.papers.records import FOLDER, number, read_records
from acenet.papers.trainings import LONG, Training, get_training, requirements


@dataclass(frozen=True)
class Controlled:
    """A comparison of a paper between unequal numbers of epochs, and the same with the control.

    Attributes
    ----------
    pair
        As the paper makes it.
    control
        Id of the control, which stands for `pair.worse`.
    """

    claim: Claim
    pair: Contrast
    control: str

    @property
    def as_claim(self) -> Claim:
        """The paper's claim about this comparison alone."""
        return replace(self.claim, pairs=(self.pair,))

    @property
    def with_control(self) -> Claim:
        """The claim with the control in the place of the other training; no paper prints a value of it."""
        pair = replace(self.pair, worse=self.control, published_worse=None)
        return replace(self.claim, pairs=(pair,))


@cache
def load_controls(path: Path = FOLDER / "controls.csv") -> dict[str, Training]:
    """All controls by id.

    Raises
    ------
    InputError
        For one twice, and for one of a training that starts from another.
    """
    controls: dict[str, Training] = {}
    for where, row in read_records(path, ("id", "of", "epochs")):
        of, epochs = get_training(row["of"]), number(where, row["epochs"])
        dataset, _, model = row["id"].partition("/")
        if row["id"] in controls or dataset != of.dataset or not model:
            raise InputError(where, expected=f"an id {of.dataset}/..., each once", found=row["id"])
        if of.init_from is not None or epochs is None or epochs != int(epochs) or epochs <= of.epochs:
            expected = f"more epochs than the {of.epochs} of a training that starts from no other"
            raise InputError(where, expected=expected, found=f"{row['epochs']} of {of.id}")
        note = f"control: {of.model} with the epochs of what it is compared with"
        controls[row["id"]] = replace(
            of, id=row["id"], model=model, strategy=LONG, epochs=int(epochs), note=note
        )
    return controls


def total_epochs(training_id: str) -> int:
    """The papers' epochs of a training and of what it starts from."""
    return sum(get_training(one).epochs for one in (*requirements(training_id), training_id))


@cache
def controlled() -> tuple[Controlled, ...]:
    """Every comparison of the claims between unequal numbers of epochs with its control, in the order of the claims.

    Raises
    ------
    InputError
        Where one has none.
    """
    return tuple(
        Controlled(claim, pair, _control_of(pair))
        for claim in load_claims()
        for pair in claim.pairs
        if total_epochs(pair.better) != total_epochs(pair.worse)
    )


def behind_controls(comparisons: Iterable[Controlled]) -> list[str]:
    """Ids of every training and control that some comparisons need, each once."""
    ids = (one for each in comparisons for one in (each.pair.better, each.pair.worse, each.control))
    return list(dict.fromkeys(ids))


def _control_of(pair: Contrast) -> str:
    other = get_training(pair.worse)
    wanted = replace(other, epochs=total_epochs(pair.better), strategy=LONG)
    for control in load_controls().values():
        if replace(control, id=other.id, model=other.model, note=other.note) == wanted:
            return control.id
    raise InputError(
        FOLDER / "controls.csv", expected=f"{other.id} with {wanted.epochs} epochs", found="no such control"
    )
