"""What the jobs of a finished run took, and what a scheduler should be asked for: memory and time of each stage.

python -m tools.job_requests [results]

Memory: half as much again as the largest job took, and 500 MiB for the two or three Snakemakes that every cluster job
holds; time: three times the longest job. A second attempt asks for twice as much (rules/resources.smk).
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

SNAKEMAKE_MIB = 500


def read(results: Path) -> pd.DataFrame:
    """The last benchmark of every job, with its stage: one row per job."""
    rows = []
    for path in sorted((results / "benchmarks").rglob("*.tsv")):
        last = pd.read_csv(path, sep="\t", na_values="-").iloc[-1]
        rows.append({"stage": path.relative_to(results / "benchmarks").parts[0], **last})
    return pd.DataFrame(rows)


def requests(jobs: pd.DataFrame) -> pd.DataFrame:
    """Per stage: number of jobs, median and largest seconds and memory, and what to ask for."""
    found = jobs.groupby("stage").agg(
        jobs=("s", "size"), median_s=("s", "median"), max_s=("s", "max"), max_mib=("max_rss", "max")
    )
    found["ask_mb"] = np.ceil((1.5 * found["max_mib"] + SNAKEMAKE_MIB) / 250) * 250
    found["ask_minutes"] = np.ceil(3 * found["max_s"] / 60 / 5) * 5
    return found


def main() -> None:
    """Print one line per stage."""
    results = Path(sys.argv[1] if len(sys.argv) > 1 else "results")
    print(requests(read(results)).round(0).astype("Int64").to_string())


if __name__ == "__main__":
    main()
