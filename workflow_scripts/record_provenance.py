"""Rule record_provenance."""

from pathlib import Path

from acenet.datasets.splits import read_split
from acenet.report.run_record import (
    FinishedTraining,
    RunRecord,
    data_table,
    package_table,
    run_table,
    training_table,
    write_record,
)
from acenet.system.job_log import logged

with logged(snakemake.log[0]):
    config, origins = snakemake.params.config, snakemake.params.origins
    behind = zip(snakemake.params.trainings, snakemake.input.models, snakemake.input.logs, strict=True)
    files = [
        FinishedTraining(
            training, Path(model), Path(log), Path(f"results/benchmarks/train/{training}/seed{seed}.tsv")
        )
        for (training, seed), model, log in behind
    ]
    paths = [Path(path) for path in snakemake.input.manifests]
    records = [path if path.suffix == ".json" else path / "conform.json" for path in paths]
    # a target of augmentation that could not be conformed has none
    manifests = [path for path in records if path.is_file()]
    splits = {Path(path).stem: read_split(path) for path in snakemake.input.splits}
    record = RunRecord(
        run=run_table({name: config[name] for name in ("preset", "seed", "seeds", "device")}),
        trainings=training_table(files),
        data=data_table(manifests, splits, origins),
        packages=package_table(),
        settings=config,
    )
    write_record(record, Path(snakemake.output.run).parent)
