"""Rule train. The device and workers are read from the configuration, not from params: they change no result."""

from pathlib import Path

from acenet.datasets.splits import read_split
from acenet.devices import own_device
from acenet.experiments import Training
from acenet.logs import logged
from acenet.registration.rows import accepted_folders
from acenet.training.checkpoint import discard_states
from acenet.training.run import TrainingFiles, run_training
from acenet.training.settings import Sizes, training_settings

with logged(snakemake.log[0]), own_device(snakemake.config["device"]):
    folders = {path.parent.name: path.parent for path in map(Path, snakemake.input.volumes)}
    split = read_split(snakemake.input.split)
    training = Training(**snakemake.params.training)
    warped = accepted_folders(Path(snakemake.input.warped[0])) if training.augmented else []
    run_training(
        training_settings(training, Sizes(**snakemake.params.sizes), seed=snakemake.params.seed),
        TrainingFiles(
            train=[folders[subject] for subject, part in split.items() if part == "train"] + warped,
            validation=[folders[subject] for subject, part in split.items() if part == "validation"],
            model=Path(snakemake.output.model),
            log=Path(snakemake.output.log),
            checkpoints=Path("results/checkpoints", training.id),
            init_from=Path(snakemake.input.init) if snakemake.input.init else None,
            protocol=snakemake.input.protocol[0] if snakemake.input.protocol else None,
        ),
        device=snakemake.config["device"],
        threads=snakemake.threads,
        workers=snakemake.config["presets"][snakemake.config["preset"]]["training"]["workers"],
        deterministic=snakemake.params.deterministic,
        made_with={"code": snakemake.params.code, "packages": snakemake.params.packages},
    )
    if training.init_from:  # recorded as finished, or this job would not run
        discard_states(Path("results/checkpoints", training.init_from))
