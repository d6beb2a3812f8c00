"""What the progress of a run is told of: per training and seed."""

from pathlib import Path

import pytest

from acenet.plan import paths
from acenet.plan.progress import mean_test_dice, not_made, with_seed

TRAINING = "malc27/quicknatv2"


def test_each_seed_is_made_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = Path(paths.model(TRAINING, 2))
    model.parent.mkdir(parents=True)
    model.touch()
    assert not_made([(TRAINING, seed) for seed in (1, 2, 12)]) == {f"{TRAINING}/seed1", f"{TRAINING}/seed12"}


def test_the_score_is_that_of_the_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(paths.measured(TRAINING, 2))
    path.parent.mkdir(parents=True)
    rows = (
        "dice,test,1,0.5",
        "dice,test,2,1.0",
        "dice,test,0,0.1",
        "dice,validation,1,0.1",
        "jaccard,test,1,0.1",
    )
    path.write_text("\n".join(("metric,split,structure,value", *rows, "dice,test,3,", "")))
    assert mean_test_dice(with_seed(TRAINING, 2)) == 0.75
    assert mean_test_dice(with_seed(TRAINING, 1)) is None
