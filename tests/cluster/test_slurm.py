"""A small study on a real Slurm of one node: a killed job, a failed node, and who ran where."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psutil
import pytest
import yaml

from acenet.datasets.fetch import archives_of
from tests.cluster.mini_slurm import MiniSlurm, mini_slurm, wait_until, why_not
from tests.support.loopback import Site, serving
from tests.workflow.conftest import REPO, tiny_config
from tests.workflow.test_own_data import TABLE, write_subject

PLUGIN = importlib.util.find_spec("snakemake_executor_plugin_slurm")
REASON = why_not() or (None if PLUGIN else "needs Snakemake's plugin for Slurm (docs/cluster.md)")
ARCHIVE = next(iter(archives_of("schizbull")))
EPOCHS = 24  # of a quarter of a second: long enough for a training to be stopped in the middle
LIMIT_S = 900  # of the whole test; a quiet machine of two cores takes a tenth

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
    """A run under way: its folder, its Snakemake, what that says, and when it has to be done (monotonic seconds)."""

    folder: Path
    process: "subprocess.Popen[bytes]"
    deadline: float

    @property
    def text(self) -> str:
        return (self.folder / "said.txt").read_text(encoding="utf-8")

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for `condition`, as long as Snakemake is at work and there is time."""
        wait_until(
            lambda: self.process.poll() is not None or condition(),
            what,
            seconds=self.deadline - time.monotonic(),
        )
        assert self.process.poll() is None, f"Snakemake has ended before there was {what}"

    def end(self) -> int:
        """Wait for Snakemake's end; its exit status."""
        wait_until(
            lambda: self.process.poll() is not None,
            "the end of the run",
            seconds=self.deadline - time.monotonic(),
        )
        return self.process.wait()

    def state(self, training: str) -> Path:
        return self.folder / "results/checkpoints/mine" / training / "seed3/last.pt"

    def hold_trainings(self) -> dict[str, psutil.Process]:
        """Stop each training that has finished an epoch, as a debugger does; those held now, by the training."""
        found = {}
        for process in psutil.process_iter():
            try:
                if process.cwd() != str(self.folder) or "train.py" not in " ".join(process.cmdline()):
                    continue
                logs = [Path(file.path) for file in process.open_files() if "/logs/train/" in file.path]
            except psutil.Error:  # it has ended meanwhile
                continue
            found |= {log.parent.name: process for log in logs if self.state(log.parent.name).is_file()}
        for process in found.values():
            process.suspend()
        return found


@pytest.fixture
def study(slurm: MiniSlurm, tmp_path: Path) -> Iterator[Study]:
    """Two trainings on two scans of one's own, and the download of an archive, submitted to a drained node."""
    root, folder = tmp_path / "my data", tmp_path / "run"
    for seed, name in enumerate(("Ann", "Dé")):
        write_subject(root, name, seed)
    (root / "labels.tsv").write_text(TABLE, encoding="utf-8")
    (root / "split.csv").write_text("subject,split\nAnn,train\nDé,test\n", encoding="utf-8")
    own = {"name": "mine", "root": str(root), "protocol": str(root / "labels.tsv"), "like": "malc27"}
    own |= {"split": str(root / "split.csv")}
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
        with snakemake("own", f"results/downloads/schizbull/{ARCHIVE}.verified", folder=folder) as process:
            yield Study(folder, process, time.monotonic() + LIMIT_S)


