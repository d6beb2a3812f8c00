"""How the workflow's own cost grows: planning it, starting its jobs, and submitting them to Slurm.

    python -m benchmarks.scaling graph            planning, at 1, 4 and 16 times the trainings or the subjects
    python -m benchmarks.scaling jobs             placeholder jobs on this machine
    python -m benchmarks.scaling slurm            placeholder jobs on a Slurm that is started for it (as root)

No scan is read and nothing is trained: scans are empty files and only planned with, jobs sleep. Processor time is
given beside wall time, since a busy machine stretches the latter. Run it in the repository.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
import yaml

from acenet.papers import load_trainings
from tests.cluster.mini_slurm import MiniSlurm, mini_slurm, why_not

REPO = Path(__file__).parents[1]
GPUS = 2  # of the Slurm that is started
PROTOCOL = "source_ids\tname\n17\tLeft Hippocampus\n53\tRight Hippocampus\n"
PLACEHOLDER = """
configfile: "{repo}/config.yaml"
include: "{repo}/rules/config.smk"
include: "{repo}/rules/common.smk"  # what each Snakemake of this workflow loads

rule done:
    input: expand("done/{{i}}", i=range({n}))

rule job:
    output: touch("done/{{i}}")
    group: "job"
    resources: gpu={gpu}, mem_mb=100, runtime=5
    shell: "sleep {seconds}"
"""


@dataclass(frozen=True)
class Cost:
    """Of one call: wall and processor seconds, peak memory (MiB) and what it said."""

    wall: float
    cpu: float
    memory: float
    text: str


def call(folder: Path, *options: str) -> Cost:
    """One call of Snakemake in `folder`, and its cost with that of its children.

    Raises
    ------
    RuntimeError : it failed.
    """
    command = [sys.executable, "-m", "snakemake", "--directory", str(folder), *options]
    started = time.monotonic()
    with (folder / "said.txt").open("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, cwd=REPO)
        _, status, used = os.wait4(process.pid, 0)
        said.seek(0)
        text = said.read()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(text[-3000:])
    return Cost(time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text)


def plan(folder: Path, *, data_sets: int, models: int, subjects: int) -> dict[str, float]:
    """A dry-run of the real workflow on data sets of one's own, whose scans are empty files."""
    root = folder / "scans"
    for part in ("images", "labels"):
        (root / part).mkdir(parents=True)
        for i in range(subjects):
            (root / part / f"s{i:04d}.nii.gz").touch()
    (root / "labels.tsv").write_text(PROTOCOL, encoding="utf-8")
    names = [t.model for t in load_trainings().values() if t.dataset == "malc27" and not t.augmented][:models]
    entry = {"root": str(root), "protocol": str(root / "labels.tsv"), "like": "malc27", "models": names}
    own = [{**entry, "name": f"own{i}"} for i in range(data_sets)]
    (folder / "config.yaml").write_text(yaml.safe_dump({"data": {}, "own": own}), encoding="utf-8")
    cost = call(folder, "own", "--dry-run", "--quiet", "rules", "--configfile", str(folder / "config.yaml"))
    counts = dict(re.findall(r"^(\w+) +(\d+)$", cost.text, re.MULTILINE))
    return {
        "subjects": subjects * data_sets,
        "trainings": int(counts["train"]),
        "jobs": int(counts["total"]),
        "wall_s": cost.wall,
        "cpu_s": cost.cpu,
        "memory_mib": cost.memory,
    }


def graph(sizes: list[int]) -> pd.DataFrame:
    """Planning: `sizes` times 4 data sets of 16 scans, and times 64 scans of one data set; 16 networks each."""
    rows = []
    for times in sizes:
        for what, data_sets, subjects in (("trainings", 4 * times, 16), ("subjects", 1, 64 * times)):
            with tempfile.TemporaryDirectory() as folder:
                row = plan(Path(folder), data_sets=data_sets, models=16, subjects=subjects)
            rows.append({"grown": f"{what} x{times}", **row})
    return pd.DataFrame(rows)


def write_jobs(folder: Path, *, n: int, seconds: float, gpu: int) -> tuple[str, ...]:
    """A workflow of placeholder jobs; returns the options that run it."""
    path = folder / "Snakefile"
    path.write_text(PLACEHOLDER.format(repo=REPO, n=n, seconds=seconds, gpu=gpu), encoding="utf-8")
    return ("done", "--snakefile", str(path), "--quiet", "all")


def jobs(sizes: list[int]) -> pd.DataFrame:
    """`sizes` times 16 jobs that do nothing, on two cores of this machine."""
    rows = []
    for n in (16 * times for times in sizes):
        with tempfile.TemporaryDirectory() as folder:
            options = write_jobs(Path(folder), n=n, seconds=0, gpu=0)
            none = call(Path(folder), *options, "--dry-run", "--workflow-profile", "none")
            cost = call(Path(folder), *options, "--cores", "2", "--workflow-profile", "none")
        row = {"jobs": n, "wall_s": cost.wall, "cpu_s": cost.cpu, "memory_mib": cost.memory}
        rows.append({**row, "cpu_ms_per_job": 1000 * (cost.cpu - none.cpu) / n})
    return pd.DataFrame(rows)


def slurm(sizes: list[int], seconds: float) -> pd.DataFrame:
    """`sizes` times 4 jobs of some seconds, each with a GPU: one a cluster job, and eight."""
    if (reason := why_not()) is not None:
        sys.exit(f"no Slurm here: {reason}")
    rows = []
    for n in (4 * times for times in sizes):
        for grouped in (1, 8):
            with tempfile.TemporaryDirectory() as name:
                work = Path(name, "work")
                work.mkdir()
                options = write_jobs(work, n=n, seconds=seconds, gpu=1)
                profile = ("--workflow-profile", "profiles/slurm", "--resources", "gpu=100")
                group = ("--group-components", f"job={grouped}", "--cores", "1")
                with mini_slurm(Path(name, "slurm")) as cluster:
                    cost = call(work, *options, *profile, *group)
                    rows.append({"jobs": n, "per_job": grouped, **submitted(cluster, cost, n * seconds)})
    return pd.DataFrame(rows)


def submitted(cluster: MiniSlurm, cost: Cost, useful: float) -> dict[str, float]:
    """What Slurm's own records say of a run whose jobs did `useful` seconds of work."""
    found = cluster.jobs()
    times = pd.DataFrame(
        {
            key: [datetime.fromisoformat(job[key]) for job in found]
            for key in ("SubmitTime", "StartTime", "EndTime")
        }
    )
    ran = (times["EndTime"] - times["StartTime"]).dt.total_seconds()
    return {
        "submitted": len(found),
        "wall_s": cost.wall,
        "overhead_s": (ran.sum() - useful) / len(found),
        "gpu_idle_share": 1 - ran.sum() / (GPUS * cost.wall),
        "gpu_useful_share": useful / (GPUS * cost.wall),
        "login_cpu_s": cost.cpu,
    }


def main() -> None:
    """Print one table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("what", choices=["graph", "jobs", "slurm"])
    arguments.add_argument("--sizes", type=int, nargs="+", default=[1, 4, 16])
    arguments.add_argument("--seconds", type=float, default=10, help="that a placeholder job sleeps on Slurm")
    options = arguments.parse_args()
    tables = {"graph": graph, "jobs": jobs, "slurm": lambda sizes: slurm(sizes, options.seconds)}
    print(tables[options.what](options.sizes).round(2).to_string(index=False))


if __name__ == "__main__":
    main()
