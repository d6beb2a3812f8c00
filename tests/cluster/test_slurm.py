"""A small study on a real Slurm of one node: a killed job, a failed node, and who ran where."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import yaml

from acenet.datasets.obtain import archives_of
from tests.cluster.mini_slurm import MiniSlurm, mini_slurm, wait_until, why_not
from tests.loopback import Site, serving
from tests.workflow.conftest import REPO, tiny_config
from tests.workflow.test_own_data import TABLE, write_subject

PLUGIN = importlib.util.find_spec("snakemake_executor_plugin_slurm")
REASON = why_not() or (None if PLUGIN else "needs the plugin: pip install -e '.[slurm]'")
ARCHIVE = next(iter(archives_of("schizbull")))
EPOCHS = 12

pytestmark = [pytest.mark.slurm, pytest.mark.skipif(REASON is not None, reason=str(REASON))]


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniSlurm]:
    with ExitStack() as up:
        try:
            running = up.enter_context(mini_slurm(tmp_path_factory.mktemp("slurm")))
        except (OSError, TimeoutError, subprocess.SubprocessError) as error:
            pytest.skip(f"Slurm does not start here: {error}")
        yield running


@dataclass(frozen=True)
class Study:
    """A run under way: its folder, its Snakemake, and what that says."""

    folder: Path
    process: "subprocess.Popen[bytes]"

    @property
    def text(self) -> str:
        return (self.folder / "said.txt").read_text(encoding="utf-8")

    def going_on(self) -> None:
        assert self.process.poll() is None, self.text[-4000:]

    def trainings(self) -> dict[str, int]:
        """Process of each training that is at work, by the folder of its results."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if (entry / "cwd").resolve() != self.folder:
                    continue
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if not any(word.endswith(b"train.py") for word in words):
                    continue
                log = next(p for p in map(os.path.realpath, (entry / "fd").iterdir()) if "/logs/train/" in p)
            except (OSError, StopIteration):  # the process ended meanwhile, or has not opened its log yet
                continue
            found[Path(log).stem] = int(entry.name)
        return found

    def state(self, training: str) -> Path:
        return self.folder / "results/checkpoints/mine" / training / "last.pt"

    def hold_trainings(self) -> dict[str, int]:
        """Stop each training that has finished an epoch, as a debugger does; those held now."""
        found = {name: pid for name, pid in self.trainings().items() if self.state(name).is_file()}
        for pid in found.values():
            os.kill(pid, signal.SIGSTOP)
        return found


@pytest.fixture
def study(slurm: MiniSlurm, tmp_path: Path) -> Iterator[Study]:
    """Two trainings on four scans of one's own, and the download of an archive, submitted to a drained node."""
    root, folder = tmp_path / "my data", tmp_path / "run"
    for seed, name in enumerate(("Ann", "Bob", "Cleo", "Dé")):
        write_subject(root, name, seed)
    (root / "labels.tsv").write_text(TABLE, encoding="utf-8")
    own = {"name": "mine", "root": str(root), "protocol": str(root / "labels.tsv"), "like": "malc27"}
    config = tiny_config(root) | {"device": "auto", "data": {"schizbull": "download"}, "splits": {}}
    config["own"] = [own | {"models": ["quicknatv2", "acenet-s0-stage1"]}]
    tiny = config["presets"]["tiny"]
    tiny["training"]["epochs"] = EPOCHS
    for section in ("training", "prediction", "measurement"):
        tiny[section]["minutes"] = 60  # Slurm ends what takes longer; a busy machine is slow
    folder.mkdir()
    slurm.set_node("DRAIN")
    with serving(Site(files={f"/{ARCHIVE}": b"not an archive, but whole"})) as site:
        config["mirrors"] = {"schizbull": [f"{site.address}/{{name}}"]}
        (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "snakemake",
            "own",
            f"results/downloads/schizbull/{ARCHIVE}.verified",
        ]
        command += ["--snakefile", str(REPO / "Snakefile"), "--directory", str(folder)]
        command += ["--workflow-profile", str(REPO / "profiles/slurm"), "--configfile", "config.yaml"]
        command += ["--slurm-init-seconds-before-status-checks", "2", "--slurm-keep-successful-logs"]
        with (folder / "said.txt").open("wb") as said:
            process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
        try:
            yield Study(folder, process)
        finally:
            process.kill()
            process.wait()
            for entry in Path("/proc").glob("[0-9]*"):  # what jobs have left on the failed node
                with suppress(OSError):
                    if (entry / "cwd").resolve() == folder:
                        os.kill(int(entry.name), signal.SIGKILL)


