"""Models of a run by name, and the one that is taken when none is named."""

import json
import logging
import os
from pathlib import Path

import pytest

from acenet.cli.main import main
from acenet.errors import InputError
from acenet.segment.known_models import choose_model, models_of_run

SKULL, PLAIN = "malc27/acenet-s5-skull-twostage", "malc27/quicknatv2"


@pytest.fixture(autouse=True)
def no_releases_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACENET_CACHE", str(tmp_path / "cache"))


def add_model(run: Path, name: str, data: str | None, dice: float | None = None) -> Path:
    path = run / "results" / "trained" / name / "model.pt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    if data is not None:
        card = {"training": name, "data": data, "preset": "lite", "dice": dice and {"mean": {"mean": dice}}}
        path.with_name("card.json").write_text(json.dumps(card))
    return path


def test_models_of_a_run_and_what_they_are_fit_for(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    add_model(tmp_path, SKULL, "licensed data", 0.8712)
    add_model(tmp_path, PLAIN, "embedded cohort", 0.7)
    add_model(tmp_path, "malc133/acenet-s0-stage1", None)
    assert [(one.name, one.is_fit, one.dice) for one in models_of_run(tmp_path)] == [
        ("malc133/acenet-s0-stage1", False, None), (SKULL, True, 0.8712), (PLAIN, False, 0.7),
    ]  # fmt: skip
    assert main(["models", "--directory", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "preset lite, trained on licensed data, Dice 0.871 on its held-out scans" in told
    assert "not for scans of people" in told and "no card beside it" in told and "released-malc27 " in told


@pytest.mark.parametrize(
    "content", ["", "[]", '{"training": 1}', '{"training": "x", "data": 3, "dice": [1]}']
)
def test_a_card_that_is_none_makes_no_model_fit_or_fails(tmp_path: Path, content: str) -> None:
    add_model(tmp_path, PLAIN, None).with_name("card.json").write_text(content)
    (found,) = models_of_run(tmp_path)
    assert found.dice is None


def test_a_card_older_than_its_model(tmp_path: Path) -> None:
    path = add_model(tmp_path, PLAIN, "licensed data")
    os.utime(path.with_name("card.json"), (1, 1))
    (found,) = models_of_run(tmp_path)
    assert "card is older than the model" in found.about


def test_the_only_fit_model_is_taken_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(InputError, match=r"--model: expected one model that is fit.*found none here"):
        choose_model(None, tmp_path)
    add_model(tmp_path, PLAIN, "embedded cohort")
    with pytest.raises(InputError, match="none here but 1 that are not"):
        choose_model(None, tmp_path)
    path = add_model(tmp_path, SKULL, "licensed data")
    with caplog.at_level(logging.INFO):
        assert choose_model(None, tmp_path).path == path
    assert f"model: {SKULL}" in caplog.text
    add_model(tmp_path, "malc27/sdnet", "licensed data")
    with pytest.raises(InputError, match=f"found 2: {SKULL}, malc27/sdnet"):
        choose_model(None, tmp_path)


def test_by_name_or_path(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = add_model(tmp_path, PLAIN, "embedded cohort")
    assert choose_model(PLAIN, tmp_path).path == path and "not for scans of people" in caplog.text
    assert choose_model(str(path), tmp_path).path == path
    assert choose_model("elsewhere/model.pt", tmp_path).path == Path(
        "elsewhere/model.pt"
    )  # reading it says the rest
    with pytest.raises(InputError, match="'malc27/quicknatv3'; is it malc27/quicknatv2"):
        choose_model("malc27/quicknatv3", tmp_path)


def test_a_training_without_a_seed_means_its_first(tmp_path: Path) -> None:
    found = {seed: add_model(tmp_path, f"{SKULL}/seed{seed}", "licensed data") for seed in (10, 3)}
    assert [one.name for one in models_of_run(tmp_path)] == [f"{SKULL}/seed3", f"{SKULL}/seed10"]
    assert choose_model(SKULL, tmp_path).path == found[3]
    assert choose_model(f"{SKULL}/seed10", tmp_path).path == found[10]
    assert choose_model(None, tmp_path).path == found[3]
    with pytest.raises(InputError, match=f"is it {SKULL}/seed10 or {SKULL}/seed3"):
        choose_model(f"{SKULL}/seed1", tmp_path)
    add_model(tmp_path, f"{PLAIN}/seed3", "licensed data")
    with pytest.raises(InputError, match=f"found 2: {SKULL}, {PLAIN}"):
        choose_model(None, tmp_path)


def test_fetch_and_a_name_belong_together(capsys: pytest.CaptureFixture) -> None:
    assert main(["models", "fetch"]) == 2 and "fetch with a NAME" in capsys.readouterr().err
