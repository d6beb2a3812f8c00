"""What to ask a scheduler for, from benchmark files written by hand."""

from pathlib import Path

from tools.job_requests import read, requests


def test_requests_follow_the_largest_job_of_each_stage(tmp_path: Path) -> None:
    # the train/b job was tried twice: Snakemake's file has a line for each, and the last one counts
    files = {"train/x/a": ["60 1000"], "train/x/b": ["900 9000", "301 700"], "conform/c": ["2 -"]}
    for name, lines in files.items():
        path = tmp_path / "benchmarks" / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(["s\tmax_rss", *(line.replace(" ", "\t") for line in lines)]))
    found = requests(read(tmp_path))
    train = found.loc["train"]
    assert (train["jobs"], train["max_s"], train["max_mib"]) == (2, 301, 1000)
    assert train["ask_mb"] == 2000  # 1.5 * 1000 + 500
    assert train["ask_minutes"] == 20  # 15.05 minutes, in steps of five
    assert found.loc["conform", "ask_minutes"] == 5
