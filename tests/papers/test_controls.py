"""Controls of equal budget: each comparison between unequal numbers of epochs has one, and no table of the papers."""

from dataclasses import asdict
from pathlib import Path

import pytest

from acenet.errors import InputError
from acenet.papers import controlled, get_training, load_cells, load_claims, load_controls, load_trainings
from acenet.papers.controls import total_epochs
from acenet.papers.sizes import Sizes
from acenet.training.settings import training_settings


def test_every_comparison_between_unequal_budgets_has_a_control_of_equal_budget() -> None:
    unequal = [
        pair
        for claim in load_claims()
        for pair in claim.pairs
        if total_epochs(pair.better) != total_epochs(pair.worse)
    ]
    assert [one.pair for one in controlled()] == unequal and len(unequal) == 43
    for one in controlled():
        control, other = load_controls()[one.control], get_training(one.pair.worse)
        assert control.epochs == total_epochs(one.pair.better) == 200 and other.epochs == 100
        differing = {name for name, value in asdict(control).items() if value != asdict(other)[name]}
        assert differing == {"id", "model", "strategy", "epochs", "note"}
    assert {one.control for one in controlled()} == set(load_controls())


def test_controls_are_none_of_the_papers() -> None:
    assert not set(load_controls()) & set(load_trainings()) and len(load_trainings()) == 65
    assert not set(load_controls()) & {cell.training_id for cell in load_cells()}


@pytest.mark.parametrize(
    "sizes", [Sizes(), Sizes(epochs=6, second_stage_epochs=3.2), Sizes(epochs=1.5)], ids=str
)
def test_at_any_sizes_a_control_has_the_epochs_of_both_stages(sizes: Sizes) -> None:
    def epochs(training_id: str) -> float:
        known = load_trainings() | load_controls()
        return training_settings(known[training_id], sizes, seed=1).epochs

    both = epochs("malc27/acenet-s5-stage1") + epochs("malc27/acenet-s5-skull-twostage")
    assert epochs("malc27/quicknatv2-long") == pytest.approx(both) == epochs("malc27/acenet-s5-skull-e2e")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("malc27/a,malc27/nothing,200", "malc27/"),
        ("malc133/a,malc27/quicknatv2,200", "an id malc27/..., each once"),
        ("malc27/a,malc27/quicknatv2,100", "more epochs than the 100"),
        ("malc27/a,malc27/quicknatv2,", "more epochs than the 100"),
        ("malc27/a,malc27/acenet-s5-skull-twostage,200", "starts from no other"),
        ("malc27/b,malc27/quicknatv2,200", "each once"),
    ],
)
def test_a_row_that_declares_no_control_is_refused(tmp_path: Path, row: str, expected: str) -> None:
    path = tmp_path / "controls.csv"
    path.write_text(f"id,of,epochs\nmalc27/b,malc27/quicknatv2,200\n{row}\n")
    with pytest.raises(InputError, match=expected):
        load_controls(path)
