"""What a finished run took and reached, from its own benchmark files, logs and tables.

CPU seconds of a training are those that it counted itself: Snakemake samples them from outside and misses the last.

python -m tools.run_summary [results]
"""

import sys
from pathlib import Path

import pandas as pd


def main() -> None:
    """Print seconds and memory per stage, and Dice per training."""
    results = Path(sys.argv[1] if len(sys.argv) > 1 else "results")
    jobs = [
        pd.read_csv(path, sep="\t").assign(stage=path.relative_to(results / "benchmarks").parts[0])
        for path in sorted((results / "benchmarks").rglob("*.tsv"))
    ]
    stages = (
        pd.concat(jobs)
        .groupby("stage")
        .agg(
            jobs=("s", "size"),
            seconds=("s", "sum"),
            cpu_seconds=("cpu_time", "sum"),
            max_rss_mib=("max_rss", "max"),
        )
    )
    print(stages.round(0).astype(int).to_string(), "\n")
    rows = []
    for path in sorted((results / "measured").glob("*/*/seed*.csv")):
        table, training = pd.read_csv(path), "/".join(path.parts[-3:-1])
        overlap = table[(table["metric"] == "dice") & (table["split"] == "test")]
        structures = overlap[overlap["structure"] > 0]
        rows.append(
            {
                "training": training,
                "seed": path.stem.removeprefix("seed"),
                "dice_all_structures": structures["value"].mean(),
                "brain_mask": overlap.loc[overlap["structure"] == -1, "value"].mean(),
                "seconds": pd.read_csv(results / f"benchmarks/train/{training}/{path.stem}.tsv", sep="\t")[
                    "s"
                ].sum(),
                "cpu_seconds": pd.read_csv(results / "trained" / training / path.stem / "log.csv")[
                    "cpu_seconds"
                ].sum(),
            }
        )
    table = pd.DataFrame(rows)
    print(table.round(3).to_string(index=False))
    print(f"\n{len(table)} trainings, {table['cpu_seconds'].sum():.0f} CPU seconds by their own logs")


if __name__ == "__main__":
    main()
