"""What a training and a prediction import: nothing that costs a second and does nothing for them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.test_run import subject

REPO = Path(__file__).parents[2]
HEAVY = ("torch._dynamo", "torch._inductor", "sympy", "pandas", "matplotlib", "monai", "ants", "snakemake")


def imports_of(script: str) -> str:
    """The import statements of a workflow script."""
    text = (REPO / "workflow_scripts" / script).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^(?:from|import) .*$", text, flags=re.M))


def heavy_after(code: str, folder: Path) -> list[str]:
    """Which heavy packages a new process has imported in the end."""
    whole = f"{code}\nimport json, sys\nprint(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", whole],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPO)},
    )
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


TRAINING = """
from acenet.papers import get_training
from acenet.training.settings import Sizes, training_settings
sizes = Sizes(epochs=1.5, batch=3, filters=4, kernel=3, optimizer=OPTIMIZER, norm_statistics="training_set")
a, b, c = map(Path, "abc")
files = TrainingFiles([a, b], [c], Path("model.pt"), Path("log.csv"), Path("states"))
run_training(training_settings(get_training("malc27/MODEL"), sizes, seed=1), files, device="cpu")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three conformed subjects a, b and c."""
    for seed, name in enumerate("abc"):
        subject(tmp_path / name, seed)
    return tmp_path


@pytest.mark.parametrize(
    ("optimizer", "model"), [("sgd", "quicknatv2"), ("adam", "acenet-s5-skull-e2e"), ("muon", "unet2d")]
)
def test_a_training_imports_nothing_heavy(folder: Path, optimizer: str, model: str) -> None:
    code = TRAINING.replace("OPTIMIZER", repr(optimizer)).replace("MODEL", model)
    assert heavy_after(f"{imports_of('train.py')}\n{code}", folder) == []
    assert (folder / "model.pt").is_file()


def test_a_prediction_imports_nothing_heavy(folder: Path) -> None:
    code = TRAINING.replace("OPTIMIZER", repr("sgd")).replace("MODEL", "quicknatv2")
    heavy_after(f"{imports_of('train.py')}\n{code}", folder)
    predict = 'predict_subjects(Path("model.pt"), [Path("c")], Path("out"), batch=2, device="cpu")'
    assert heavy_after(f"{imports_of('predict.py')}\n{predict}", folder) == []
    assert (folder / "out" / "c_classes.nii.gz").is_file()
