"""What a whole run costs: processor seconds of each rule by its jobs' own clocks, of Snakemake, and in all.

    python -m benchmarks.whole_run                          the default run, in a fresh folder
    python -m benchmarks.whole_run conformed --configfile mine.yaml

Each job tells its processor time and memory when its Python ends: Snakemake's own benchmarks look at a job from time
to time and miss its end. Prints a table in Markdown; run it in the repository. Files of the run stay with --folder.
"""

import argparse
import csv
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

REPO = Path(__file__).parents[1]
OUT = "ACENET_WHOLE_RUN"
CLOCK = f"""\
import atexit, os, resource, sys, time

def tell(started=time.monotonic()):
    job = getattr(sys.modules.get("__main__"), "snakemake", None)
    if job is None or not hasattr(job, "rule"):
        return
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    peak = max(one.ru_maxrss for one in used) / 1024
    with open(os.environ["{OUT}"], "a") as file:  # one short line: appended whole, whoever else writes
        file.write(f"{{job.rule}},{{cpu:.3f}},{{time.monotonic() - started:.3f}},{{peak:.0f}}\\n")

atexit.register(tell)
"""
TRAINING = "train"


def run(folder: Path, targets: list[str], options: list[str]) -> tuple[pd.DataFrame, float, float]:
    """The jobs of one run in `folder` (columns rule, cpu, wall, memory), its processor and its wall seconds.

    Raises
    ------
    SystemExit : the run failed.
    """
    hook = folder / "clock"
    hook.mkdir(parents=True)
    (hook / "sitecustomize.py").write_text(CLOCK, encoding="utf-8")
    path = os.pathsep.join(filter(None, (str(hook), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, OUT: str(folder / "jobs.csv")}
    command = [sys.executable, "-m", "snakemake", "--directory", str(folder), *options, *targets]
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=REPO, env=environment, stdout=sys.stderr)
    _, status, used = os.wait4(process.pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(code)
    rows = list(csv.reader((folder / "jobs.csv").read_text(encoding="utf-8").splitlines()))
    jobs = pd.DataFrame(rows, columns=["rule", "cpu", "wall", "memory"])
    return (
        jobs.astype({"cpu": float, "wall": float, "memory": float}),
        used.ru_utime + used.ru_stime,
        time.monotonic() - started,
    )


def table(jobs: pd.DataFrame, total: float) -> str:
    """A row for each rule, the dearest first; then what is training and what is not."""
    lines = [
        "| Rule | Jobs | CPU s | CPU s a job | Wall s a job | Largest, MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    rules = jobs.groupby("rule").agg(
        jobs=("cpu", "size"), cpu=("cpu", "sum"), wall=("wall", "mean"), memory=("memory", "max")
    )
    for name, row in rules.sort_values("cpu", ascending=False).iterrows():
        each = row["cpu"] / row["jobs"]
        lines.append(
            f"| {name} | {row['jobs']:.0f} | {row['cpu']:.1f} | {each:.2f} | {row['wall']:.2f} | {row['memory']:.0f} |"
        )
    training = float(jobs.loc[jobs["rule"] == TRAINING, "cpu"].sum())
    lines.append(f"| Snakemake itself | | {total - jobs['cpu'].sum():.1f} | | | |")
    lines.append(f"| **all but training** | | **{total - training:.1f}** | | | |")
    lines.append(f"| **all** | {len(jobs)} | **{total:.1f}** | | | |")
    return "\n".join(lines)


def main() -> None:
    """Run and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("targets", nargs="*", default=["results/tables"])
    arguments.add_argument("--cores", default="all")
    arguments.add_argument("--configfile", help="what differs from config.yaml")
    arguments.add_argument("--folder", type=Path, help="where the run works, new; else a temporary folder")
    options = arguments.parse_args()
    more = ["--configfile", options.configfile] if options.configfile else []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary, "run")
        jobs, cpu, wall = run(folder.absolute(), options.targets, ["--cores", options.cores, *more])
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; {wall:.0f} s by the clock\n"
    )
    print(table(jobs, cpu))


if __name__ == "__main__":
    main()