def rules_of(jobs: list[dict[str, str]]) -> Counter[str]:
    """Slurm jobs per rule or group, from the comments that Snakemake gives them."""
    known = re.compile(r"rule_(prepare|evaluate|train|own_table)_")
    found = [(known.match(f"{job['Comment']}_"), job["Comment"]) for job in jobs]
    return Counter(match.group(1) if match else comment for match, comment in found)


def test_a_study_survives_a_killed_job_and_a_failed_node(slurm: MiniSlurm, study: Study) -> None:
    def until(condition: Callable[[], object], what: str) -> None:
        wait_until(lambda: study.going_on() or condition(), what, seconds=600)

    def jobs_of(training: str) -> list[dict[str, str]]:
        return [job for job in slurm.jobs() if training in job["Comment"] and "rule_train" in job["Comment"]]

    # A drained node starts nothing; what is local is done meanwhile, and when the node is back the run goes on.
    archive = study.folder / f"results/downloads/schizbull/{ARCHIVE}"
    until(lambda: slurm.jobs() and archive.is_file(), "a job waiting and an archive fetched")
    assert [job["JobState"] for job in slurm.jobs()] == ["PENDING"]
    slurm.set_node("RESUME")

    # Two trainings at a time, each with a GPU of its own; held after their first epochs until both are there.
    until(lambda: len(study.hold_trainings()) == 2, "two trainings at work")
    at_work = study.hold_trainings()
    devices = [Path(f"/proc/{pid}/environ").read_bytes().split(b"\0") for pid in at_work.values()]
    assert sorted(x for env in devices for x in env if x.startswith(b"CUDA_VISIBLE_DEVICES=")) == [
        b"CUDA_VISIBLE_DEVICES=0",
        b"CUDA_VISIBLE_DEVICES=1",
    ]

    # One is killed in the middle: its job fails, and another one takes its place.
    killed, other = sorted(at_work)
    os.kill(at_work[killed], signal.SIGKILL)
    until(lambda: jobs_of(killed)[0]["JobState"] == "FAILED", "the job of the killed training to fail")

    # The node fails under the other one: Slurm queues its job again.
    slurm.set_node("DOWN")
    until(lambda: jobs_of(other)[0]["JobState"] == "PENDING", "the job of the other training to wait again")
    until(lambda: not study.trainings(), "no process left on the failed node")
    slurm.set_node("RESUME")
    slurm.start_now(jobs_of(other)[0]["JobId"])

    assert study.process.wait(1500) == 0, study.text[-6000:]
    jobs = slurm.jobs()
    assert rules_of(jobs) == {"prepare": 1, "train": 3, "evaluate": 2, "own_table": 1}
    assert len(jobs_of(killed)) == 2 and len(jobs_of(other)) == 1 and jobs_of(other)[0]["Restarts"] == "1"
    assert [job["MinMemoryNode"] for job in jobs_of(killed)] == ["4000M", "5000M"], "more on a second attempt"
    for training in (killed, other):
        log = (study.folder / f"results/logs/train/mine/{training}.log").read_text(encoding="utf-8")
        assert re.search(r"resuming after epoch \d+", log), log
        epochs = pd.read_csv(study.folder / f"results/trained/mine/{training}/log.csv")["epoch"]
        assert epochs.tolist() == list(range(1, EPOCHS + 1))
    assert (study.folder / "results/tables/own/mine.csv").is_file()
