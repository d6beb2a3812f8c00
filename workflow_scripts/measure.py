"""Rule measure."""

from pathlib import Path

from acenet.datasets.splits import read_split
from acenet.experiments import get_training
from acenet.logs import logged
from acenet.metrics.evaluate import evaluate_training, find_subject_files
from acenet.metrics.long_table import write_long_table
from acenet.protocols import load_protocol

with logged(snakemake.log[0]):
    dataset, model = snakemake.wildcards.dataset, snakemake.wildcards.model
    files = find_subject_files(
        f"{dataset}/{model}",
        read_split(snakemake.input.split),
        conformed=Path(snakemake.input.volumes[0]).parents[1],
        predicted=Path(snakemake.input.predicted),
        skull=get_training(f"{dataset}/{model}").skull,
    )
    write_long_table(
        evaluate_training(f"{dataset}/{model}", files, load_protocol(dataset)), snakemake.output[0]
    )