@contextmanager
def snakemake(*targets: str, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Snakemake as on a login node; killed at the end, with what it runs there, if it is still at work."""
    command = [
        "setpriv",
        "--pdeathsig",
        "KILL",
        sys.executable,
        str(Path(__file__).with_name("impatient.py")),
    ]
    command += [*targets, "--snakefile", str(REPO / "Snakefile"), "--directory", str(folder)]
    command += ["--workflow-profile", str(REPO / "profiles/slurm"), "--configfile", "config.yaml"]
    command += ["--slurm-keep-successful-logs"]
    with (folder / "said.txt").open("wb") as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def explained(slurm: MiniSlurm, study: Study) -> Iterator[None]:
    """Failures tell what Snakemake and Slurm have said last."""
    try:
        yield
    except (AssertionError, TimeoutError, subprocess.SubprocessError) as error:
        error.add_note(f"--- Snakemake\n{study.text[-4000:]}\n{slurm.logs()}")
        with suppress(subprocess.SubprocessError):
            error.add_note(f"--- node: {slurm.node_state()}")
            for job in slurm.jobs():
                error.add_note(" ".join(job[key] for key in ("JobId", "Comment", "JobState", "Reason")))
        raise


def rules_of(jobs: list[dict[str, str]]) -> Counter[str]:
    """Slurm jobs per rule or group, from the comments that Snakemake gives them."""
    known = re.compile(r"rule_(prepare|evaluate|train|own_table)_")
    found = [(known.match(f"{job['Comment']}_"), job["Comment"]) for job in jobs]
    return Counter(match.group(1) if match else comment for match, comment in found)


def gpu_of(process: psutil.Process) -> str:
    return process.environ()["CUDA_VISIBLE_DEVICES"]


def test_a_study_survives_a_killed_job_and_a_failed_node(slurm: MiniSlurm, study: Study) -> None:
    def jobs_of(training: str) -> list[dict[str, str]]:
        return [job for job in slurm.jobs() if training in job["Comment"] and "rule_train" in job["Comment"]]

    with explained(slurm, study):
        # A drained node starts nothing; what is local is done meanwhile, and when the node is back the run goes on.
        archive = study.folder / f"results/downloads/schizbull/{ARCHIVE}"
        study.until(lambda: slurm.jobs() and archive.is_file(), "a job waiting and an archive fetched")
        assert [job["JobState"] for job in slurm.jobs()] == ["PENDING"]
        slurm.set_node("RESUME")

        # Two trainings at a time, each with a GPU of its own; held after their first epochs until both are there.
        study.until(lambda: len(study.hold_trainings()) == 2, "two trainings at work")
        at_work = study.hold_trainings()
        assert sorted(map(gpu_of, at_work.values())) == ["0", "1"]

        # One is killed in the middle: its job fails. Its node is being drained, so that what takes its place waits.
        killed, other = sorted(at_work)
        slurm.set_node("DRAIN")
        at_work[killed].kill()
        study.until(lambda: jobs_of(killed)[0]["JobState"] == "FAILED", "a failed job of the killed training")
        assert jobs_of(other)[0]["JobState"] == "RUNNING"

        # The node fails under the other one, and Slurm queues its job again.
        slurm.power_off()
        slurm.set_node("DOWN")
        study.until(
            lambda: jobs_of(other)[0]["JobState"] == "PENDING", "the other training's job waiting again"
        )
        study.until(slurm.has_given_up, "an end of Slurm's attempts to reach the node")
        slurm.power_on()
        slurm.set_node("RESUME")
        slurm.start_now(jobs_of(other)[0]["JobId"])

        assert study.end() == 0
        jobs = slurm.jobs()
        assert rules_of(jobs) == {"prepare": 1, "train": 3, "evaluate": 2, "own_table": 1}
        assert len(jobs_of(killed)) == 2 and len(jobs_of(other)) == 1
        assert [job["Restarts"] for job in (*jobs_of(killed), *jobs_of(other))] == ["0", "0", "1"]
        assert [job["MinMemoryNode"] for job in jobs_of(killed)] == ["4000M", "5000M"], (
            "more on a second attempt"
        )
        for training in (killed, other):
            log = (study.folder / f"results/logs/train/mine/{training}/seed3.log").read_text(encoding="utf-8")
            assert re.search(r"resuming after epoch \d+", log), log
            epochs = pd.read_csv(study.folder / f"results/trained/mine/{training}/seed3/log.csv")["epoch"]
            assert epochs.tolist() == list(range(1, EPOCHS + 1))
        assert (study.folder / "results/tables/own/mine.csv").is_file()
