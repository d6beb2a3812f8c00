"""The card of a model says what it is, and how good, by the long table."""

import json
import os
import re
from pathlib import Path

import pandas as pd
import pytest

from acenet.cli.main import main
from acenet.errors import InputError
from acenet.metrics.long_table import BRAIN_MASK, write_long_table
from acenet.models.model_file import TrainedModel, load_model, save_model
from acenet.protocols import load_protocol
from acenet.segment.model_card import model_card, to_markdown
from acenet.segment.segmenter import load_segmenter
from tests.support.small_model import write_model

PROTOCOL = load_protocol("malc27")


def write_measured(path: Path, *, model: str = "small", structures: int = 27, seed: int = 1) -> Path:
    """Dice of 0.5 and 0.7 for all structures of two test scans, but undefined in the second for the first one."""
    rows = []
    for subject, value in (("1003", 0.5), ("1004", 0.7)):
        for index in (BRAIN_MASK, *range(structures + 1)):
            missing = subject == "1004" and index == 1
            rows.append(
                {
                    **{
                        "dataset": "malc27",
                        "model": model,
                        "seed": seed,
                        "subject": subject,
                        "split": "test",
                    },
                    **{"structure": index, "name": str(index), "metric": "dice"},
                    "value": float("nan") if missing else value,
                    "status": "both_empty" if missing else "ok",
                }
            )
    write_long_table(pd.DataFrame(rows), path)
    return path


def test_dice_by_hand(tmp_path: Path, model: Path) -> None:
    segmenter = load_segmenter(model)
    card = model_card(segmenter, write_measured(tmp_path / "m.csv"), data="embedded cohort")
    found = card["dice"]
    assert (found["split"], found["scans"]) == ("test", 2)
    assert found["structures"][0] == {
        **{"name": "Left WM", "evaluated": True},
        **{"mean": 0.5, "std": None, "least": 0.5, "n": 1},
    }
    assert found["structures"][1]["mean"] == 0.6 and found["structures"][1]["std"] == 0.1
    assert found["mean"] == found["brain_mask"] == {"mean": 0.6, "std": 0.1, "least": 0.5, "n": 2}
    page = to_markdown(card, PROTOCOL)
    assert "| Left WM | 0.500 | n/a | 0.500 | 1 |" in page  # one scan has no spread
    assert "| Left Cortex | 0.600 | 0.100 | 0.500 | 2 |" in page and "not the papers' results" in page
    assert segmenter.sha256 in page and "CC BY-NC" in page


def test_other_data_have_other_terms(model: Path) -> None:
    card = model_card(load_segmenter(model), data="licensed data", preset="paper")
    page = to_markdown(card, PROTOCOL)
    assert "terms of the data" in page and "Not measured." in page and "embedded" not in page
    assert "| Preset | paper |" in page


@pytest.mark.parametrize(
    ("wrong", "message"), [({"model": "other"}, "small; found malc27/other"), ({"structures": 26}, "27")]
)
def test_measurements_of_something_else_are_refused(
    tmp_path: Path, model: Path, wrong: dict, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        model_card(load_segmenter(model), write_measured(tmp_path / "m.csv", **wrong))


def test_the_command_writes_both_forms(tmp_path: Path, model: Path, capsys: pytest.CaptureFixture) -> None:
    measured = write_measured(tmp_path / "m.csv")
    assert (
        main(["card", str(model), "--measured", str(measured), "--out", str(tmp_path), "--preset", "demo"])
        == 0
    )
    assert capsys.readouterr().out == f"{tmp_path / 'card.md'}\n"
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["training"] == "malc27/small" and card["preset"] == "demo" and card["dice"]["scans"] == 2
    assert (tmp_path / "card.md").read_text().startswith("# malc27/small\n")
    with pytest.raises(SystemExit):
        main(["card", str(model), "--measured", str(tmp_path / "absent.csv")])


def test_a_released_checkpoint_is_not_to_be_scored_on_malc(tmp_path: Path) -> None:
    segmenter = load_segmenter(write_model(tmp_path / "a model.pt", origin="released checkpoint"))
    card = model_card(segmenter, write_measured(tmp_path / "m.csv"))
    page = to_markdown(card, PROTOCOL)
    assert "all 30 scans of MALC" in card["caution"] and card["caution"] in page
    assert "**Not a result**" in page and "--model 'a model.pt'" in page


@pytest.mark.parametrize(
    "text", ["a|b", "<script>x</script>", "$x$ {{ 7*7 }} {% x %}", r"\y", "*b* `c` [l](u)", "two\nlines"]
)
def test_hostile_names_stay_texts_in_their_cells(tmp_path: Path, model: Path, text: str) -> None:
    card = model_card(load_segmenter(model), write_measured(tmp_path / "m.csv"), data=text)
    card["dice"]["structures"][0]["name"] = text
    page = to_markdown(card, PROTOCOL)
    shown = [re.sub(r"\\(.)", r"\1", line) for line in page.splitlines()]
    assert any(line.startswith(f"| Data | {' '.join(text.split())}; ") for line in shown)
    assert f"| {' '.join(text.split())} | 0.500 | n/a | 0.500 | 1 |" in shown
    assert not re.search(r"(?<!\\)[<>*\[\]]", page) and "49" not in page.replace(card["sha256"], "")


def test_a_card_of_another_model_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    first, second = write_model(tmp_path / "a.pt"), write_model(tmp_path / "b.pt")
    assert main(["card", str(first)]) == 0
    before = (tmp_path / "card.md").read_bytes()
    assert main(["card", str(second)]) == 2
    assert "card of b.pt (malc27/small), or another --out; found that of a.pt" in capsys.readouterr().err
    assert (tmp_path / "card.md").read_bytes() == before
    write_model(first, versions={"acenet": "1"})  # trained again
    assert main(["card", str(first)]) == 0 and (tmp_path / "card.md").read_bytes() != before
    assert main(["card", str(second), "--out", str(tmp_path / "b")]) == 0
    assert main(["card", str(first), "--out", str(second)]) == 2
    assert "--out: expected a folder" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--preset", "--data", "--protocol", "--out"])
def test_an_empty_argument_is_refused(model: Path, option: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        main(["card", str(model), option, " "])
    assert f"{option}: expected" in capsys.readouterr().err


def test_measurements_older_than_the_model_are_noticed(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    model, measured = write_model(tmp_path / "model.pt"), write_measured(tmp_path / "m.csv")
    for time, older in ((1_000, True), (3_000, False)):
        os.utime(model, (2_000, 2_000))
        os.utime(measured, (time, time))
        assert main(["card", str(model), "--measured", str(measured)]) == 0
        assert ("measured before it was trained again?" in capsys.readouterr().err) == older


def test_measurements_that_nobody_may_see_are_told(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: object, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(os, "stat", closed)
        main(["card", str(model), "--measured", str(tmp_path / "closed" / "m.csv")])
    assert "argument --measured: no such file, or you may not see it" in capsys.readouterr().err


def test_measurements_of_another_seed_are_refused(tmp_path: Path, model: Path) -> None:
    trained = load_model(model)
    card = {**trained.card, "settings": {**trained.card["settings"], "seed": 1}}
    save_model(tmp_path / "model.pt", TrainedModel(trained.network, trained.settings, card))
    segmenter = load_segmenter(tmp_path / "model.pt")
    assert model_card(segmenter, write_measured(tmp_path / "one.csv"))["dice"]["scans"] == 2
    with pytest.raises(InputError, match="expected those of seed 1; found those of 2"):
        model_card(segmenter, write_measured(tmp_path / "two.csv", seed=2))
