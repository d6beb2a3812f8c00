"""Rule measure."""

from pathlib import Path

import pandas as pd

from acenet.conform.manifest import require_intact
from acenet.datasets.splits import read_split
from acenet.inference.integrity import require_segmented
from acenet.metrics.evaluate import evaluate_training, find_subject_files
from acenet.metrics.long_table import write_long_table
from acenet.metrics.timing import time_rows
from acenet.protocols import load_protocol
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    dataset, model = snakemake.wildcards.dataset, snakemake.wildcards.model
    training_id, split = f"{dataset}/{model}", read_split(snakemake.input.split)
    seed = int(snakemake.wildcards.seed)
    predicted = Path(snakemake.input.predicted)
    for folder in sorted({Path(path).parent for path in snakemake.input.volumes}):
        require_intact(folder, [f"{dataset}.nii", "brainmask.nii"])
    require_segmented(predicted)
    files = find_subject_files(
        training_id,
        split,
        conformed=Path(snakemake.input.volumes[0]).parents[1],
        predicted=predicted,
        skull=snakemake.params.skull,
    )
    protocol = load_protocol(snakemake.input.protocol[0] if snakemake.input.protocol else dataset)
    measured = evaluate_training(training_id, files, protocol, seed=seed)
    times = time_rows(training_id, split, seed=seed, predicted=predicted)
    write_long_table(pd.concat([measured, times], ignore_index=True), snakemake.output[0])
