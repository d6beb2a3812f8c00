"""What a training and a prediction import: nothing that costs a second and does nothing for them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


SUBJECT = """
import json
import numpy as np
from pathlib import Path
from acenet.imaging.io import write_uint8

def subject(name, seed):
    classes = np.random.default_rng(seed).integers(0, 28, (16, 32, 4), dtype=np.uint8)
    for part, values in (("malc27", classes), ("image", classes * 9), ("brainmask", (classes > 0).astype(np.uint8))):
        write_uint8(Path(name, f"{part}.nii"), values, np.eye(4))
    Path(name, "conform.json").write_text(json.dumps({"subject": name}))
    return Path(name)
"""
TRAINING = """
from acenet.papers import get_training
from acenet.papers.sizes import Sizes
from acenet.training.settings import training_settings
sizes = Sizes(epochs=1.5, batch=3, filters=4, kernel=3, optimizer=OPTIMIZER, norm_statistics="training_set")
a, b, c = (subject(name, seed) for seed, name in enumerate("abc"))
files = TrainingFiles([a, b], [c], Path("model.pt"), Path("log.csv"), Path("states"))
run_training(training_settings(get_training("malc27/MODEL"), sizes, seed=1), files, device="cpu")
"""


@pytest.mark.parametrize(
    ("optimizer", "model"), [("sgd", "quicknatv2"), ("adam", "acenet-s5-skull-e2e"), ("muon", "unet2d")]
)
def test_a_training_imports_nothing_heavy(tmp_path: Path, optimizer: str, model: str) -> None:
    code = TRAINING.replace("OPTIMIZER", repr(optimizer)).replace("MODEL", model)
    assert heavy_after(imports_of("train.py") + SUBJECT + code, tmp_path) == []
    assert (tmp_path / "model.pt").is_file()


def test_a_prediction_imports_nothing_heavy(tmp_path: Path) -> None:
    code = TRAINING.replace("OPTIMIZER", repr("sgd")).replace("MODEL", "quicknatv2")
    heavy_after(imports_of("train.py") + SUBJECT + code, tmp_path)
    predict = 'predict_subjects(Path("model.pt"), [Path("c")], Path("out"), batch=2, device="cpu")'
    assert heavy_after(f"{imports_of('predict.py')}\n{predict}", tmp_path) == []
    assert (tmp_path / "out" / "c_classes.nii.gz").is_file()
