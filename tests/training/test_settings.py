"""From a row of the papers and a preset's sizes to one run."""

import json
from dataclasses import replace

import pytest

from acenet.inputs.stacks import Window
from acenet.networks import NETWORKS
from acenet.papers import get_training, load_trainings
from acenet.protocols import load_protocol
from acenet.training.settings import (
    DEFAULT_BATCH,
    Coarse,
    Sizes,
    TrainingSettings,
    network_settings,
    training_settings,
)


@pytest.mark.parametrize(
    ("training_id", "s", "parallel", "skull"),
    [
        ("malc27/quicknatv2", 0, False, False),
        ("malc27/acenet-s0-stage1", 0, False, False),
        ("malc27/acenet-s5-skull-twostage", 5, False, True),
        ("malc133/acenet-s0s5-skull-e2e", 5, True, True),
        ("malc27/acenet-s9-skull-e2e", 9, False, True),
    ],
)
def test_networks_of_rows(training_id: str, s: int, parallel: bool, skull: bool) -> None:
    found = network_settings(get_training(training_id), Sizes(filters=8, kernel=3, dropout=0.0))
    assert (found.s, found.parallel, found.skull) == (s, parallel, skull)
    assert (found.filters, found.kernel, found.dropout) == (8, 3, 0.0)
    assert found.channels == 2 * s + 1


@pytest.mark.parametrize(
    ("training_id", "window"),
    [
        ("malc27/acenet-s5-stage1", Window(5, 5)),
        ("malc27/ffce-fused", Window(5, 4)),
        ("malc133/ffce-fused", Window(5, 4)),
        ("malc27/ffce-conv2-s0", Window(0, 0)),
        ("malc27/ffce-dense2-s0", Window(0, 0)),
        ("malc27/sdnet", Window(0, 0)),
        ("mindboggle62/unet2d", Window(0, 0)),
    ],
)
def test_stacks_of_rows(training_id: str, window: Window) -> None:
    found = network_settings(get_training(training_id), Sizes())
    assert found.window == window and found.channels == window.size
    assert not found.skull and not found.parallel


@pytest.mark.parametrize("training_id", [t.id for t in load_trainings().values() if t.arch in NETWORKS])
def test_every_row_has_the_outputs_of_its_protocol(training_id: str) -> None:
    training = get_training(training_id)
    assert network_settings(training, Sizes()).n_classes == load_protocol(training.dataset).n_classes


def test_sizes_resize_a_run() -> None:
    paper = training_settings(get_training("malc133/acenet-s5-skull-e2e"), Sizes(), seed=3)
    assert (paper.epochs, paper.batch, paper.learning_rate, paper.seed) == (200, 6, 0.02, 3)
    small = Sizes(epochs=4, batch=2, learning_rate_factor=10)
    demo = training_settings(get_training("malc133/acenet-s5-skull-e2e"), small, seed=3)
    assert (demo.epochs, demo.batch, demo.learning_rate) == (8, 2, pytest.approx(0.2))


def test_a_batch_the_papers_do_not_print_is_theirs_of_acenet() -> None:
    unprinted = get_training("malc27/quicknat")
    assert unprinted.batch is None
    assert training_settings(unprinted, Sizes(), seed=1).batch == DEFAULT_BATCH == 6


def test_epochs_may_be_fractions_and_second_stages_have_their_own() -> None:
    sizes = Sizes(epochs=1.5, second_stage_epochs=1.2)
    models = ("quicknatv2", "acenet-s5-stage1", "acenet-s5-skull-e2e", "acenet-s5-skull-twostage")
    found = [training_settings(get_training(f"malc27/{model}"), sizes, seed=1).epochs for model in models]
    assert found == [1.5, 1.5, pytest.approx(2.7), 1.2]
    same = replace(sizes, second_stage_epochs=None)
    assert training_settings(get_training("malc27/acenet-s5-skull-twostage"), same, seed=1).epochs == 1.5


def test_one_rate_stands_for_the_printed_ones() -> None:
    for training in ("malc27/quicknatv2", "malc133/quicknatv2"):
        assert (
            training_settings(get_training(training), Sizes(learning_rate=0.03), seed=1).learning_rate == 0.03
        )


@pytest.mark.parametrize(
    ("model", "bears"),
    [
        ("quicknatv2", True),
        ("unet2d", True),
        ("acenet-s5-skull-e2e", True),
        ("ffce-fused", True),
        ("quicknatv2-cw", False),
        ("ffce-fused-cw", False),
        ("ffce-conv2-s0", False),
        ("ffce-dense2-s0", False),
        ("sdnet", False),
        ("unet3d", False),
        ("acenet-s5-skull-twostage", False),
    ],
)
def test_smaller_slices_are_for_networks_that_bear_them_and_first_stages(model: str, bears: bool) -> None:
    sizes = Sizes(coarse=Coarse(0.6, 32, 32), optimizer="muon")
    settings = training_settings(get_training(f"malc27/{model}"), sizes, seed=1)
    assert settings.coarse == (Coarse(0.6, 32, 32) if bears else None)
    assert settings.muon_rate == 0.1


def test_what_an_optimiser_does_not_use_is_no_setting_of_a_training() -> None:
    training = get_training("malc27/quicknatv2")
    one, other = (training_settings(training, Sizes(muon_rate=rate), seed=1) for rate in (0.1, 0.2))
    assert one == other and one.muon_rate is None


@pytest.mark.parametrize("sizes", [Sizes(), Sizes(coarse=Coarse(0.6, 32, 48), optimizer="muon", epochs=1.5)])
def test_settings_are_plain_values(sizes: Sizes) -> None:
    settings = training_settings(get_training("malc27/quicknatv2"), sizes, seed=1)
    plain = settings.as_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert TrainingSettings.from_dict(json.loads(json.dumps(plain))) == settings
