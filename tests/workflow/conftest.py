"""Runs of the real workflow in folders of their own, on raw scans made here."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml

from acenet.datasets import raw_subject
from acenet.imaging.io import write_volume
from acenet.protocols import load_protocol

REPO = Path(__file__).parents[2]
TINY = Path(__file__).with_name("tiny.yaml")
PARTS = ("Snakefile", "config.yaml", "acenet", "rules", "schemas", "workflow_scripts", "profiles", "envs")
SUBJECTS = ("1000", "1001", "1003", "1004")  # two of each official list
SHAPE = (40, 44, 40)
AFFINE = np.array(
    [[-4.0, 0, 0, 78], [0, 4, 0, -86], [0, 0, 4, -78], [0, 0, 0, 1]]
)  # the first axis runs left


@dataclass(frozen=True)
class Run:
    """One call of Snakemake: its exit status and everything it said."""

    status: int
    text: str

    @property
    def jobs(self) -> Counter[str]:
        """Number of jobs per rule, from the table that Snakemake prints before it starts."""
        found: Counter[str] = Counter()
        table = re.search(r"^job +count\n[- ]+\n(.*?)^total", self.text, re.MULTILINE | re.DOTALL)
        for line in table.group(1).splitlines() if table else ():
            name, count = line.rsplit(maxsplit=1)
            found[name.strip()] = int(count)
        return found

    @property
    def nothing(self) -> bool:
        """Whether Snakemake found everything made."""
        return self.status == 0 and "Nothing to be done" in self.text


Snakemake = Callable[..., Run]


def run_snakemake(
    *targets: str,
    directory: Path,
    config: dict[str, object] | None = None,
    options: Sequence[str] = (),
    repo: Path = REPO,
) -> Run:
    """`snakemake TARGETS` on a repository's Snakefile, working in `directory`; `config` goes into a file there.

    Of another `repo` than this one, its own package is used.
    """
    directory.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "snakemake", *targets, "--cores", "2"]
    command += ["--snakefile", str(repo / "Snakefile"), "--directory", str(directory)]
    if config is not None:
        path = directory / "config.yaml"
        path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        command += ["--configfile", str(path)]
    another = {} if repo == REPO else {"cwd": repo, "env": {**os.environ, "PYTHONPATH": str(repo)}}
    done = subprocess.run(
        [*command, *options], capture_output=True, text=True, timeout=1800, check=False, **another
    )
    return Run(done.returncode, done.stdout + done.stderr)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the repository, free to be changed."""
    root = tmp_path / "clone"
    root.mkdir()
    for name in PARTS:
        copy: Callable = shutil.copytree if (REPO / name).is_dir() else shutil.copy2
        copy(REPO / name, root / name)
    return root


def scans_of_the_cohort(preset: str) -> dict[str, int]:
    """How many scans of each source a preset of config.yaml embeds and uses."""
    config = yaml.safe_load((REPO / "config.yaml").read_text(encoding="utf-8"))["presets"][preset]
    subjects = config["cohort"]["subjects"] | {"adni": config["augmentation"]["targets"]}
    return {source: sum(n.values()) if isinstance(n, dict) else n for source, n in subjects.items()}


@pytest.fixture(scope="session")
def snakemake() -> Snakemake:
    return run_snakemake


def write_head(root: Path, subject_id: str) -> None:
    """Raw files of one MALC scan: an ellipsoid in which every Neuromorphometrics structure fills a cell of its side.

    Cells are of the nearest of random points; those of subjects differ a little.
    """
    common, own = np.random.default_rng(0), np.random.default_rng(int(subject_id))
    index = np.stack(np.meshgrid(*(np.arange(n) for n in SHAPE), indexing="ij"), axis=-1)
    place = (index - (np.array(SHAPE) - 1) / 2) / (np.array([14.0, 17, 14]) + own.uniform(-0.5, 0.5, 3))
    brain = (place**2).sum(-1) < 1
    labels = np.zeros(SHAPE, np.int16)
    structures = load_protocol("malc133").structures
    for side in ("L", "R"):
        ids = np.array([s.source_ids[0] for s in structures if s.hemisphere in (side, "M")])
        seeds = common.uniform(-0.7, 0.7, (len(ids), 3)) + own.normal(0, 0.02, (len(ids), 3))
        seeds[:, 0] = np.abs(seeds[:, 0]) * (1 if side == "L" else -1)
        here = brain & ((place[..., 0] > 0) == (side == "L"))
        distance = ((place[here][:, None] - seeds) ** 2).sum(-1)
        labels[here] = ids[distance.argmin(1)]
    image = np.where(brain, 300 + 3 * labels, 0) + own.integers(5, 60, SHAPE)
    files = raw_subject("malc", subject_id)
    assert files.labels is not None
    write_volume(root / files.image, image.astype(np.int16), AFFINE)
    write_volume(root / files.labels, labels, AFFINE)


def tiny_config(root: Path) -> dict[str, object]:
    """The tiny preset on MALC's raw files in `root`."""
    config: dict[str, object] = yaml.safe_load(TINY.read_text(encoding="utf-8"))
    config["data"] = {"malc": str(root)}
    config["splits"] = {"malc": str(root / "split.csv")}
    return config


@pytest.fixture(scope="session")
def raw_malc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in MALC's own layout with four scans; not to be changed by tests."""
    root = tmp_path_factory.mktemp("malc")
    for subject_id in SUBJECTS:
        write_head(root, subject_id)
    lines = [f"{subject_id},{raw_subject('malc', subject_id).split}" for subject_id in SUBJECTS]
    (root / "split.csv").write_text("\n".join(["subject,split", *lines]), encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def config_for() -> Callable[[Path], dict[str, object]]:
    return tiny_config
